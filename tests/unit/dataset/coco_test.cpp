#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/dataset/coco.hpp>

#include <string>

using namespace zeromiss;
using Catch::Matchers::ContainsSubstring;
using test::TempFolder;
using test::write_file;

namespace {

/// Two images with ids that have gaps, stated in falling order; two classes.
std::string labels(const std::string& annotations) {
  return R"({"info": {}, "images": [{"id": 7, "file_name": "b.png", "width": 40, "height": 30},
                                    {"id": 0, "file_name": "a.png"}],
             "categories": [{"id": 9, "name": "hole"}, {"id": 3, "name": "dent"}],
             "annotations": [)" +
         annotations + "]}";
}

ObjectTruth read(const std::string& json) {
  const TempFolder folder;
  write_file(folder / "gt.json", json);
  return read_coco_truth(folder / "gt.json");
}

std::string problem_of(const std::string& annotations) {
  try {
    static_cast<void>(read(labels(annotations)));
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return error.what();
  }
  return "none";
}

/// Both ways of reading must agree, also about what they refuse (the strict one has the messages).
FoundObjects results(const std::string& json) {
  static const ObjectTruth truth = read(labels(""));
  const FoundObjects strict = parse_coco_results_strictly(json, "dt.json", truth);
  FoundObjects found = parse_coco_results(json, "dt.json", truth);
  CHECK(found.has_boxes == strict.has_boxes);
  CHECK(found.objects == strict.objects);
  CHECK(found.outlines.size() == strict.outlines.size());
  return found;
}

