#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/dataset/seal.hpp>

using namespace zeromiss;
using Catch::Matchers::ContainsSubstring;
using test::TempFolder;
using test::write_file;

namespace {

const std::string kOne(64, '1'), kTwo(64, '2');

std::string text_of_two() {
  Seal seal;
  seal.folders = {"test"};
  seal.files = {"labels.csv"};
  seal.bytes = 12;
  seal.hashes = {{"labels.csv", kOne}, {"test/a\nb.png", kTwo}};
  return seal_text(seal);
}

std::string problem_of(const std::string& text, ErrorKind kind) {
  try {
    static_cast<void>(parse_seal(text, "SEAL"));
  } catch (const Error& error) {
    CHECK(error.kind() == kind);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a seal comes back as it was written") {
  const Seal seal = parse_seal(text_of_two(), "SEAL");
  CHECK(seal.folders == std::vector<std::string>{"test"});
  CHECK(seal.files == std::vector<std::string>{"labels.csv"});
  CHECK(seal.bytes == 12);
  CHECK(seal.hashes.at("labels.csv") == kOne);
  CHECK(seal.hashes.at("test/a\nb.png") == kTwo);
  CHECK(seal.root.size() == 64);
}

TEST_CASE("the lines are those of sha256sum") {
  CHECK_THAT(text_of_two(), ContainsSubstring("\n" + kOne + "  labels.csv\n"));
  CHECK_THAT(text_of_two(), ContainsSubstring("\n\\" + kTwo + "  test/a\\nb.png\n"));
}

TEST_CASE("a seal that was changed is refused") {
  const std::string text = text_of_two();
  for (const std::string& part : {std::string("# folder test\n"), kOne + "  labels.csv\n"}) {
    std::string cut = text;
    cut.erase(cut.find(part), part.size());
    CHECK_THAT(problem_of(cut, ErrorKind::refused), ContainsSubstring("seal itself was changed"));
  }
  CHECK_THAT(problem_of(kOne + "  labels.csv\n", ErrorKind::input),
             ContainsSubstring("is no seal"));
  CHECK_THAT(problem_of("", ErrorKind::input), ContainsSubstring("is no seal"));
  std::string windows;  // git may have turned the line ends
  for (const char c : text) windows += c == '\n' ? std::string("\r\n") : std::string(1, c);
  CHECK(problem_of(windows, ErrorKind::input).empty());
}

TEST_CASE("changed, added and lost files are told apart") {
  Seal seal;
  seal.hashes = {{"a", kOne}, {"b", kOne}, {"c", kOne}};
  const auto difference = compare_with_seal(seal, {{"a", kOne}, {"b", kTwo}, {"d", kOne}});
  CHECK(difference.changed == std::vector<std::string>{"b"});
  CHECK(difference.added == std::vector<std::string>{"d"});
  CHECK(difference.lost == std::vector<std::string>{"c"});
  CHECK_FALSE(compare_with_seal(seal, seal.hashes).any());
  CHECK(compare_with_seal(seal, {{"a", kOne}, {"b", kOne}, {"c", ""}}).changed ==
        std::vector<std::string>{"c"});  // cannot be read
}

TEST_CASE("paths are relative to the folder of the seal, also upwards") {
  TempFolder folder;
  std::filesystem::create_directories(folder / "seals");
  write_file(folder / "data/test/a.png", "a");
  const auto base = std::filesystem::canonical(folder / "seals");
  CHECK(path_from(base, folder / "data/test") == "../data/test");
  CHECK(path_from(base, folder / "data/test/") == "../data/test");
  CHECK(path_from(base, folder / "seals") == ".");
}

TEST_CASE("every file belongs to the set but hidden and system files and the seal") {
  TempFolder folder;
  for (const char* name : {"a.png", "a.txt", ".hidden", "Thumbs.db", "sub/b.xml", "SEAL"})
    write_file(folder / name, "x");
  Seal seal;
  seal.folders = {"."};
  seal.files = {"gone.csv"};
  const auto paths = list_sealed(seal, std::filesystem::path(folder / "."), "SEAL");
  CHECK(paths.files == std::vector<std::string>{"a.png", "a.txt", "sub/b.xml"});
  CHECK(paths.lost_roots == std::vector<std::string>{"gone.csv"});
  CHECK(paths.skipped.size() == 2);
}

TEST_CASE("a place is named as the file system finds it, and a link at its end by its own name") {
  const TempFolder folder;
  const auto base = std::filesystem::canonical(folder.path());
  write_file(folder / "other/sub/x", "");
  write_file(folder / "other/labels/x", "");
  write_file(folder / "labels/x", "");
  std::filesystem::create_directory_symlink("other/sub", folder / "link");
  CHECK(path_from(base, folder / "labels") == "labels");
  CHECK(path_from(base, folder / "labels/") == "labels");
  CHECK(path_from(base, folder / "link") == "link");
  CHECK(path_from(base, folder / "link/../labels") == "other/labels");  // not "labels"
  CHECK(path_from(base, folder / "link/..") == "other");
  CHECK(path_from(base, folder / "labels/.") == "labels");
  CHECK(path_from(base / "labels", folder / "other/labels/x") == "../other/labels/x");
  CHECK(path_from(base, folder / "gone/a") == "gone/a");
}
