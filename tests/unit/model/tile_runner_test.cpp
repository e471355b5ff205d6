// A picture in tiles gives what it gives whole. The networks here are exact: a pixel is a defect
// when it is bright, a box is the bounding box of bright pixels that hang together.
#include "bright_pixels.hpp"
#include "support/catch.hpp"
#include "support/fake_engine.hpp"
#include "support/packages.hpp"

#include <zeromiss/model/tile_runner.hpp>
#include <zeromiss/model/verdict.hpp>

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <random>
#include <tuple>

using namespace zeromiss;
using namespace zeromiss::test;
using Json = nlohmann::ordered_json;

namespace {

constexpr int kCandidates = 60;

/// One channel of logits.
std::vector<Tensor> bright_pixels(const InputBatch& batch) {
  Tensor logits{"", {batch.images, 1, batch.height, batch.width}, {}};
  for (const float value : batch.data) logits.data.push_back((value - 0.5F) * 20.0F);
  return {logits};
}

/// N x candidates x (cx, cy, w, h, P).
std::vector<Tensor> bright_boxes(const InputBatch& batch) {
  Tensor head{"", {batch.images, kCandidates, 5}, {}};
  for (int image = 0; image < batch.images; ++image) {
    cv::Mat labels, stats, centres;
    const int count =
        cv::connectedComponentsWithStats(bright(batch, image), labels, stats, centres, 8);
    REQUIRE(count <= kCandidates);
    for (int i = 1; i <= kCandidates; ++i) {
      const auto stat = [&](int what) {
        return i < count ? static_cast<float>(stats.at<int>(i, what)) : 0.0F;
      };
      const float width = stat(cv::CC_STAT_WIDTH), height = stat(cv::CC_STAT_HEIGHT);
      head.data.insert(head.data.end(),
                       {stat(cv::CC_STAT_LEFT) + width / 2, stat(cv::CC_STAT_TOP) + height / 2,
                        width, height, i < count ? 0.9F : 0.0F});
    }
  }
  return {head};
}

Json mask_output() {
  return Json::parse(R"({"kind": "mask_logits", "activation": "sigmoid", "pixel": 0.5, "stride": 1,
                         "resample": "nearest"})");
}
Json box_output() {
  return Json::parse(
      R"({"kind": "boxes_yolo", "layout": "v8", "transposed": false, "activation": "none",
      "boxes": "pixels", "multi_label": false, "min_score": 0.25,
      "nms": {"iou": 0.45, "class_agnostic": false, "max_detections": 300}, "masks": null})");
}
Json tile(int width, int height, int overlap) {
  return {{"op", "tile"}, {"width", width}, {"height", height}, {"overlap", overlap}};
}

/// The picture's defects by a package with these steps.
std::vector<Defect> found(const cv::Mat& pixels, const Json& steps, const Json& output,
                          const ManifestEdit& edit = {}) {
  const TempFolder folder;
  write_package(folder.path(), "weights", [&](Json& m) {
    m["task"] = output["kind"] == "mask_logits" ? "segmentation" : "detection";
    m["input"]["steps"] = steps;
    m["output"] = output;
    m["classes"] = Json::parse(R"([{"name": "bright", "defect": true}])");
    if (edit) edit(m);
  });
  const ModelPackage package = read_package(folder.path());
  FakeEngine engine(output["kind"] == "mask_logits" ? bright_pixels : bright_boxes);
  const Preparer preparer(package, {});
  const TileRunner runner(engine, package, package.limits, preparer, 4);
  const Image image{pixels, ImageFormat::png, false};
  const TiledResult full = runner.run(image, 1), spread = runner.run(image, 2);
  CHECK(full.outputs_sha256 == spread.outputs_sha256);
  auto defects = std::get<Objects>(full.prediction).defects;
  std::sort(defects.begin(), defects.end(), [](const Defect& a, const Defect& b) {
    return std::tie(a.box.x, a.box.y, a.area) < std::tie(b.box.x, b.box.y, b.area);
  });
  return defects;
}

Json whole(cv::Size size) {
  return Json::array(
      {{{"op", "crop"}, {"x", 0}, {"y", 0}, {"width", size.width}, {"height", size.height}}});
}

/// Ellipses and lines anywhere, crossing and touching.
cv::Mat scribble(std::mt19937& random, cv::Size size) {
  const auto any = [&](int high) { return std::uniform_int_distribution<int>(0, high)(random); };
  cv::Mat picture = cv::Mat::zeros(size, CV_8UC1);
  for (int i = 0; i < 12; ++i)
    cv::ellipse(picture, {any(size.width), any(size.height)}, {any(14), any(14)}, any(180), 0, 360,
                255, cv::FILLED);
  for (int i = 0; i < 4; ++i)
    cv::line(picture, {any(size.width), any(size.height)}, {any(size.width), any(size.height)}, 255,
             1 + any(2));
  return picture;
}

}  // namespace

