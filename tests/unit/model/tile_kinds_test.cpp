// Output kinds that tile_runner_test.cpp leaves out: in tiles they give what they give of the whole
// picture. The networks are exact, so that no borders of convolutions come between.
#include "bright_pixels.hpp"
#include "support/catch.hpp"
#include "support/fake_engine.hpp"
#include "support/packages.hpp"

#include <zeromiss/model/tile_runner.hpp>
#include <zeromiss/model/verdict.hpp>

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <tuple>

using namespace zeromiss;
using namespace zeromiss::test;
using Json = nlohmann::ordered_json;

namespace {

/// As torchvision's detectors: for each image a dictionary of its own, with as many rows as it
/// found.
std::vector<Tensor> torchvision_boxes(const InputBatch& batch) {
  std::vector<Tensor> outputs;
  for (int image = 0; image < batch.images; ++image) {
    cv::Mat labels, stats, centres;
    const int count =
        cv::connectedComponentsWithStats(bright(batch, image), labels, stats, centres, 8);
    const std::int64_t rows = count - 1;
    Tensor boxes{"boxes", {rows, 4}, {}, image}, classes{"labels", {rows}, {}, image},
        scores{"scores", {rows}, {}, image},
        masks{"masks", {rows, 1, batch.height, batch.width}, {}, image};
    for (int i = 1; i < count; ++i) {
      const auto stat = [&](int what) { return static_cast<float>(stats.at<int>(i, what)); };
      const float left = stat(cv::CC_STAT_LEFT), top = stat(cv::CC_STAT_TOP);
      boxes.data.insert(boxes.data.end(), {left, top, left + stat(cv::CC_STAT_WIDTH),
                                           top + stat(cv::CC_STAT_HEIGHT)});
      classes.data.push_back(1.0F);
      scores.data.push_back(0.9F);
      for (int y = 0; y < batch.height; ++y)
        for (int x = 0; x < batch.width; ++x)
          masks.data.push_back(labels.at<int>(y, x) == i ? 1.0F : 0.0F);
    }
    for (Tensor* tensor : {&boxes, &classes, &scores, &masks})
      outputs.push_back(std::move(*tensor));
  }
  return outputs;
}

/// As anomalib: a map, and its highest value.
std::vector<Tensor> brightness_map(const InputBatch& batch) {
  Tensor map{"anomaly_map", {batch.images, 1, batch.height, batch.width}, batch.data},
      score{"pred_score", {batch.images}, {}};
  for (int image = 0; image < batch.images; ++image) {
    const auto begin = batch.data.begin() + image * static_cast<std::ptrdiff_t>(batch.image_size());
    score.data.push_back(
        *std::max_element(begin, begin + static_cast<std::ptrdiff_t>(batch.image_size())));
  }
  return {map, score};
}

/// Two labels that do not exclude each other: how bright the brightest, how dark the darkest pixel
/// is.
std::vector<Tensor> brightest_and_darkest(const InputBatch& batch) {
  Tensor both{"", {batch.images, 2}, {}};
  for (int image = 0; image < batch.images; ++image) {
    const auto begin = batch.data.begin() + image * static_cast<std::ptrdiff_t>(batch.image_size());
    const auto [low, high] =
        std::minmax_element(begin, begin + static_cast<std::ptrdiff_t>(batch.image_size()));
    both.data.insert(both.data.end(), {*high, 1.0F - *low});
  }
  return {both};
}

struct Kind {
  const char* task;
  const char* output;
  FakeEngine::Function network;
};
const Kind kTorchvision{
    "segmentation",
    R"({"kind": "boxes_torchvision", "first_label": 1, "min_score": 0.25, "nms": "none", "masks": {"threshold": 0.5}})",
    torchvision_boxes};
const Kind kScoreMap{
    "anomaly",
    R"({"kind": "score_map", "map_output": "anomaly_map", "score_output": "pred_score", "stride": 1,
                         "threshold": 0.5, "resample": "nearest"})",
    brightness_map};
