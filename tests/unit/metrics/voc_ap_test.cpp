#include "support/catch.hpp"
#include "support/near.hpp"

#include <zeromiss/metrics/voc_ap.hpp>

#include <stdexcept>

using namespace zeromiss;

namespace {

constexpr Box kBox{0, 0, 10, 10};

Detection found(Box box, double score) { return {0, 0, box, 0, score}; }
TruthObject object(Box box) { return {0, 0, box, 0}; }
TruthObject difficult(Box box) { return {0, 0, box, 0, false, true}; }

VocClass figures(const std::vector<TruthObject>& truths, const std::vector<Detection>& detections,
                 VocOptions options = {}) {
  return voc_ap({1, 1, truths, detections, {}, {}}, options).classes.at(0);
}

}  // namespace

TEST_CASE("inclusive ends make every side one pixel longer") {
  // 10 x 10 and the same shifted by 5: 50 / 150, and with ends 6 x 11 / (121 + 121 - 66).
  CHECK(box_iou(kBox, {5, 0, 10, 10}) == near(50.0 / 150.0, 1e-15));
  CHECK(inclusive_box_iou(kBox, {5, 0, 10, 10}) == near(66.0 / 176.0, 1e-15));
  CHECK(box_iou(kBox, {10, 0, 10, 10}) == 0.0);
  CHECK(inclusive_box_iou(kBox, {10, 0, 10, 10}) > 0.0);
}

TEST_CASE("boxes without area overlap nothing, not even themselves") {
  CHECK(box_iou({5, 5, 0, 10}, {5, 5, 0, 10}) == 0.0);
}

TEST_CASE("one object of two found gives a half, 6 of 11 points") {
  const VocClass one = figures({object(kBox), object({50, 0, 10, 10})}, {found(kBox, 0.9)});
  CHECK(*one.ap_all_point.value == near(0.5, 1e-15));
  CHECK(*one.ap_11_point.value == near(6.0 / 11.0, 1e-15));
}

TEST_CASE("a detection whose best object is taken is wrong even where another one would do") {
  // Both detections overlap the first object most; the second object overlaps them by 6/14.
  const std::vector<TruthObject> truths = {object(kBox), object({4, 0, 10, 10})};
  const std::vector<Detection> twice = {found(kBox, 0.9), found(kBox, 0.8)};
  const VocClass one = figures(truths, twice, {0.4, BoxEnds::continuous});
  CHECK(one.tp == 1);
  CHECK(one.fp == 1);
}

TEST_CASE("a difficult object need not be found and takes what finds it out of the count") {
  const Box other{50, 0, 10, 10};
  const VocClass one =
      figures({object(kBox), difficult(other)}, {found(other, 0.9), found(kBox, 0.8)});
  CHECK(one.truths == 1);
  CHECK(one.tp == 1);
  CHECK(one.fp == 0);
  CHECK(*one.ap_all_point.value == near(1.0, 1e-15));
}

TEST_CASE("an overlap that equals the threshold counts") {
  const VocClass one = figures({object(kBox)}, {found({0, 0, 5, 10}, 1)});
  CHECK(one.tp == 1);
}

TEST_CASE("classes without objects are left out of the mean and classes without detections not") {
  const DetectionSet set{
      1,  3, {{0, 0, kBox, 0}, {0, 1, kBox, 0}}, {{0, 0, kBox, 0, 0.9}, {0, 2, kBox, 0, 0.9}},
      {}, {}};
  const VocResult result = voc_ap(set, {});
  CHECK(result.classes[1].ap_all_point.value == 0.0);
  CHECK(result.classes[2].ap_all_point.reason == "no_ground_truth");
  CHECK(*result.ap_all_point.value == near(0.5, 1e-15));
}

TEST_CASE("a curve without objects is refused") {
  CHECK_THROWS_AS(detection_curve({}, 0), std::invalid_argument);
}

TEST_CASE("of objects that overlap equally the first is the detection's") {
  CHECK(figures({object(kBox), difficult(kBox)}, {found(kBox, 0.9)}).tp == 1);
  CHECK(figures({difficult(kBox), object(kBox)}, {found(kBox, 0.9)}).tp == 0);
}
