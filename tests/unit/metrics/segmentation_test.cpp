#include "support/catch.hpp"
#include "support/near.hpp"

#include <zeromiss/metrics/regions.hpp>
#include <zeromiss/metrics/segmentation.hpp>

#include <stdexcept>
#include <vector>

using namespace zeromiss;

namespace {

using Labels = std::vector<std::uint16_t>;
constexpr std::uint16_t kIgnored = 255;

SegmentationFigures figures(const Labels& truth, const Labels& predicted, std::size_t classes) {
  const auto width = static_cast<std::uint32_t>(truth.size());
  SegmentationSamples samples(classes, kIgnored);
  samples.add({1, width, truth}, {1, width, predicted});
  return segmentation_figures(samples.matrix());
}

RegionCounts regions(const Labels& truth, const Labels& predicted, std::uint32_t width,
                     double overlap = 0.5) {
  RegionOptions options;
  options.classes = 3;
  options.ignored = kIgnored;
  options.overlap = overlap;
  RegionSamples samples(options);
  const auto height = static_cast<std::uint32_t>(truth.size()) / width;
  samples.add({height, width, truth}, {height, width, predicted});
  return samples.counts().at(1);
}

}  // namespace

TEST_CASE("segmentation figures follow from the pixel counts") {
  // class 0: 3 true, 4 predicted, 3 both; class 1: 3, 2, 2; one pixel of 1 is called 0.
  const auto out = figures({0, 0, 0, 1, 1, 1}, {0, 0, 0, 0, 1, 1}, 2);
  CHECK(*out.pixel_accuracy.value == near(5.0 / 6.0, 1e-15));
  CHECK(*out.classes[0].iou.value == near(3.0 / 4.0, 1e-15));
  CHECK(*out.classes[1].iou.value == near(2.0 / 3.0, 1e-15));
  CHECK(*out.classes[1].dice.value == near(4.0 / 5.0, 1e-15));
  CHECK(*out.classes[1].recall.value == near(2.0 / 3.0, 1e-15));
  CHECK(*out.classes[1].precision.value == near(1.0, 1e-15));
  CHECK(*out.mean_iou.value == near((3.0 / 4.0 + 2.0 / 3.0) / 2.0, 1e-15));
  CHECK(*out.mean_iou_foreground.value == near(2.0 / 3.0, 1e-15));
  CHECK(*out.mean_accuracy.value == near((1.0 + 2.0 / 3.0) / 2.0, 1e-15));
  CHECK(*out.frequency_weighted_iou.value == near((3 * 3.0 / 4.0 + 3 * 2.0 / 3.0) / 6.0, 1e-15));
}

TEST_CASE("a class that is in neither mask has no figures and is left out of the means") {
  const auto out = figures({0, 0}, {0, 0}, 2);
  CHECK(out.classes[1].iou.reason == "absent_class");
  CHECK(out.mean_iou.value == 1.0);
  CHECK(out.mean_iou_foreground.reason == "no_class");
}

TEST_CASE("a class that is only predicted has an overlap of 0, which counts") {
  const auto out = figures({0, 0}, {0, 1}, 2);
  CHECK(out.classes[1].iou.value == 0.0);
  CHECK(out.mean_iou.value == 0.25);  // (1/2 + 0) / 2
}

TEST_CASE("ignored pixels of the truth do not count; predicted ones are wrong") {
  const auto ignored = figures({0, 255}, {0, 1}, 2);
  CHECK(ignored.pixels == 1);
  CHECK(ignored.pixel_accuracy.value == 1.0);
  const auto unusable = figures({0, 1}, {0, 255}, 2);
  CHECK(unusable.pixel_accuracy.value == 0.5);
  CHECK(unusable.classes[1].recall.value == 0.0);
}

TEST_CASE("masks of different sizes and labels outside the list are refused") {
  SegmentationSamples samples(2, kIgnored);
  const Labels four(4), six(6), wrong = {0, 0, 0, 7};
  CHECK_THROWS_WITH(samples.add({2, 2, four}, {2, 3, six}),
                    "the predicted mask is 2 x 3 pixels, the true one 2 x 2");
  CHECK_THROWS_WITH(samples.add({2, 2, wrong}, {2, 2, four}),
                    "true label 7 at row 1, column 1 is neither a class nor the ignored label");
  CHECK_THROWS_AS(samples.add({2, 2, four}, {2, 2, wrong}), std::invalid_argument);
  CHECK_THROWS_AS(samples.add({2, 2, six}, {2, 2, four}), std::invalid_argument);
}

TEST_CASE("pixels that touch by a corner are one region") {
  const Labels labels = {1, 0, 0,  //
                         0, 1, 0,  //
                         0, 0, 2};
  const Regions out = connected_regions({3, 3, labels}, 0, {});
  CHECK(out.count == 2);  // the 2 is another class
  CHECK(out.of == std::vector<std::uint32_t>{1, 0, 0, 0, 1, 0, 0, 0, 2});
}

TEST_CASE("arms that meet late are one region, numbered in reading order") {
  const Labels labels = {1, 0, 1, 0, 1,  //
                         1, 1, 1, 0, 1};
  CHECK(connected_regions({2, 5, labels}, 0, {}).of ==
        std::vector<std::uint32_t>{1, 0, 1, 0, 2, 1, 1, 1, 0, 2});
}

TEST_CASE("a region is found when enough of it is predicted as its class") {
  const Labels truth = {1, 1, 0, 0, 1, 1}, predicted = {1, 0, 0, 0, 0, 0};
  const RegionCounts half = regions(truth, predicted, 6, 0.5);
  CHECK(half.regions == 2);
  CHECK(half.found == 1);  // one of its two pixels: exactly half
  CHECK(region_figures(half).recall.value == 0.5);
  CHECK(regions(truth, predicted, 6, 0.51).found == 0);
}

TEST_CASE("a defect that is seen as another class is found as any, not as its own") {
  const RegionCounts counts = regions({1, 1, 0}, {2, 2, 0}, 3);
  CHECK(counts.found == 0);
  CHECK(counts.found_as_any == 1);
}

TEST_CASE("a predicted region without one true pixel is a false one") {
  const RegionCounts counts = regions({1, 0, 0, 0, 0}, {1, 1, 0, 1, 1}, 5);
  CHECK(counts.false_regions == 1);
  CHECK(regions({255, 0, 0}, {1, 0, 0}, 3).false_regions == 0);  // ignored
}

TEST_CASE("without regions there is no recall of regions") {
  CHECK(region_figures(regions({0, 0}, {0, 0}, 2)).recall.reason == "no_regions");
  RegionOptions options;
  options.overlap = 0.0;
  CHECK_THROWS_AS(RegionSamples(options), std::invalid_argument);
}