const Kind kLabels{"classification", R"({"kind": "sigmoid", "applied": true})",
                   brightest_and_darkest};

Prediction predicted(const cv::Mat& pixels, const Json& step, const Kind& kind) {
  const TempFolder folder;
  write_package(folder.path(), "weights", [&](Json& m) {
    m["task"] = kind.task;
    m["input"]["steps"] = Json::array({step});
    m["output"] = Json::parse(kind.output);
    const bool labels = std::string(kind.task) == "classification";
    m["classes"] = Json::parse(
        labels ? R"([{"name": "bright", "defect": true}, {"name": "dark", "defect": false}])"
               : R"([{"name": "bright", "defect": true}])");
  });
  const ModelPackage package = read_package(folder.path());
  FakeEngine engine(kind.network);
  const Preparer preparer(package, {});
  const TileRunner runner(engine, package, package.limits, preparer, 4);
  const Image image{pixels, ImageFormat::png, false};
  const TiledResult full = runner.run(image, 1), spread = runner.run(image, 2);
  CHECK(full.outputs_sha256 == spread.outputs_sha256);
  return full.prediction;
}

Json tile(int width, int height, int overlap) {
  return {{"op", "tile"}, {"width", width}, {"height", height}, {"overlap", overlap}};
}
Json whole(const cv::Mat& picture) { return tile(picture.cols, picture.rows, 0); }

/// A dark picture with a bar over several tiles, a spot on a corner of four, and one inside a tile.
cv::Mat bar_and_spots() {
  cv::Mat picture(60, 100, CV_8UC1, cv::Scalar(20));
  picture(cv::Rect(5, 8, 90, 3)).setTo(250);
  picture(cv::Rect(44, 28, 12, 4)).setTo(200);
  picture(cv::Rect(10, 40, 5, 5)).setTo(150);
  return picture;
}

std::vector<Defect> sorted(std::vector<Defect> defects) {
  std::sort(defects.begin(), defects.end(), [](const Defect& a, const Defect& b) {
    return std::tie(a.box.x, a.box.y) < std::tie(b.box.x, b.box.y);
  });
  return defects;
}

void check_same(const std::vector<Defect>& found, const std::vector<Defect>& expected) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    CHECK(found[i].box == expected[i].box);
    CHECK(found[i].area == expected[i].area);
    CHECK(found[i].mask == expected[i].mask);
    CHECK(found[i].score == expected[i].score);
  }
}

const std::vector<Json> kCuts{tile(50, 30, 0), tile(50, 30, 7), tile(25, 33, 24)};

}  // namespace

TEST_CASE("torchvision's boxes and masks of tiles are those of the whole picture", "[tiles]") {
  const cv::Mat picture = bar_and_spots();
  const auto expected =
      sorted(std::get<Objects>(predicted(picture, whole(picture), kTorchvision)).defects);
  REQUIRE(expected.size() == 3);
  CHECK(expected[0].box == Box{5, 8, 90, 3});
  CHECK(expected[0].area == 270);
  CHECK(expected[1].box == Box{10, 40, 5, 5});
  CHECK(expected[2].box == Box{44, 28, 12, 4});
  for (const Json& cut : kCuts) {
    CAPTURE(cut.dump());
    check_same(sorted(std::get<Objects>(predicted(picture, cut, kTorchvision)).defects), expected);
  }
}

TEST_CASE("an anomaly map in tiles has the highest score and the defects of the whole", "[tiles]") {
  const cv::Mat picture = bar_and_spots();
  const auto expected = std::get<Anomaly>(predicted(picture, whole(picture), kScoreMap));
  CHECK(expected.score == Approx(250 / 255.0).epsilon(1e-6));
  REQUIRE(expected.defects.size() == 3);
  CHECK(expected.defects[0].box == Box{5, 8, 90, 3});  // highest score first
  CHECK(expected.defects[1].box == Box{44, 28, 12, 4});
  CHECK(expected.defects[2].score == Approx(150 / 255.0).epsilon(1e-6));
  for (const Json& cut : kCuts) {
    CAPTURE(cut.dump());
    const auto found = std::get<Anomaly>(predicted(picture, cut, kScoreMap));
    CHECK(found.score == expected.score);
    check_same(found.defects, expected.defects);
  }
}

