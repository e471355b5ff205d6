// `evaluate` on COCO files made by hand.
#include "support/catch.hpp"
#include "support/near.hpp"
#include "support/temp_folder.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/tools/score.hpp>

#include <nlohmann/json.hpp>

#include <sstream>
#include <string>

using namespace zeromiss;
using Catch::Matchers::ContainsSubstring;
using test::read_file;
using test::TempFolder;
using test::write_file;
using Json = nlohmann::json;

namespace {

/// Image 1 has a dent that is found (.9); image 2 a dent that is found worse (.3); image 3 is good,
/// but something is found in it (.5); image 4 is good and empty.
const char* kLabels = R"({
  "images": [{"id": 1, "file_name": "1.png", "width": 100, "height": 100},
             {"id": 2, "file_name": "2.png", "width": 100, "height": 100},
             {"id": 3, "file_name": "3.png", "width": 100, "height": 100},
             {"id": 4, "file_name": "4.png", "width": 100, "height": 100}],
  "categories": [{"id": 1, "name": "dent"}, {"id": 2, "name": "mark"}],
  "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 10, 10], "area": 100,
                   "segmentation": [[0, 0, 10, 0, 10, 10, 0, 10]]},
                  {"id": 2, "image_id": 2, "category_id": 1, "bbox": [0, 0, 10, 10], "area": 100,
                   "segmentation": [[0, 0, 10, 0, 10, 10, 0, 10]]}]})";
const char* kResults = R"([
  {"image_id": 1, "category_id": 1, "bbox": [0, 0, 10, 10], "score": 0.9},
  {"image_id": 2, "category_id": 1, "bbox": [0, 0, 10, 10], "score": 0.3},
  {"image_id": 3, "category_id": 1, "bbox": [50, 50, 10, 10], "score": 0.5}])";

struct Scored {
  TempFolder folder;
  ScoreOptions options;
  Json metrics;
  std::string text;

  explicit Scored(const std::string& labels = kLabels, const std::string& results = kResults) {
    write_file(folder / "gt.json", labels);
    write_file(folder / "dt.json", results);
    options.ground_truth = folder / "gt.json";
    options.predictions = folder / "dt.json";
    options.output = folder / "out";
    options.quiet = true;
  }
  Scored& run() {
    std::ostringstream page;
    REQUIRE(score(options, page) == 0);
    text = page.str();
    metrics = Json::parse(read_file(folder / "out/metrics.json"));
    return *this;
  }
};

}  // namespace

TEST_CASE("without a threshold the operating point of detections is the zero-miss one") {
  Scored scored;
  const Json& point = scored.run().metrics["operating_point"];
  CHECK(scored.metrics["task"] == "detection");
  CHECK(point["origin"] == "zero-miss");
  CHECK(point["threshold"] == 0.3);
  CHECK(point["defective"] == 2);
  CHECK(point["escapes"] == 0);
  CHECK(point["overkills"] == 1);
  CHECK(scored.metrics["detection"]["at_operating_score"]["tp"] == 2);
  CHECK(scored.metrics["detection"]["at_operating_score"]["fp"] == 1);
}

TEST_CASE("a threshold decides about images and objects alike") {
  Scored scored;
  scored.options.threshold = 0.5;
  const Json& point = scored.run().metrics["operating_point"];
  CHECK(point["escapes"] == 1);
  CHECK(point["overkills"] == 1);
  CHECK(scored.metrics["detection"]["classes"][0]["tp"] == 1);
  CHECK(scored.metrics["detection"]["classes"][0]["fn"] == 1);
  CHECK(read_file(scored.folder / "out/misses.csv") ==
        "kind,image,truth,verdict,predicted,score,threshold,margin,error_code\n"
        "escape,2.png,defective,,,0.3,0.5,0.2,\n"
        "overkill,3.png,good,,,0.5,0.5,0,\n");
}

