#include "support/catch.hpp"
#include "support/output_folder.hpp"

#include <zeromiss/report/results_file.hpp>

#include <sys/stat.h>

#include <string>
#include <vector>

using zeromiss::ErrorKind;
using zeromiss::for_each_record;
using zeromiss::Record;
using zeromiss::Tally;
using namespace zeromiss::test;
using Catch::Matchers::ContainsSubstring;

namespace {

std::vector<std::string> names_in(const std::filesystem::path& file) {
  std::vector<std::string> names;
  const auto count =
      for_each_record(file, ErrorKind::input, [&](const Record& r) { names.push_back(r.image); });
  CHECK(count == names.size());
  return names;
}

}  // namespace

TEST_CASE("records come in file order, also where a line crosses a block of the reader") {
  const TempFolder folder;
  std::string lines;
  std::vector<std::string> expected;
  for (int i = 0; i < 3000; ++i) {  // about 1 MB: several blocks of 256 KiB
    expected.push_back(std::to_string(i) + std::string(static_cast<std::size_t>(i % 211), 'x'));
    lines += judged_record(expected.back(), "PASS", 0.01, "none").dump() + "\n";
  }
  write_file(folder.path() / "r.jsonl", lines);
  CHECK(names_in(folder.path() / "r.jsonl") == expected);
}

TEST_CASE("an empty file holds no records") {
  const TempFolder folder;
  write_file(folder.path() / "r.jsonl", "");
  CHECK(names_in(folder.path() / "r.jsonl").empty());
}

TEST_CASE("a last line without its end is an error that names the line") {
  const TempFolder folder;
  const auto line = judged_record("a.png", "PASS", 0.01, "none").dump();
  write_file(folder.path() / "r.jsonl", line + "\n" + line);
  CHECK_THROWS_WITH(names_in(folder.path() / "r.jsonl"),
                    ContainsSubstring("r.jsonl:2: ") && ContainsSubstring("no end"));
}

TEST_CASE("a damaged line is an error that names the line") {
  const TempFolder folder;
  const auto line = judged_record("a.png", "PASS", 0.01, "none").dump() + "\n";
  for (const std::string bad : {"\n", "{}\n", "{\"image\":\n", "null\n"}) {
    CAPTURE(bad);
    write_file(folder.path() / "r.jsonl", line + line + bad + line);
    CHECK_THROWS_WITH(names_in(folder.path() / "r.jsonl"), ContainsSubstring("r.jsonl:3: "));
  }
  write_file(folder.path() / "r.jsonl", line + std::string("\0\0\0\n", 4));
  CHECK_THROWS_WITH(names_in(folder.path() / "r.jsonl"), ContainsSubstring("r.jsonl:2: "));
}

TEST_CASE("a line beyond 64 MiB is refused before it is held") {
  const TempFolder folder;
  const auto file = folder.path() / "r.jsonl";
  write_file(file, "");
  std::filesystem::resize_file(file,
                               std::uintmax_t{1} << 40U);  // a hole of 1 TiB, no line end in it
  CHECK_THROWS_WITH(names_in(file),
                    ContainsSubstring("r.jsonl:1: ") && ContainsSubstring("64 MiB"));
}

TEST_CASE("a file that is missing, a folder or a FIFO is refused without hanging") {
  const TempFolder folder;
  CHECK_THROWS_WITH(names_in(folder.path() / "none.jsonl"), ContainsSubstring("none.jsonl"));
  CHECK_THROWS_AS(names_in(folder.path()), zeromiss::Error);
  const auto fifo = folder.path() / "fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  CHECK_THROWS_WITH(names_in(fifo), ContainsSubstring("not a regular file"));
}

TEST_CASE("a tally counts verdicts and error codes") {
  const TempFolder folder;
  write_output_folder(folder.path(), three_thousand_records());
  Tally tally;
  for_each_record(folder.path() / "results.jsonl", ErrorKind::input,
                  [&](const Record& r) { tally.add(r); });
  CHECK(tally.images == 3000);
  CHECK(tally.pass == 2700);
  CHECK(tally.review == 180);
  CHECK(tally.reject == 90);
  CHECK(tally.error == 30);
  // 30 errors take five codes in turn, "image.truncated" twice: 12, 6, 6, 6.
  CHECK(tally.errors == std::map<std::string, std::uint64_t>{{"image.truncated", 12},
                                                             {"image.empty", 6},
                                                             {"model.nonfinite", 6},
                                                             {"image.something_new", 6}});
}