TEST_CASE("each label of a picture in tiles has its highest probability of all tiles", "[tiles]") {
  cv::Mat picture(60, 100, CV_8UC1, cv::Scalar(128));
  picture(cv::Rect(2, 2, 1, 1)).setTo(204);   // 0.8, in the first tile
  picture(cv::Rect(97, 57, 1, 1)).setTo(51);  // 1 - 0.2, in the last
  for (const Json& cut : kCuts) {
    CAPTURE(cut.dump());
    const auto found = std::get<MultiLabel>(predicted(picture, cut, kLabels)).probabilities;
    REQUIRE(found.size() == 2);
    CHECK(found[0] == Approx(0.8).epsilon(1e-6));
    CHECK(found[1] == Approx(0.8).epsilon(1e-6));
  }
}

TEST_CASE("a weak part in a tile takes nothing from a defect that counts", "[tiles][law]") {
  // Tiles of 10 x 10. Left: a stain of 0.95 (x 6..10) that the seam cuts. Right: the stain goes on
  // (x 0..4) with 0.85, which is too weak by itself, and upon it is a crack of 0.8.
  const bool seen_left = GENERATE(true, false);
  const bool class_agnostic = GENERATE(true, false);
  const TempFolder folder;
  write_package(folder.path(), "weights", [&](Json& m) {
    m["task"] = "detection";
    m["input"]["steps"] = Json::array({tile(10, 10, 0)});
    m["output"] = Json::parse(
        R"({"kind": "boxes_yolo", "layout": "v8", "transposed": false, "activation": "none",
        "boxes": "pixels", "multi_label": false, "min_score": 0.25, "masks": null,
        "nms": {"iou": 0.45, "max_detections": 1}})");
    m["output"]["nms"]["class_agnostic"] = class_agnostic;
    m["classes"] = Json::parse(R"([{"name": "stain", "defect": true, "min_score": 0.9},
                                   {"name": "crack", "defect": true, "min_score": 0.3}])");
  });
  const ModelPackage package = read_package(folder.path());
  FakeEngine engine([&](const InputBatch& batch) {
    Tensor head{"", {batch.images, 2, 6}, {}};
    for (int image = 0; image < batch.images; ++image) {
      if (cv::countNonZero(bright(batch, image)) > 0)
        head.data.insert(head.data.end(), {2, 5, 4, 4, 0.85F, 0, 2, 5, 4, 4, 0, 0.8F});
      else
        head.data.insert(head.data.end(),
                         {8, 5, 4, 4, seen_left ? 0.95F : 0.0F, 0, 8, 5, 4, 4, 0, 0});
    }
    return std::vector<Tensor>{head};
  });
  cv::Mat picture = cv::Mat::zeros(10, 20, CV_8UC1);
  picture(cv::Rect(10, 0, 10, 10)).setTo(255);
  const Preparer preparer(package, {});
  const TileRunner runner(engine, package, package.limits, preparer, 4);
  const auto defects =
      std::get<Objects>(runner.run({picture, ImageFormat::png, false}).prediction).defects;
  REQUIRE(defects.size() == (seen_left ? 2 : 1));
  CHECK(defects.back().label == 1);
  CHECK(defects.back().score == Approx(0.8));
  CHECK(defects.back().box == Box{10, 3, 4, 4});
  if (!seen_left) return;
  CHECK(defects[0].label == 0);
  CHECK(defects[0].box == Box{6, 3, 8, 4});
}