TEST_CASE("masks of a picture in tiles are those of the whole picture", "[tiles]") {
  std::mt19937 random(4);
  for (int round = 0; round < 30; ++round) {
    const cv::Size size(97 + round, 83 + 2 * round);
    const cv::Mat picture = scribble(random, size);
    const auto expected = found(picture, whole(size), mask_output());
    REQUIRE_FALSE(expected.empty());
    const Json flip{{"op", "flip"}, {"axis", "horizontal"}},
        rotate{{"op", "rotate"}, {"degrees", 90}};
    for (const Json& steps :
         {Json::array({tile(40, 30, 0)}), Json::array({tile(40, 30, 7)}),
          Json::array({tile(25, 33, 24)}), Json::array({flip, tile(40, 30, 5), rotate}),
          Json::array({rotate, tile(31, 40, 3), flip})}) {
      const auto defects = found(picture, steps, mask_output());
      CAPTURE(round, steps.dump());
      REQUIRE(defects.size() == expected.size());
      for (std::size_t i = 0; i < defects.size(); ++i) {
        CHECK(defects[i].box == expected[i].box);
        CHECK(defects[i].area == expected[i].area);
        CHECK(defects[i].mask == expected[i].mask);
        CHECK(defects[i].score == expected[i].score);
      }
    }
  }
}

TEST_CASE("a defect whose parts are each below min_area counts by its whole", "[tiles]") {
  cv::Mat picture = cv::Mat::zeros(60, 100, CV_8UC1);
  picture(cv::Rect(44, 28, 12, 4)).setTo(255);  // 48 pixels on the corner of four tiles
  picture(cv::Rect(10, 10, 5, 5)).setTo(255);   // 25 in one
  const auto with_min_area = [&](int area) {
    return found(picture, Json::array({tile(50, 30, 0)}), mask_output(),
                 [&](Json& m) { m["classes"][0]["min_area"] = area; });
  };
  REQUIRE(with_min_area(40).size() == 1);
  CHECK(with_min_area(40)[0].area == 48);
  CHECK(with_min_area(48).size() == 1);
  CHECK(with_min_area(49).empty());
  CHECK(with_min_area(20).size() == 2);
}

TEST_CASE("boxes of a picture in tiles are those of the whole picture", "[tiles]") {
  std::mt19937 random(9);
  const auto any = [&](int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(random);
  };
  for (int round = 0; round < 40; ++round) {
    // Rectangles with gaps of 8, some longer than a tile.
    cv::Mat picture = cv::Mat::zeros(240, 300, CV_8UC1);
    for (int y = 0; y < 240; y += 60)
      for (int x = 0; x < 300;) {
        const cv::Rect box(x + any(0, 8), y + any(0, 10), any(6, 130), any(6, 42));
        picture(box & cv::Rect(0, 0, 300, 240)).setTo(255);
        x = box.br().x + 8;
      }
    const auto expected = found(picture, whole({300, 240}), box_output());
    for (const Json& steps : {Json::array({tile(80, 70, 20)}), Json::array({tile(80, 70, 0)}),
                              Json::array({tile(128, 96, 32)})}) {
      const auto defects = found(picture, steps, box_output());
      CAPTURE(round, steps.dump());
      REQUIRE(defects.size() == expected.size());
      for (std::size_t i = 0; i < defects.size(); ++i) {
        CHECK(defects[i].box == expected[i].box);
        CHECK(defects[i].area == expected[i].area);
      }
    }
  }
}

TEST_CASE("a shrunk and cut picture gives boxes in pixels of the original", "[tiles]") {
  cv::Mat picture = cv::Mat::zeros(400, 600, CV_8UC1);
  picture(cv::Rect(280, 120, 80, 40)).setTo(255);  // over the seam at 300
  const Json shrink{
      {"op", "resize"}, {"width", 300}, {"height", 200}, {"filter", "box"}, {"antialias", true}};
  const auto defects = found(picture, Json::array({shrink, tile(150, 200, 0)}), box_output());
  REQUIRE(defects.size() == 1);
  CHECK(defects[0].box == Box{280, 120, 80, 40});
}

TEST_CASE("a class with limits of its own decides in whatever tile it shows", "[tiles]") {
  // P(scratch) 0.15 in the second tile is REVIEW by its own limit, though the first tile's score
  // of 0.2 is higher, and a PASS.
  const TempFolder folder;
  write_package(folder.path(), "weights", [&](Json& m) {
    m["input"]["steps"] = Json::array({tile(10, 10, 0)});
    m["output"]["kind"] = "probabilities";
    m["classes"] =
        Json::parse(R"([{"name": "good", "defect": false}, {"name": "stain", "defect": true},
                                   {"name": "scratch", "defect": true, "review_at": 0.1}])");
  });
  const ModelPackage package = read_package(folder.path());
  FakeEngine engine([](const InputBatch& batch) {
    Tensor table{"", {batch.images, 3}, {}};
    for (int i = 0; i < batch.images; ++i) {
      const bool second = batch.data[static_cast<std::size_t>(i) * batch.image_size()] > 0;
      if (second)
        table.data.insert(table.data.end(), {0.85F, 0.0F, 0.15F});
      else
        table.data.insert(table.data.end(), {0.8F, 0.2F, 0.0F});
    }
    return std::vector<Tensor>{table};
  });
  cv::Mat picture = cv::Mat::zeros(10, 20, CV_8UC1);
  picture(cv::Rect(10, 0, 10, 10)).setTo(255);
  const Preparer preparer(package, {});
  const Limits limits{0.5, 0.9};
  const TileRunner runner(engine, package, limits, preparer, 4);
  const auto result = runner.run({picture, ImageFormat::png, false});
  CHECK(judge(result.prediction, package, limits).kind() == VerdictKind::review);
}
