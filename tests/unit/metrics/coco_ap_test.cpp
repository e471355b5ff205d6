#include "support/catch.hpp"
#include "support/near.hpp"

#include <zeromiss/metrics/coco_ap.hpp>

#include <limits>
#include <stdexcept>
#include <vector>

using namespace zeromiss;

namespace {

TruthObject object(std::uint32_t image, std::uint32_t label, Box box) {
  return {image, label, box, box_area(box)};
}

Detection found(std::uint32_t image, std::uint32_t label, Box box, double score) {
  return {image, label, box, box_area(box), score};
}

constexpr Box kBox{0, 0, 10, 10};
constexpr Box kElsewhere{100, 100, 10, 10};

}  // namespace

TEST_CASE("COCO's ninth threshold is a bit below .9, so an overlap of nine tenths passes") {
  const auto thresholds = coco_thresholds();
  REQUIRE(thresholds.size() == 10);
  CHECK(thresholds[8] == 0.8999999999999999);
  CHECK(thresholds[9] == 0.95);
  // 90 of 100 pixels: passes .5 .. .9, so AP is 9 of 10.
  const DetectionSet set{1, 1, {object(0, 0, kBox)}, {found(0, 0, {0, 0, 9, 10}, 1)}, {}, {}};
  CHECK(*coco_ap(set, Shape::box).all.ap.value == near(0.9, 1e-12));
}

TEST_CASE("AP weighted by thresholds is the weighted mean of the AP at each") {
  // One object; overlap 0.6 passes .5, .55, .6: AP_t = 1 there and 0 above.
  const DetectionSet set{1, 1, {object(0, 0, kBox)}, {found(0, 0, {0, 0, 6, 10}, 1)}, {}, {}};
  const CocoFigures figures = coco_ap(set, Shape::box).all;
  CHECK(*figures.ap.value == near(3.0 / 10.0, 1e-12));
  CHECK(*figures.ap_threshold_weighted.value == near((0.5 + 0.55 + 0.6) / 7.25, 1e-12));
}

TEST_CASE("an object in two size ranges counts in both") {
  const Box box{0, 0, 32, 32};  // 1024 pixels: the last small one and the first medium one
  const DetectionSet set{1, 1, {object(0, 0, box)}, {found(0, 0, box, 1)}, {}, {}};
  const CocoFigures figures = coco_ap(set, Shape::box).all;
  CHECK(*figures.ap_small.value == near(1.0, 1e-12));
  CHECK(*figures.ap_medium.value == near(1.0, 1e-12));
  CHECK(figures.ap_large.reason == "no_ground_truth");
}

TEST_CASE("nothing labelled or nothing found gives figures or reasons, not a crash") {
  const CocoResult none = coco_ap({2, 2, {}, {}, {}, {}}, Shape::box);
  CHECK(none.all.ap.reason == "no_ground_truth");
  CHECK(none.all.ap_threshold_weighted.reason == "no_ground_truth");
  REQUIRE(none.classes.size() == 2);
  const CocoResult missed = coco_ap({1, 1, {object(0, 0, kBox)}, {}, {}, {}}, Shape::box);
  CHECK(missed.all.ap.value == 0.0);
  CHECK(missed.all.ar_100.value == 0.0);
  CHECK(missed.classes[0].truths == 1);
}

TEST_CASE("recall at one detection an image counts only the best of each image") {
  const DetectionSet set{1,
                         1,
                         {object(0, 0, kBox), object(0, 0, kElsewhere)},
                         {found(0, 0, kBox, 0.3), found(0, 0, kElsewhere, 0.9)},
                         {},
                         {}};
  const CocoFigures figures = coco_ap(set, Shape::box).all;
  CHECK(figures.ar_1.value == 0.5);
  CHECK(figures.ar_10.value == 1.0);
}

TEST_CASE("equal scores of right and wrong detections are counted, for AP depends on their order") {
  DetectionSet set{
      1, 1, {object(0, 0, kBox)}, {found(0, 0, kBox, 0.5), found(0, 0, kElsewhere, 0.5)}, {}, {}};
  CHECK(coco_ap(set, Shape::box).mixed_ties == 1);
  CHECK(*coco_ap(set, Shape::box).all.ap.value == near(1.0, 1e-12));
  std::swap(set.detections[0], set.detections[1]);
  CHECK(*coco_ap(set, Shape::box).all.ap.value == near(0.5, 1e-12));
  set.detections[0].score = 0.4;
  CHECK(coco_ap(set, Shape::box).mixed_ties == 0);
}

TEST_CASE("what does not fit the lists is refused, and so is a score that is no number") {
  const DetectionSet good{1, 1, {object(0, 0, kBox)}, {found(0, 0, kBox, 0.5)}, {}, {}};
  CHECK_NOTHROW(coco_ap(good, Shape::box));
  CHECK_THROWS_AS(coco_ap(good, Shape::mask), std::invalid_argument);  // it has no masks
  DetectionSet bad = good;
  bad.detections[0].score = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(coco_ap(bad, Shape::box), std::invalid_argument);
  bad = good;
  bad.truths[0].label = 1;
  CHECK_THROWS_AS(coco_ap(bad, Shape::box), std::invalid_argument);
  bad = good;
  bad.detections[0].image = 1;
  CHECK_THROWS_AS(coco_ap(bad, Shape::box), std::invalid_argument);
  bad = good;
  bad.truths[0].box.width = -1;
  CHECK_THROWS_AS(coco_ap(bad, Shape::box), std::invalid_argument);
}

TEST_CASE("only the best detections of an image count, up to the highest limit") {
  const DetectionSet set{
      1, 1, {object(0, 0, kBox)}, {found(0, 0, kElsewhere, 0.9), found(0, 0, kBox, 0.8)}, {}, {}};
  CocoOptions options;
  options.most_detections = {1};
  CHECK(coco_table(set, options).mean_ap(0, 0, 1).value == 0.0);
  options.most_detections = {2};
  CHECK(*coco_table(set, options).mean_ap(0, 0, 1).value == near(0.5, 1e-12));
}

TEST_CASE("a box that is found exactly passes a threshold of 1, whatever rounding says") {
  const Box box{0.3, 0.2, 0.6, 0.7};
  REQUIRE(box_iou(box, box) < 1.0);
  const DetectionSet set{1, 1, {object(0, 0, box)}, {found(0, 0, box, 1)}, {}, {}};
  CocoOptions options;
  options.thresholds = {1.0};
  CHECK(*coco_table(set, options).mean_ap(0, 0, 1).value == near(1.0, 1e-12));
}

TEST_CASE("options that make no sense are refused") {
  CocoOptions options;
  options.thresholds.assign(17, 0.5);
  CHECK_THROWS_AS(coco_table({}, options), std::invalid_argument);
  options.thresholds = {0.5};
  CHECK_THROWS_AS(coco_result(coco_table({}, options)), std::invalid_argument);
  options.most_detections = {10, 1};
  CHECK_THROWS_AS(coco_table({}, options), std::invalid_argument);
}
