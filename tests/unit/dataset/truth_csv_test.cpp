#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <zeromiss/dataset/ground_truth.hpp>

using namespace zeromiss;
using Catch::Matchers::ContainsSubstring;
using test::TempFolder;
using test::write_file;

namespace {

GroundTruth read(const std::string& text) {
  const TempFolder folder;
  write_file(folder / "gt.csv", text);
  return read_truth_csv(folder / "gt.csv");
}

}  // namespace

TEST_CASE("a table of labels gives sorted images and classes sorted by name") {
  const auto truth =
      read("\xEF\xBB\xBFlabel;image\r\nscratch;b.png\r\nnone;lot1/a.png\r\nDent;a.png");
  CHECK(truth.format == TruthFormat::csv);
  CHECK_FALSE(truth.values);
  CHECK(truth.classes == std::vector<std::string>{"Dent", "none", "scratch"});
  REQUIRE(truth.images.size() == 3);
  CHECK(truth.images[0].image == "a.png");
  CHECK(truth.images[0].label == 0);
  CHECK(truth.images[1].image == "b.png");
  CHECK(truth.images[1].label == 2);
  CHECK(truth.images[2].label == 1);
}

TEST_CASE("a table of values gives numbers and no classes") {
  const auto truth = read("image,value,lot\nb.png,-0.5,7\na.png,3,7\n");
  CHECK(truth.values);
  CHECK(truth.classes.empty());
  REQUIRE(truth.images.size() == 2);
  CHECK(truth.images[1].value == -0.5);
  REQUIRE(truth.skipped.size() == 1);
  CHECK(truth.skipped[0].path == "lot");
}

TEST_CASE("a table with a header and no rows is ground truth of no images") {
  CHECK(read("image,label\n").images.empty());
}

TEST_CASE("a table that is no ground truth is refused by line and column") {
  const std::pair<std::string, std::string> bad[] = {
      {"image,class\na.png,x\n", "expected the columns image,label or image,value"},
      {"label\nx\n", "expected the columns image,label"},
      {"image,label,value\na.png,x,1\n", "both a label and a value"},
      {"image,label\na.png,x\nb.png,\n", "gt.csv:3: column \"label\": is empty"},
      {"image,label\n,x\n", "gt.csv:2: column \"image\": is empty"},
      {"image,value\na.png,1\nb.png,\"0,5\"\n", "gt.csv:3: column \"value\": expected a finite"},
      {"image,label\na.png,x\nb.png,x\na.png,x\n",
       "gt.csv:4: column \"image\": \"a.png\" has a label in line 2 already"}};
  for (const auto& [text, message] : bad) {
    CAPTURE(text);
    CHECK_THROWS_WITH(read(text), ContainsSubstring(message));
  }
}