TEST_CASE("detection figures are written for all classes and each, null where there are none") {
  Scored scored;
  const Json& detection = scored.run().metrics["detection"];
  // Ranked .9 right, .5 wrong, .3 right: precision 1 up to recall 1/2, then 2/3.
  const double coco = (51 + 50 * 2.0 / 3.0) / 101;
  CHECK(detection["coco"]["AP"].get<double>() == near(coco, 1e-12));
  CHECK(detection["ap_threshold_weighted"].get<double>() == near(coco, 1e-12));
  CHECK(detection["voc"]["ap_all_point"].get<double>() == near(0.5 + 0.5 * 2.0 / 3.0, 1e-12));
  CHECK(detection["voc"]["ap_11point"].get<double>() == near((6 + 5 * 2.0 / 3.0) / 11, 1e-12));
  CHECK(detection["coco"]["APl"].is_null());
  CHECK(scored.metrics["reasons"]["detection.coco.APl"] == "no_ground_truth");
  CHECK(detection["classes"][1]["name"] == "mark");
  CHECK(detection["classes"][1]["AP"].is_null());
  CHECK(detection["confusion_matrix"]["labels"] == Json({"dent", "mark", "background"}));
  CHECK(detection["confusion_matrix"]["counts"] == Json({{2, 0, 0}, {0, 0, 0}, {1, 0, 0}}));
  CHECK_THAT(scored.text, ContainsSubstring("AP weighted by threshold"));
  CHECK_THAT(read_file(scored.folder / "out/confusion_matrix.csv"),
             ContainsSubstring("truth,dent,mark,background\ndent,2,0,0\n"));
  CHECK_THAT(read_file(scored.folder / "out/per_class.csv"),
             ContainsSubstring("\nmark,0,0,,,,,,0,0,0,,,\n"));
}

TEST_CASE("masks give the figures of boxes where they are the same boxes") {
  Scored boxes, masks;
  masks.options.iou_type = "segm";
  const Json a = boxes.run().metrics["detection"], b = masks.run().metrics["detection"];
  CHECK(b["iou_type"] == "segm");
  CHECK(a["coco"] == b["coco"]);
}

TEST_CASE("classes that are no defect do not make an image defective") {
  Scored scored;
  scored.options.positive = {"mark"};
  CHECK(scored.run().metrics["operating_point"].is_null());
  CHECK(scored.metrics["reasons"]["operating_point"] == "no_defective_image_with_a_score");
  CHECK(scored.metrics["detection"]["at_operating_score"]["score"].is_null());
  scored.options.positive = {"scratch"};
  scored.options.overwrite = true;
  std::ostringstream page;
  CHECK_THROWS_WITH(score(scored.options, page), ContainsSubstring("\"scratch\": no such class"));
}

TEST_CASE("a defective image in which nothing is found escapes at any threshold") {
  Scored scored(kLabels, "[]");
  scored.options.threshold = 0.0;
  const Json& point = scored.run().metrics["operating_point"];
  CHECK(point["escapes"] == 2);
  CHECK(point["overkills"] == 0);
  CHECK(scored.metrics["detection"]["coco"]["AP"] == 0.0);
}

TEST_CASE("masks that do not fit their image are refused with their place") {
  std::ostringstream page;
  Scored wrong(kLabels,
               R"([{"image_id": 1, "category_id": 1, "score": 1, "segmentation":
                    {"size": [100, 99], "counts": [9900]}}])");
  CHECK_THROWS_WITH(score(wrong.options, page),
                    ContainsSubstring("dt.json: [0]: segmentation: size is 100 x 99"));
  Scored sum(kLabels,
             R"([{"image_id": 1, "category_id": 1, "score": 1, "segmentation":
                  {"size": [100, 100], "counts": [9900]}}])");
  CHECK_THROWS_WITH(score(sum.options, page), ContainsSubstring("add up to 9900"));
}

TEST_CASE("masks of one image are of one size, also where the labels do not say it") {
  const auto labels = [](const std::string& size) {
    return R"({"images": [{"id": 1}], "categories": [{"id": 1, "name": "dent"}],
      "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "segmentation": )" +
           size + "}]}";
  };
  const std::string found = R"([{"image_id": 1, "category_id": 1, "score": 1, "segmentation":
                                 {"size": [8, 8], "counts": [0, 64]}}])";
  std::ostringstream page;
  Scored other(labels(R"({"size": [4, 4], "counts": [0, 16]})"), found);
  CHECK_THROWS_WITH(score(other.options, page),
                    ContainsSubstring("dt.json: [0]: segmentation: size is 8 x 8, but the image "
                                      "is 4 x 4"));
  Scored same(labels(R"({"size": [8, 8], "counts": [0, 64]})"), found);
  CHECK(same.run().metrics["detection"]["coco"]["AP"].get<double>() == near(1.0, 1e-12));
}

