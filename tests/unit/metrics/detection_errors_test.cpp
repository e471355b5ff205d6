#include "support/catch.hpp"
#include "support/near.hpp"

#include <zeromiss/metrics/detection_errors.hpp>

#include <stdexcept>
#include <vector>

using namespace zeromiss;

namespace {

constexpr Box kBox{0, 0, 10, 10};
constexpr Box kNear{0, 0, 10, 3};  // overlaps kBox by .3
constexpr Box kFar{100, 100, 10, 10};
constexpr std::uint32_t kScratch = 0, kParticle = 1;
constexpr std::size_t kBackground = 2;

TruthObject object(std::uint32_t label, Box box) { return {0, label, box, 0}; }
Detection found(std::uint32_t label, Box box, double score) { return {0, label, box, 0, score}; }

DetectionErrors errors(const std::vector<TruthObject>& truths,
                       const std::vector<Detection>& detections, double score = 0.0) {
  ErrorOptions options;
  options.score = score;
  return detection_errors({1, 2, truths, detections, {}, {}}, options);
}

}  // namespace

TEST_CASE("a right detection is on the diagonal and no error") {
  const auto out = errors({object(kScratch, kBox)}, {found(kScratch, kBox, 0.9)});
  CHECK(out.classes[kScratch].tp == 1);
  CHECK(out.classes[kScratch].precision.value == 1.0);
  CHECK(out.classes[kScratch].recall.value == 1.0);
  CHECK(out.classes[kParticle].recall.reason == "no_positives");
  CHECK(out.classes[kParticle].precision.reason == "no_predictions");
  CHECK(out.confusion.count(kScratch, kScratch) == 1);
  CHECK(out.confusion.samples() == 1);
}

TEST_CASE("the operating score decides which detections count, itself included") {
  const std::vector<TruthObject> truths = {object(kScratch, kBox)};
  CHECK(errors(truths, {found(kScratch, kBox, 0.5)}, 0.5).all.tp == 1);
  const auto above = errors(truths, {found(kScratch, kBox, 0.5)}, 0.51);
  CHECK(above.all.tp == 0);
  CHECK(above.all.fn == 1);
  CHECK(above.all.types.missed == 1);
  CHECK(above.confusion.count(kScratch, kBackground) == 1);
}

TEST_CASE("all detections from the score on count, also beyond the 100 of COCO's AP") {
  std::vector<Detection> detections(100, found(kScratch, kFar, 0.9));
  detections.push_back(found(kScratch, kBox, 0.8));
  detections.push_back(found(kScratch, kFar, 0.4));
  const auto out = errors({object(kScratch, kBox)}, detections, 0.5);
  CHECK(out.all.tp == 1);
  CHECK(out.all.fp == 100);
  CHECK(out.all.fn == 0);
  CHECK(out.all.precision.value == 1.0 / 101.0);
  CHECK(out.all.types.background == 100);
  CHECK(out.confusion.count(kScratch, kScratch) == 1);
  CHECK(out.confusion.count(kBackground, kScratch) == 100);
}

TEST_CASE("a second detection of a found object is a duplicate") {
  const auto out =
      errors({object(kScratch, kBox)}, {found(kScratch, kBox, 0.9), found(kScratch, kBox, 0.8)});
  CHECK(out.all.fp == 1);
  CHECK(out.all.types.duplicate == 1);
  CHECK(out.confusion.count(kBackground, kScratch) == 1);
}

TEST_CASE("an object found as another class is a class error and not missed as well") {
  const auto out = errors({object(kScratch, kBox)}, {found(kParticle, kBox, 0.9)});
  CHECK(out.classes[kParticle].types.wrong_class == 1);
  CHECK(out.classes[kScratch].fn == 1);
  CHECK(out.all.types.missed == 0);
  CHECK(out.confusion.count(kScratch, kParticle) == 1);
}

TEST_CASE("a detection that overlaps too little is a localisation error") {
  const auto out = errors({object(kScratch, kBox)}, {found(kScratch, kNear, 0.9)});
  CHECK(out.all.types.localisation == 1);
  CHECK(out.all.types.missed == 0);
  CHECK(out.all.fn == 1);
  CHECK(out.confusion.count(kScratch, kBackground) == 1);
  CHECK(out.confusion.count(kBackground, kScratch) == 1);
}

TEST_CASE("a detection of nothing is background, also near an object of another class") {
  const auto out =
      errors({object(kScratch, kBox)}, {found(kScratch, kFar, 0.9), found(kParticle, kNear, 0.8)});
  CHECK(out.all.types.background == 2);
  CHECK(out.all.types.missed == 1);
}

TEST_CASE("crowds are neither found nor missed, and what is in one is no error") {
  TruthObject crowd = object(kScratch, {0, 0, 50, 50});
  crowd.crowd = true;
  const auto out =
      errors({crowd}, {found(kScratch, kBox, 0.9), found(kScratch, {20, 20, 5, 5}, 0.8)});
  CHECK(out.all.truths == 0);
  CHECK(out.all.detections == 0);
  CHECK(out.confusion.samples() == 0);
}

TEST_CASE("of two objects in one place the confusion matrix gives each detection its own class") {
  const std::vector<TruthObject> truths = {object(kScratch, kBox), object(kParticle, kBox)};
  const auto out = errors(truths, {found(kParticle, kBox, 0.9), found(kScratch, kBox, 0.8)});
  CHECK(out.confusion.count(kScratch, kScratch) == 1);
  CHECK(out.confusion.count(kParticle, kParticle) == 1);
  const auto turned = errors(truths, {found(kScratch, kBox, 0.9), found(kParticle, kBox, 0.8)});
  CHECK(turned.confusion.count(kScratch, kScratch) == 1);
  CHECK(turned.confusion.count(kParticle, kParticle) == 1);
}

TEST_CASE("an image is as bad as its worst detection of a defect class") {
  const DetectionSet set{3,
                         2,
                         {{0, kScratch, kBox, 0}, {1, kParticle, kBox, 0}},
                         {{0, kScratch, kBox, 0, 0.3},
                          {0, kScratch, kFar, 0, 0.7},
                          {0, kParticle, kFar, 0, 0.9},
                          {1, kParticle, kBox, 0, 0.8}},
                         {},
                         {}};
  const auto images = image_scores(set, {true, false});
  REQUIRE(images.size() == 3);
  CHECK(images[0].defective);
  CHECK(images[0].score == 0.7);
  CHECK_FALSE(images[1].defective);
  CHECK_FALSE(images[1].score.has_value());
  CHECK_FALSE(images[2].score.has_value());
  CHECK_THROWS_AS(image_scores(set, {true}), std::invalid_argument);
}

TEST_CASE("an overlap of exactly one half makes a duplicate, not a wrong place") {
  const auto out = errors({object(kScratch, kBox)},
                          {found(kScratch, kBox, 0.9), found(kScratch, {0, 0, 10, 5}, 0.8)});
  CHECK(out.all.types.duplicate == 1);
  CHECK(out.all.types.localisation == 0);
}

TEST_CASE("a detection that lies a little in a crowd is background") {
  TruthObject crowd = object(kScratch, {0, 0, 50, 50});
  crowd.crowd = true;
  const auto out = errors({crowd}, {found(kScratch, {47, 0, 10, 10}, 0.9)});  // 3/10 of it
  CHECK(out.all.types.background == 1);
  CHECK(out.confusion.count(kBackground, kScratch) == 1);
}
