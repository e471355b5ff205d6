#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <zeromiss/dataset/hash_list.hpp>
#include <zeromiss/dataset/listing.hpp>

#include <map>

using namespace zeromiss;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using zeromiss::test::read_file;
using zeromiss::test::TempFolder;
using zeromiss::test::write_file;

namespace {

std::vector<std::string> names(const Listing& listing) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < listing.images.size(); ++i) all.emplace_back(listing.images[i]);
  return all;
}

std::map<std::string, std::string> reasons(const Listing& listing) {
  std::map<std::string, std::string> all;
  for (const Skipped& entry : listing.skipped) all[entry.path] = entry.reason;
  return all;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("images are sorted by the bytes of the whole path", "[listing]") {
  const TempFolder folder;
  for (const char* name :
       {"b.png", "a/z.png", "a.png", "B.PNG", "a-b.png", "\xED\x95\x9C.jpg", "-x.png", "a b.bmp"})
    write_file(folder / name, "x");
  // '-' 2D < 'B' 42 < 'a' 61; after 'a': ' ' 20 < '-' 2D < '.' 2E < '/' 2F; Korean ED last
  CHECK(names(list_inputs({folder.path()}, {})) == Names{"-x.png", "B.PNG", "a b.bmp", "a-b.png",
                                                         "a.png", "a/z.png", "b.png",
                                                         "\xED\x95\x9C.jpg"});
}

TEST_CASE("what is not inspected is listed with its reason", "[listing]") {
  const TempFolder folder;
  for (const char* name : {"a.png", ".DS_Store", "._a.png", "Thumbs.db", "notes.txt",
                           "@eaDir/a.png", ".git/b.png", "~$x.png", "c.png.part"})
    write_file(folder / name, "x");
  const Listing listing = list_inputs({folder.path()}, {});
  CHECK(names(listing) == Names{"a.png"});
  const auto why = reasons(listing);
  CHECK(why.size() == 8);
  CHECK(why.at(".DS_Store") == "hidden file");
  CHECK(why.at("Thumbs.db") == "system file");
  CHECK(why.at("@eaDir") == "system folder");
  CHECK(why.at(".git") == "hidden folder");
  CHECK(why.at("notes.txt") == "not an image by its extension");
  CHECK(names(list_inputs({folder.path()}, {.all_files = true})).size() == 9);
}

TEST_CASE("links to files are followed, links to folders only on demand and once", "[listing]") {
  const TempFolder folder;
  write_file(folder / "real/a.png", "x");
  std::filesystem::create_symlink("real/a.png", folder / "link.png");
  std::filesystem::create_symlink("nowhere.png", folder / "broken.png");
  std::filesystem::create_directory_symlink("..", folder / "real/loop");
  const Listing plain = list_inputs({folder.path()}, {});
  CHECK(names(plain) ==
        Names{"broken.png", "link.png", "real/a.png"});  // the broken one will be an ERROR record
  CHECK(reasons(plain).at("real/loop") == "link to a folder (--follow-links goes into it)");
  const Listing followed = list_inputs({folder.path()}, {.follow_links = true});
  CHECK(names(followed) == names(plain));  // the loop leads back to a folder that was entered
}

TEST_CASE("a folder that links lead to as well keeps its own name", "[listing]") {
  const TempFolder folder;
  // Names of many links around the real one: whatever order the file system has, some come first.
  for (const char* name : {"m/deep/a.png", "z/b.png"}) write_file(folder / name, "x");
  for (const char* name : {"0", "1", "a", "b", "l", "n", "x", "y"})
    std::filesystem::create_directory_symlink("m/deep", folder / name);
  std::filesystem::create_directory_symlink("../../z", folder / "m/deep/link");
  write_file(folder / "outside/c.png", "x");
  std::filesystem::create_directory_symlink("../outside", folder / "m/second");
  const Listing followed = list_inputs({folder.path()}, {.follow_links = true});
  CHECK(names(followed) == Names{"m/deep/a.png", "outside/c.png", "z/b.png"});
  CHECK(reasons(followed).at("n/") == "link to a folder that is already listed");
}

TEST_CASE("of links to one folder the first by name counts", "[listing]") {
  const TempFolder folder;
  write_file(folder / "outside/c.png", "x");
  std::filesystem::create_directories(folder / "lot/in");
  for (const char* name : {"lot/x", "lot/in/y", "lot/b"})
    std::filesystem::create_directory_symlink(folder / "outside", folder / name);
  CHECK(names(list_inputs({folder / "lot"}, {.follow_links = true})) == Names{"b/c.png"});
  // An input is no less real than its folders.
  const Listing both = list_inputs({folder / "lot", folder / "outside"}, {.follow_links = true});
  CHECK(names(both) == Names{"outside/c.png"});
}

TEST_CASE("the output folder inside the input is left out", "[listing]") {
  const TempFolder folder;
  write_file(folder / "a.png", "x");
  write_file(folder / "out/overlay.png", "x");
  ListOptions options;
  options.exclude = folder / "out";
  CHECK(names(list_inputs({folder.path()}, options)) == Names{"a.png"});
}

TEST_CASE("several inputs are told apart by their names", "[listing]") {
  const TempFolder folder;
  write_file(folder / "x/lot1/a.png", "1");
  write_file(folder / "lot2/a.png", "2");
  write_file(folder / "y/lot1/a.png", "3");
  write_file(folder / "single.png", "4");
  const Listing listing =
      list_inputs({folder / "lot2/", folder / "x/lot1", folder / "single.png"}, {});
  CHECK(names(listing) == Names{"lot1/a.png", "lot2/a.png", "single.png"});
  CHECK(read_file(listing.locate("lot1/a.png")) == "1");
  CHECK(read_file(listing.locate("lot2/a.png")) == "2");
  CHECK(read_file(listing.locate("single.png")) == "4");
  CHECK(listing.find("lot1/b.png") == folder / "x/lot1/b.png");  // where it would be
  CHECK_FALSE(listing.find("lot3/a.png"));
  CHECK_THROWS_AS(list_inputs({folder / "x/lot1", folder / "y/lot1"}, {}), Error);
}

TEST_CASE("one file is an input too, whatever its extension", "[listing]") {
  const TempFolder folder;
  write_file(folder / "picture.dat", "x");
  const Listing listing = list_inputs({folder / "picture.dat"}, {});
  CHECK(names(listing) == Names{"picture.dat"});
  CHECK(read_file(listing.locate("picture.dat")) == "x");
  CHECK_THROWS_AS(list_inputs({folder / "absent"}, {}), Error);
}

TEST_CASE("a list has one path a line, LF, CRLF or NUL", "[listing]") {
  const std::filesystem::path base = "/lots";
  CHECK(names(list_from_text("b.png\r\na b.png\n\n", false, base, "list")) ==
        Names{"a b.png", "b.png"});
  CHECK(names(list_from_text(std::string_view("b\n.png\0a.png\0", 13), true, base, "list")) ==
        Names{"a.png", "b\n.png"});
  const Listing listing = list_from_text("a.png\n/abs/b.png", false, base, "list");
  CHECK(listing.locate("a.png") == "/lots/a.png");
  CHECK(listing.locate("/abs/b.png") == "/abs/b.png");
}

TEST_CASE("a list of lines whose paths hold a NUL is refused", "[listing][error]") {
  // As of find -print0: without -0 it was one path, which ended at its first NUL.
  const std::string_view text("a.png\0b.png\0", 12);
  CHECK_THROWS_WITH(list_from_text("x.png\n" + std::string(text), false, "", "list"),
                    StartsWith("list: line 2 holds a NUL byte") && ContainsSubstring("-0"));
  CHECK(names(list_from_text(text, true, "", "list")) == Names{"a.png", "b.png"});
}

TEST_CASE("a hash list whose paths hold a NUL is refused", "[listing][error]") {
  const std::string hash(64, '0');
  CHECK_THROWS_WITH(HashList::parse(hash + "  a.png" + std::string(1, '\0') + ".png\n", "SUMS"),
                    StartsWith("SUMS:1: the path holds a NUL byte"));
}

TEST_CASE("a path that is listed twice is refused", "[listing][error]") {
  CHECK_THROWS_AS(list_from_text("a.png\nb.png\na.png\n", false, "", "list"), Error);
}

TEST_CASE("every declared extension counts, in any case", "[listing]") {
  for (const char* name : {"a.jpg", "a.JPEG", "a.jpe", "a.png", "a.bmp", "a.DIB", "a.tif", "a.tiff",
                           "a.webp", "a.gif", "a.pbm", "a.pgm", "a.ppm", "a.Pnm"})
    CHECK(has_image_extension(name));
  for (const char* name : {"a.png.txt", "png", "a.jp2", "a"})
    CHECK_FALSE(has_image_extension(name));
}

TEST_CASE("the list's hash changes with a name and not with how a text is split", "[listing]") {
  const auto hash = [](std::string_view text) {
    return list_from_text(text, false, "", "list").sha256();
  };
  CHECK(hash("a\nb") == hash("b\r\na\r\n"));
  CHECK(hash("a\nb") != hash("a\nc"));
  CHECK(hash("ab\nc") != hash("a\nbc"));
}
