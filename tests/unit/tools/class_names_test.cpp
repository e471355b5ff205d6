// Classes that differ only by case: in objects, in predictions, in --classes.
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/tools/score.hpp>

#include <sstream>

using namespace zeromiss;
using Catch::Matchers::ContainsSubstring;
using test::TempFolder;
using test::write_file;

namespace {

std::string refusal(ScoreOptions& options, ErrorKind kind = ErrorKind::input) {
  options.quiet = true;
  std::ostringstream page;
  try {
    score(options, page);
  } catch (const Error& error) {
    CHECK(error.kind() == kind);
    CHECK(page.str().empty());
    return error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("objects of \"dent\" and \"Dent\" are refused", "[classes]") {
  const TempFolder folder;
  write_file(folder / "gt.json", R"({"images": [{"id": 1, "file_name": "a.png"}],
    "categories": [{"id": 1, "name": "dent"}, {"id": 2, "name": "Dent"}], "annotations": []})");
  write_file(folder / "dt.json", "[]");
  ScoreOptions options;
  options.ground_truth = folder / "gt.json";
  options.predictions = folder / "dt.json";
  CHECK_THAT(refusal(options), ContainsSubstring("the classes \"dent\" and \"Dent\""));
}

TEST_CASE("a predicted \"OK\" is no defect of its own beside a true \"ok\"", "[classes]") {
  const TempFolder folder;
  write_file(folder / "gt.csv", "image,label\na,dent\nb,ok\n");
  write_file(folder / "dt.csv", "image,label\na,OK\nb,ok\n");
  ScoreOptions options;
  options.ground_truth = folder / "gt.csv";
  options.predictions = folder / "dt.csv";
  options.good = "ok";
  CHECK_THAT(refusal(options), ContainsSubstring("the classes \"OK\" and \"ok\""));
  options.classes = "dent,ok,OK";
  CHECK_THAT(refusal(options, ErrorKind::usage), ContainsSubstring("--classes"));
}