std::string problem_of_results(const std::string& json) {
  static const ObjectTruth truth = read(labels(""));
  try {
    static_cast<void>(parse_coco_results(json, "dt.json", truth));
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("COCO's images and classes are ordered by id, whatever the order in the file") {
  const ObjectTruth truth = read(labels(
      R"({"id": 0, "image_id": 7, "category_id": 3, "bbox": [1, 2, 3.5, 4], "area": 9, "iscrowd": 1},
         {"id": 5, "image_id": 0, "category_id": 9, "bbox": [0, 0, 1, 1], "ignore": 1,
          "segmentation": [[0, 0, 5, 0, 5, 5]]})"));
  REQUIRE(truth.images.size() == 2);
  CHECK(truth.images[0].name == "a.png");
  CHECK(truth.images[0].width == 0);
  CHECK(truth.images[1].id == 7);
  CHECK(truth.images[1].width == 40);
  CHECK(truth.images[1].height == 30);
  CHECK(truth.classes == std::vector<std::string>{"dent", "hole"});
  CHECK(truth.class_ids == std::vector<std::int64_t>{3, 9});
  REQUIRE(truth.objects.size() == 2);
  CHECK(truth.objects[0].image == 1);
  CHECK(truth.objects[0].label == 0);
  CHECK(truth.objects[0].box == BoxNumbers{1, 2, 3.5, 4});
  CHECK(truth.objects[0].area == 9);
  CHECK(truth.objects[0].crowd);
  CHECK_FALSE(truth.objects[1].area.has_value());
  CHECK_FALSE(truth.objects[1].crowd);  // missing means 0
  CHECK(truth.outlines[0].empty());
  CHECK(truth.outlines[1].polygons == std::vector<std::vector<double>>{{0, 0, 5, 0, 5, 5}});
}

TEST_CASE("labels of nothing at all can be read") {
  CHECK(read(R"({"images": [], "categories": [], "annotations": []})").objects.empty());
}

TEST_CASE("runs are read as numbers and as text") {
  const ObjectTruth truth = read(labels(
      R"({"id": 1, "image_id": 7, "category_id": 3, "segmentation": {"size": [30, 40], "counts": [1199, 1]}},
         {"id": 2, "image_id": 7, "category_id": 3, "segmentation": {"size": [30, 40], "counts": "abc"}})"));
  CHECK(truth.outlines[0].counts == std::vector<std::int64_t>{1199, 1});
  CHECK(truth.outlines[0].height == 30);
  CHECK(truth.outlines[0].width == 40);
  CHECK(truth.outlines[1].text == "abc");
  CHECK_FALSE(truth.objects[0].box.has_value());
}

TEST_CASE("labels that contradict themselves are refused with their place") {
  const std::string good = R"({"id": 1, "image_id": 7, "category_id": 3, "bbox": [0, 0, 1, 1]})";
  CHECK(problem_of(good) == "none");
  CHECK_THAT(problem_of(good + "," + good), ContainsSubstring("gt.json: annotations[1].id"));
  CHECK_THAT(problem_of(R"({"id": 1, "image_id": 8, "category_id": 3, "bbox": [0, 0, 1, 1]})"),
             ContainsSubstring("annotations[0].image_id") &&
                 ContainsSubstring("8 is no id of \"images\""));
  CHECK_THAT(problem_of(R"({"id": 1, "image_id": 7, "category_id": 1, "bbox": [0, 0, 1, 1]})"),
             ContainsSubstring("annotations[0].category_id"));
  CHECK_THAT(problem_of(R"({"id": 1, "image_id": 7, "category_id": 3, "bbox": [0, 0, -1, 1]})"),
             ContainsSubstring("annotations[0].bbox") && ContainsSubstring("negative"));
  CHECK_THAT(problem_of(R"({"id": 1, "image_id": 7, "category_id": 3, "bbox": [0, 0, 1]})"),
             ContainsSubstring("expected x, y, width, height"));
  CHECK_THAT(problem_of(R"({"id": 1, "image_id": 7, "category_id": 3})"),
             ContainsSubstring("neither a bbox nor a segmentation"));
  CHECK_THAT(problem_of(R"({"id": "x", "image_id": 7, "category_id": 3, "bbox": [0, 0, 1, 1]})"),
             ContainsSubstring("annotations[0].id"));
  CHECK_THROWS_AS(
      read(R"({"images": [{"id": 1}, {"id": 1}], "categories": [], "annotations": []})"), Error);
  CHECK_THROWS_AS(read(R"({"images": [], "annotations": []})"), Error);
}

TEST_CASE("COCO results keep the order of their file") {
  const FoundObjects found = results(
      R"([{"image_id": 7, "category_id": 9, "bbox": [1, 2, 3, 4.5], "score": 0.25, "id": 12,
           "extra": {"deep": [1, {"bbox": [0]}]}},
          {"score": 1, "bbox": [0, 0, 1, 1], "category_id": 3, "image_id": 0}])");
  REQUIRE(found.objects.size() == 2);
  CHECK(found.has_boxes);
  CHECK(found.objects[0].image == 1);
  CHECK(found.objects[0].label == 1);
  CHECK(found.objects[0].box == BoxNumbers{1, 2, 3, 4.5});
  CHECK(found.objects[0].score == 0.25);
  CHECK(found.objects[1].image == 0);
  CHECK(found.objects[1].score == 1.0);
  CHECK(found.outlines.empty());
}

TEST_CASE("nothing found is an empty list and no error") {
  CHECK(results("[]").objects.empty());
  CHECK(results("\xEF\xBB\xBF []\r\n").objects.empty());
}

TEST_CASE("results may be outlines of any kind, with or without boxes") {
  const std::string head = R"({"image_id": 7, "category_id": 3, "score": 0.5, "segmentation": )";
  const FoundObjects found = results("[" + head + R"([[0, 0, 5, 0, 5, 5], [1, 1, 2, 2, 3, 1]]}, )" +
                                     head + R"({"counts": [1, 2], "size": [30, 40]}}, )" + head +
                                     R"({"size": [30, 40], "counts": "abc"}}])");
  CHECK_FALSE(found.has_boxes);
  REQUIRE(found.outlines.size() == 3);
  CHECK(found.outlines[0].polygons.size() == 2);
  CHECK(found.outlines[0].polygons[1] == std::vector<double>{1, 1, 2, 2, 3, 1});
  CHECK(found.outlines[1].counts == std::vector<std::int64_t>{1, 2});
  CHECK(found.outlines[1].height == 30);
  CHECK(found.outlines[2].text == "abc");
  const FoundObjects mixed =
      results(R"([{"image_id": 7, "category_id": 3, "score": 0.5, "bbox": [0, 0, 1, 1]}, )"
              R"({"image_id": 7, "category_id": 3, "score": 0.5, "bbox": [0, 0, 1, 1],
          "segmentation": {"size": [30, 40], "counts": "abc"}}])");
  REQUIRE(mixed.outlines.size() == 2);
  CHECK(mixed.outlines[0].empty());
}

