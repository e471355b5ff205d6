// "The smallest defect that is still found", from images, objects and masks to metrics.json.
#include "support/catch.hpp"
#include "support/output_folder.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/metrics/regions.hpp>
#include <zeromiss/tools/score.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <sstream>
#include <string>

using namespace zeromiss;
using namespace zeromiss::test;
using Json = nlohmann::json;

namespace {

Json run(ScoreOptions& options, const TempFolder& folder, std::string* text = nullptr) {
  options.output = folder / "metrics";
  options.overwrite = true;
  options.no_html = true;
  options.quiet = true;
  std::ostringstream page;
  score(options, page);
  if (text != nullptr) *text = page.str();
  return Json::parse(read_file(folder / "metrics/metrics.json"));
}

nlohmann::ordered_json record(const char* image, const char* verdict, double score) {
  auto one = judged_record(image, verdict, score, score > 0.02 ? "Scratch" : "none");
  one.erase("probabilities");
  return one;
}

}  // namespace

TEST_CASE("an image counts by its verdict; ERROR and a missing record are not found", "[pod]") {
  const TempFolder folder;
  write_output_folder(folder / "run",
                      {record("a.png", "REJECT", 0.9), record("b.png", "REVIEW", 0.1),
                       record("c.png", "PASS", 0.01), error_record("d.png", "image.truncated"),
                       record("g.png", "PASS", 0.001)});
  write_file(folder / "gt.csv",
             "image,label,Size,note\na.png,Scratch,40,x\nb.png,Scratch,30,x\nc.png,Scratch,20,x\n"
             "d.png,Scratch,50,x\ne.png,Scratch,60,x\nf.png,Scratch,,x\ng.png,none,,x\n");
  ScoreOptions options;
  options.predictions = folder / "run";
  options.ground_truth = folder / "gt.csv";
  options.pixel_size_um = 0.5;
  const Json metrics = run(options, folder);
  const Json& pod = metrics["pod"];
  CHECK(pod["target"] == "image");
  CHECK(pod["targets"] == 5);
  CHECK(pod["found"] == 2);
  CHECK(pod["without_size"] == 1);  // f, also without a record
  CHECK(pod["unit"] == "um2");
  CHECK(pod["largest_missed"] == 15.0);  // 60 pixels of 0.25 square micrometres
  CHECK(pod["a90_95"].is_null());
  CHECK(metrics["reasons"].contains("pod.a90_95"));
  CHECK(read_file(folder / "metrics/pod.csv") ==
        "image,label,size_um2,found\nc.png,Scratch,5,0\nb.png,Scratch,7.5,1\na.png,Scratch,10,1\n"
        "d.png,Scratch,12.5,0\ne.png,Scratch,15,0\n");
  options.size_column = "none";
  CHECK_FALSE(run(options, folder).contains("pod"));
  CHECK_FALSE(std::filesystem::exists(folder / "metrics/pod.csv"));
}

TEST_CASE("an object counts by COCO's rule, not by its image", "[pod]") {
  const TempFolder folder;
  // 1: found; 2: in the same image, flagged for 1, not found; 3: too low a score, the image passes;
  // 4: found with another class; 5: a crowd; 6: size from its box.
  write_file(folder / "gt.json", R"({
    "images": [{"id": 1, "file_name": "1.png", "width": 100, "height": 100},
               {"id": 2, "file_name": "2.png", "width": 100, "height": 100}],
    "categories": [{"id": 1, "name": "dent"}, {"id": 2, "name": "mark"}],
    "annotations": [
      {"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 10, 10], "area": 70},
      {"id": 2, "image_id": 1, "category_id": 1, "bbox": [50, 50, 10, 10], "area": 30},
      {"id": 3, "image_id": 2, "category_id": 1, "bbox": [0, 0, 10, 10], "area": 20},
      {"id": 4, "image_id": 1, "category_id": 2, "bbox": [80, 80, 10, 10], "area": 60},
      {"id": 5, "image_id": 1, "category_id": 2, "bbox": [20, 20, 9, 9], "area": 81, "iscrowd": 1},
      {"id": 6, "image_id": 1, "category_id": 2, "bbox": [30, 30, 5, 4]}]})");
  write_file(folder / "dt.json", R"([
    {"image_id": 1, "category_id": 1, "bbox": [0, 0, 10, 10], "score": 0.9},
    {"image_id": 2, "category_id": 1, "bbox": [0, 0, 10, 10], "score": 0.3},
    {"image_id": 1, "category_id": 1, "bbox": [80, 80, 10, 10], "score": 0.8},
    {"image_id": 1, "category_id": 2, "bbox": [30, 30, 5, 4], "score": 0.7}])");
  ScoreOptions options;
  options.ground_truth = folder / "gt.json";
  options.predictions = folder / "dt.json";
  options.threshold = 0.5;
  const Json pod = run(options, folder)["pod"];
  CHECK(pod["target"] == "object");
  CHECK(pod["targets"] == 5);
  CHECK(pod["found"] == 2);
  CHECK(pod["missed_in_passed_images"] == 1);
  CHECK(read_file(folder / "metrics/pod.csv") ==
        "image,label,size_px,found\n2.png,dent,20,0\n1.png,mark,20,1\n1.png,dent,30,0\n"
        "1.png,mark,60,0\n1.png,dent,70,1\n");
  options.positive = {"dent"};
  CHECK(run(options, folder)["pod"]["targets"] == 3);
}