TEST_CASE("a box or area that no picture has is refused with its place") {
  const auto labels = [](const std::string& object) {
    return R"({"images": [{"id": 1}], "categories": [{"id": 1, "name": "dent"}],
      "annotations": [{"id": 1, "image_id": 1, "category_id": 1, )" +
           object + "}]}";
  };
  const auto refuses = [](const std::string& gt, const std::string& dt,
                          const std::string& message) {
    Scored scored(gt, dt);
    std::ostringstream page;
    try {
      score(scored.options, page);
      FAIL("was scored");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::input);
      CHECK_THAT(error.what(), ContainsSubstring(message));
    }
  };
  refuses(labels(R"("bbox": [0, 0, 1e200, 1e200])"), "[]",
          "gt.json: annotations[0]: bbox: expected pixels up to 1e+09, found 1e+200");
  refuses(labels(R"("bbox": [0, 0, 1, 1], "area": 1e300)"), "[]", "annotations[0]: area: expected");
  refuses(labels(R"("bbox": [0, 0, 1, 1], "area": -1)"), "[]", "annotations[0]: area: expected");
  refuses(labels(R"("bbox": [0, 0, 1, 1])"),
          R"([{"image_id": 1, "category_id": 1, "score": 1, "bbox": [-1e200, 0, 1, 1]}])",
          "dt.json: [0]: bbox: expected pixels up to 1e+09, found -1e+200");
}

TEST_CASE("options of detections that make no sense are usage errors") {
  std::ostringstream page;
  Scored scored;
  scored.options.iou_type = "polygon";
  CHECK_THROWS_WITH(score(scored.options, page), ContainsSubstring("expected auto, bbox or segm"));
  scored.options.iou_type = "auto";
  scored.options.voc_iou = 0.0;
  CHECK_THROWS_WITH(score(scored.options, page), ContainsSubstring("--voc-iou 0"));
  scored.options.voc_iou = 0.5;
  scored.options.predictions = scored.folder / "gt.json";
  CHECK_THROWS_WITH(score(scored.options, page),
                    ContainsSubstring("predictions of an unknown format"));
}

TEST_CASE("options of other tasks are refused for COCO labels, not ignored") {
  std::ostringstream page;
  Scored task, format, classes;
  task.options.task = "classification";
  CHECK_THROWS_WITH(score(task.options, page), ContainsSubstring("--task classification"));
  format.options.predictions_format = "csv";
  CHECK_THROWS_WITH(score(format.options, page), ContainsSubstring("--predictions-format csv"));
  classes.options.classes = "mark";
  CHECK_THROWS_WITH(score(classes.options, page),
                    ContainsSubstring("\"dent\" occurs and is not listed"));
}

TEST_CASE("classes given by option order those of objects and adds those that never occur") {
  Scored scored;
  scored.options.classes = "scratch,mark,dent";
  const Json& classes = scored.run().metrics["detection"]["classes"];
  REQUIRE(classes.size() == 3);
  CHECK(classes[0]["name"] == "scratch");
  CHECK(classes[0]["ground_truth"] == 0);
  CHECK(classes[2]["name"] == "dent");
  CHECK(classes[2]["ground_truth"] == 2);
}

TEST_CASE("an image in which nothing is found ranks below all others") {
  // Defective: .9, .3; good: .5, nothing. Of the 4 pairs the defective one is higher in 3.
  Scored scored;
  CHECK(scored.run().metrics["defect_score"]["roc_auc"].get<double>() == near(0.75, 1e-12));
}

TEST_CASE("what was found in an image of another folder is not credited to a labelled one") {
  Scored scored(R"({"images": [{"id": 1, "file_name": "lot1/0001.png", "width": 9, "height": 9}],
                    "categories": [{"id": 1, "name": "dent"}],
                    "annotations": [{"id": 1, "image_id": 1, "category_id": 1,
                                     "bbox": [0, 0, 4, 4]}]})");
  scored.options.predictions = scored.folder / "text";
  scored.options.threshold = 0.5;
  write_file(scored.folder / "text/lot2/0001.txt", "dent 0.9 1 1 4 4\n");
  std::ostringstream page;
  CHECK_THROWS_WITH(score(scored.options, page),
                    ContainsSubstring("lot2/0001.txt: the labels have no image of this name"));
  scored.options.allow_unlabelled = true;
  CHECK(scored.run().metrics["operating_point"]["escapes"] == 1);
  CHECK(scored.metrics["unlabelled_predictions"] == 1);
}