TEST_CASE("results that cannot be meant are refused with entry and key") {
  const auto entry = [](const std::string& rest) { return "[{" + rest + "}]"; };
  const std::string ids = R"("image_id": 7, "category_id": 3, )";
  CHECK(problem_of_results(entry(ids + R"("score": 1, "bbox": [0, 0, 1, 1])")) == "none");
  CHECK(problem_of_results(
            entry(R"("image_id": 8, "category_id": 3, "score": 1, "bbox": [0,0,1,1])")) ==
        "dt.json: [0]: image_id: the labels have no image 8");
  CHECK(problem_of_results(
            entry(R"("image_id": 7, "category_id": 4, "score": 1, "bbox": [0,0,1,1])")) ==
        "dt.json: [0]: category_id: the labels have no category 4");
  CHECK(problem_of_results(entry(ids + R"("bbox": [0, 0, 1, 1])")) ==
        "dt.json: [0]: score is missing");
  CHECK(problem_of_results(entry(ids + R"("score": 1)")) == "dt.json: [0]: bbox is missing");
  CHECK(problem_of_results(entry(ids + R"("score": "1", "bbox": [0, 0, 1, 1])")) ==
        "dt.json: [0]: score: expected a number, found a text");
  CHECK(problem_of_results(entry(ids + R"("score": null, "bbox": [0, 0, 1, 1])")) ==
        "dt.json: [0]: score: expected a number, found null");
  CHECK(problem_of_results(entry(ids + R"("score": 1, "bbox": [0, 0, 1])")) ==
        "dt.json: [0]: bbox: expected x, y, width, height, found 3 numbers");
  CHECK(problem_of_results(entry(ids + R"("score": 1, "bbox": [0, 0, 1, -1])")) ==
        "dt.json: [0]: bbox: width and height must not be negative");
  CHECK(problem_of_results(entry(ids + R"("score": 1, "score": 1, "bbox": [0, 0, 1, 1])")) ==
        "dt.json: [0]: key \"score\" is there twice");
  CHECK_THAT(problem_of_results(entry(R"("image_id": 7.5, "category_id": 3)")),
             ContainsSubstring("image_id: expected a whole number"));
  CHECK_THAT(problem_of_results(entry(ids + R"("score": 1, "bbox": [[0, 0, 1, 1]])")),
             ContainsSubstring("bbox: expected no list"));
  CHECK_THAT(problem_of_results(entry(ids + R"("score": {"a": 1}, "bbox": [0, 0, 1, 1])")),
             ContainsSubstring("score: expected no object"));
  CHECK_THAT(problem_of_results(entry(ids + R"("score": 1, "segmentation": {"counts": "1"})")),
             ContainsSubstring("segmentation.size"));
  CHECK_THAT(problem_of_results(entry(ids + R"("score": 1, "segmentation": {"size": [3, 3]})")),
             ContainsSubstring("segmentation.counts is missing"));
  CHECK_THAT(problem_of_results(entry(ids + R"("score": 1, "segmentation": [])")),
             ContainsSubstring("segmentation: expected polygons"));
  CHECK_THAT(problem_of_results(entry(ids + R"("score": 1e999, "bbox": [0, 0, 1, 1])")),
             ContainsSubstring("dt.json"));
}

TEST_CASE("plain results are read alike both ways, to the last digit") {
  const FoundObjects found = results(
      R"([{"image_id":7,"category_id":9,"bbox":[258.15,41.29,348.26,243.78],"score":0.236},
          {"image_id": 0, "category_id": 3, "bbox": [0.1, 1e-7, 3, 4E2], "score": 5e-324}])");
  REQUIRE(found.objects.size() == 2);
  CHECK(found.objects[0].box == BoxNumbers{258.15, 41.29, 348.26, 243.78});
  CHECK(found.objects[1].box == BoxNumbers{0.1, 1e-7, 3, 400});
  CHECK(found.objects[1].score == 5e-324);
}

TEST_CASE("texts that are no list of detections are refused") {
  for (const std::string text :
       {"", "{}", "1", "\"x\"", "null", "[1]", "[[]]", "[{}", "[] x", "[{\"score\": NaN}]",
        R"([{"a": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]})"}) {
    INFO(text);
    CHECK(problem_of_results(text) != "none");
  }
  CHECK(problem_of_results(std::string("[]\0[", 4)) != "none");
}

TEST_CASE("files are told apart by what they begin with") {
  const TempFolder folder;
  write_file(folder / "gt.json", "\xEF\xBB\xBF\n {\"images\"");
  write_file(folder / "dt.JSON", "  [");
  write_file(folder / "empty.json", "");
  write_file(folder / "list.txt", "[");
  CHECK(looks_like_coco_truth(folder / "gt.json"));
  CHECK_FALSE(looks_like_coco_results(folder / "gt.json"));
  CHECK(looks_like_coco_results(folder / "dt.JSON"));
  CHECK_FALSE(looks_like_coco_truth(folder / "empty.json"));
  CHECK_FALSE(looks_like_coco_results(folder / "list.txt"));
  CHECK_FALSE(looks_like_coco_truth(folder.path()));
  CHECK_FALSE(looks_like_coco_truth(folder / "absent.json"));
}

TEST_CASE("two categories of one name are refused: a gate would see one of them") {
  CHECK_THROWS_WITH(read(R"({"images": [], "annotations": [],
               "categories": [{"id": 1, "name": "dent"}, {"id": 2, "name": "dent"}]})"),
                    ContainsSubstring("gt.json: categories[1].name: \"dent\" is there twice"));
}

TEST_CASE("two images of one file are refused: its objects would be counted twice") {
  CHECK_THROWS_WITH(
      read(R"({"images": [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "a.png"}],
               "annotations": [], "categories": []})"),
      ContainsSubstring("gt.json: images[1].file_name: \"a.png\" is there twice"));
}