TEST_CASE("an object whose area is stated as 0 has that of its outline or box", "[pod]") {
  const TempFolder folder;
  write_file(folder / "gt.json", R"({
    "images": [{"id": 1, "file_name": "1.png", "width": 100, "height": 100}],
    "categories": [{"id": 1, "name": "dent"}],
    "annotations": [
      {"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 10, 10], "area": 0},
      {"id": 2, "image_id": 1, "category_id": 1, "bbox": [50, 50, 20, 20], "area": 0,
       "segmentation": [[50, 50, 60, 50, 60, 60, 50, 60]]}]})");
  write_file(folder / "dt.json", "[]");
  ScoreOptions options;
  options.ground_truth = folder / "gt.json";
  options.predictions = folder / "dt.json";
  options.threshold = 0.5;
  const Json pod = run(options, folder)["pod"];
  CHECK(pod["targets"] == 2);
  CHECK(pod["without_size"] == 0);
  CHECK(pod["missed_in_passed_images"] == 2);
  CHECK(read_file(folder / "metrics/pod.csv") ==
        "image,label,size_px,found\n1.png,dent,100,0\n1.png,dent,100,0\n");
}

TEST_CASE("true regions are listed with their pixels, in reading order", "[pod]") {
  const std::vector<std::uint16_t> truth{1, 1, 0, 2,  //
                                         0, 1, 0, 2};
  const std::vector<std::uint16_t> found{1, 1, 0, 1,  //
                                         0, 0, 0, 0};
  RegionOptions options;
  options.classes = 3;
  RegionSamples samples(options);
  samples.add({2, 4, truth}, {2, 4, found});
  REQUIRE(samples.regions().size() == 2);
  CHECK(samples.regions()[0].pixels == 3);
  CHECK(samples.regions()[0].found);  // 2 of 3
  CHECK(samples.regions()[1].label == 2);
  CHECK(samples.regions()[1].pixels == 2);
  CHECK_FALSE(samples.regions()[1].found);  // as another class
}

TEST_CASE("without an operating point there is no such size, and it is said why", "[pod]") {
  const TempFolder folder;
  write_file(folder / "gt.csv", "image,label,size\na,dent,3\nb,ok,\n");
  write_file(folder / "dt.csv", "image,label\na,dent\nb,ok\n");
  ScoreOptions options;
  options.ground_truth = folder / "gt.csv";
  options.predictions = folder / "dt.csv";
  const Json metrics = run(options, folder);
  CHECK(metrics["pod"].is_null());
  CHECK(metrics["reasons"]["pod"] == "no_positive_classes");
}

TEST_CASE("a gate may ask for the smallest defect", "[pod]") {
  const TempFolder folder;
  std::string truth = "image,label,size\n", found = "image,label,score\n";
  for (int i = 1; i <= 80; ++i) {
    const bool hit = i > 10 || i % 2 == 0;
    truth += fmt::format("{},dent,{}\n", i, i);
    found += fmt::format("{},{},{}\n", i, hit ? "dent" : "ok", hit ? 0.9 : 0.1);
  }
  write_file(folder / "gt.csv", truth + "g,ok,\n");
  write_file(folder / "dt.csv", found + "g,ok,0.2\n");
  ScoreOptions options;
  options.ground_truth = folder / "gt.csv";
  options.predictions = folder / "dt.csv";
  options.good = "ok";
  options.threshold = 0.5;
  options.require = {"pod.a90_95 <= 80", "pod.a90_95 <= 2"};
  std::string text;
  const Json metrics = run(options, folder, &text);
  CHECK(metrics["gates"][0]["state"] == "PASS");
  CHECK(metrics["gates"][1]["state"] == "FAIL");
  CHECK_THAT(text, Catch::Matchers::ContainsSubstring("Smallest defect that is still found"));
}

TEST_CASE("with a confidence of 0.5 or less there is no bound of sizes", "[pod][error]") {
  const TempFolder folder;
  std::string truth = "image,label,size\n", found = "image,label,score\n";
  for (int i = 1; i <= 40; ++i) {
    const bool hit = i > 20 || i % 2 == 0;
    truth += fmt::format("{},dent,{}\n", i, i);
    found += fmt::format("{},{},{}\n", i, hit ? "dent" : "ok", hit ? 0.9 : 0.1);
  }
  write_file(folder / "gt.csv", truth + "g,ok,\n");
  write_file(folder / "dt.csv", found + "g,ok,0.2\n");
  ScoreOptions options;
  options.ground_truth = folder / "gt.csv";
  options.predictions = folder / "dt.csv";
  options.good = "ok";
  options.threshold = 0.5;
  for (const double confidence : {0.5, 0.2}) {
    options.confidence = confidence;
    CHECK_THROWS_WITH(run(options, folder), Catch::Matchers::ContainsSubstring("is no bound"));
  }
  options.confidence = 0.51;
  CHECK(run(options, folder)["pod"]["a90"].is_number());
  options.confidence = 0.5;
  options.size_column = "none";
  CHECK_FALSE(run(options, folder).contains("pod"));
}
