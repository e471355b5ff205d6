// Laws of the detection and mask metrics on random input (fixed seeds), and slow twins written from
// the definitions.
#include "support/catch.hpp"
#include "support/near.hpp"

#include <zeromiss/metrics/coco_ap.hpp>
#include <zeromiss/metrics/detection_errors.hpp>
#include <zeromiss/metrics/regions.hpp>
#include <zeromiss/metrics/voc_ap.hpp>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

using namespace zeromiss;

namespace {

constexpr unsigned kRounds = 80;

class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(engine_() % n); }
  double whole(std::uint32_t n) { return static_cast<double>(below(n)); }
  std::mt19937& engine() { return engine_; }

 private:
  std::mt19937 engine_;
};

/// Few places and sizes, so that overlaps, ties and equal thresholds are common.
Box random_box(Dice& dice) {
  return {4 * dice.whole(4), 4 * dice.whole(4), 4 + 4 * dice.whole(12), 4 + 4 * dice.whole(12)};
}

DetectionSet random_set(Dice& dice, bool distinct_scores) {
  DetectionSet set;
  set.images = 1 + dice.below(3);
  set.classes = 1 + dice.below(3);
  const auto image = [&] { return dice.below(static_cast<std::uint32_t>(set.images)); };
  const auto label = [&] { return dice.below(static_cast<std::uint32_t>(set.classes)); };
  for (std::uint32_t i = dice.below(14); i > 0; --i) {
    const Box box = random_box(dice);
    set.truths.push_back({image(), label(), box, box_area(box), dice.below(6) == 0, false});
  }
  for (std::uint32_t i = dice.below(24); i > 0; --i) {
    const Box box = random_box(dice);
    const double score = distinct_scores ? i / 32.0 : dice.whole(4) / 4.0;
    set.detections.push_back({image(), label(), box, box_area(box), score});
  }
  std::shuffle(set.detections.begin(), set.detections.end(), dice.engine());
  return set;
}

/// COCO's protocol for one class, range and threshold, step by step as its text says.
struct SlowTwin {
  const DetectionSet& set;
  std::uint32_t label;
  AreaRange range;
  double threshold;

  struct Judged {
    double score;
    bool matched, ignored;
  };

  [[nodiscard]] bool outside(double area) const { return area < range.low || area > range.high; }
  [[nodiscard]] bool ignored(const TruthObject& t) const { return t.crowd || outside(t.area); }

  [[nodiscard]] std::vector<Judged> image(std::uint32_t number) const {
    std::vector<TruthObject> truths;
    for (const bool late : {false, true})  // ignored ones last
      for (const auto& t : set.truths)
        if (t.image == number && t.label == label && ignored(t) == late) truths.push_back(t);
    std::vector<Detection> detections;
    for (const auto& d : set.detections)
      if (d.image == number && d.label == label) detections.push_back(d);
    std::stable_sort(detections.begin(), detections.end(),
                     [](const auto& a, const auto& b) { return a.score > b.score; });
    std::vector<bool> taken(truths.size());
    std::vector<Judged> judged;
    for (const auto& d : detections) {
      double best = std::min(threshold, 1 - 1e-10);
      int chosen = -1;
      for (std::size_t t = 0; t < truths.size(); ++t) {
        if (taken[t] && !truths[t].crowd) continue;
        if (chosen >= 0 && !ignored(truths[static_cast<std::size_t>(chosen)]) && ignored(truths[t]))
          break;
        const double overlap = box_iou(d.box, truths[t].box, truths[t].crowd);
        if (overlap < best) continue;
        best = overlap;
        chosen = static_cast<int>(t);
      }
      if (chosen < 0) {
        judged.push_back({d.score, false, outside(d.area)});
        continue;
      }
      taken[static_cast<std::size_t>(chosen)] = true;
      judged.push_back({d.score, true, ignored(truths[static_cast<std::size_t>(chosen)])});
    }
    return judged;
  }

  /// No value: nothing to find.
  [[nodiscard]] std::optional<double> ap() const {
    double truths = 0;
    for (const auto& t : set.truths)
      if (t.label == label && !ignored(t)) truths += 1;
    if (truths == 0) return std::nullopt;
    std::vector<Judged> all;
    for (std::uint32_t i = 0; i < set.images; ++i)
      for (const auto& one : image(i)) all.push_back(one);
    std::stable_sort(all.begin(), all.end(),
                     [](const auto& a, const auto& b) { return a.score > b.score; });
    std::vector<double> precision, recall;
    double right = 0, wrong = 0;
    for (const auto& one : all) {
      if (!one.ignored) (one.matched ? right : wrong) += 1;
      precision.push_back(right / (right + wrong + std::ldexp(1.0, -52)));
      recall.push_back(right / truths);
    }
    double sum = 0;
    for (int i = 0; i <= 100; ++i) {
      double best = 0;
      for (std::size_t d = 0; d < recall.size(); ++d)
        if (recall[d] >= i * 0.01) best = std::max(best, precision[d]);
      sum += best;
    }
    return sum / 101;
  }
};

void check_same(const Figure& a, const Figure& b) {
  REQUIRE(a.defined() == b.defined());
  CHECK(a.or_zero() == near(b.or_zero(), 1e-12));
}

std::vector<std::uint8_t> random_pixels(Dice& dice, std::size_t count) {
  std::vector<std::uint8_t> pixels(count);
  const std::uint32_t rarity = 1 + dice.below(4);
  for (auto& pixel : pixels) pixel = dice.below(rarity + 1) == 0 ? 1 : 0;
  return pixels;
}

}  // namespace

TEST_CASE("COCO's AP is that of its definition, for every class, size and threshold") {
  CocoOptions options;
  options.areas = {{0, 1e10}, {0, 300}, {300, 1200}};
  options.most_detections = {1, 100};
  for (unsigned seed = 0; seed < kRounds; ++seed) {
    INFO("seed " << seed);
    Dice dice(seed);
    const DetectionSet set = random_set(dice, seed % 2 == 0);
    const CocoTable table = coco_table(set, options);
    for (std::uint32_t k = 0; k < set.classes; ++k)
      for (std::size_t area = 0; area < options.areas.size(); ++area)
        for (std::size_t t = 0; t < options.thresholds.size(); ++t) {
          const auto slow = SlowTwin{set, k, options.areas[area], options.thresholds[t]}.ap();
          REQUIRE(slow.has_value() == (table.slice(k, area).truths > 0));
          if (slow) REQUIRE(table.slice(k, area).ap[t] == near(*slow, 1e-12));
        }
  }
}

TEST_CASE("without equal scores nothing depends on the order of labels and detections") {
  for (unsigned seed = 0; seed < kRounds; ++seed) {
    INFO("seed " << seed);
    Dice dice(seed);
    DetectionSet set = random_set(dice, true);
    // Of equal overlaps the later object is taken: give every one its own place.
    for (std::size_t i = 0; i < set.truths.size(); ++i)
      set.truths[i].box.x += static_cast<double>(i) * 0.03125;
    DetectionSet other = set;
    std::shuffle(other.truths.begin(), other.truths.end(), dice.engine());
    std::shuffle(other.detections.begin(), other.detections.end(), dice.engine());
    const CocoFigures a = coco_ap(set, Shape::box).all, b = coco_ap(other, Shape::box).all;
    for (const auto pick : {&CocoFigures::ap, &CocoFigures::ap50, &CocoFigures::ap_small,
                            &CocoFigures::ar_1, &CocoFigures::ar_100})
      check_same(a.*pick, b.*pick);
    check_same(voc_ap(set, {}).ap_all_point, voc_ap(other, {}).ap_all_point);
    CHECK(detection_errors(set, {}).all.tp == detection_errors(other, {}).all.tp);
    CHECK(detection_errors(set, {}).all.types.missed ==
          detection_errors(other, {}).all.types.missed);
  }
}

TEST_CASE("finding exactly what is there gives 1 in every figure and no error") {
  for (unsigned seed = 0; seed < kRounds; ++seed) {
    INFO("seed " << seed);
    Dice dice(seed);
    DetectionSet set = random_set(dice, true);
    set.detections.clear();
    for (auto& truth : set.truths) {
      truth.crowd = false;
      set.detections.push_back(
          {truth.image, truth.label, truth.box, truth.area, dice.whole(5) / 5});
    }
    if (set.truths.empty()) continue;
    const CocoFigures figures = coco_ap(set, Shape::box).all;
    CHECK(*figures.ap.value == near(1.0, 1e-12));
    CHECK(*figures.ar_100.value == near(1.0, 1e-12));
    CHECK(*figures.ap_threshold_weighted.value == near(1.0, 1e-12));
    const ClassErrors errors = detection_errors(set, {}).all;
    CHECK(errors.fp + errors.fn + errors.types.missed == 0);
    CHECK(errors.f1.value == 1.0);
  }
}

TEST_CASE("counts of errors add up and agree with COCO's recall at one half") {
  for (unsigned seed = 0; seed < kRounds; ++seed) {
    INFO("seed " << seed);
    Dice dice(seed);
    const DetectionSet set = random_set(dice, seed % 2 == 0);
    const DetectionErrors out = detection_errors(set, {});
    const CocoTable table = coco_table(set, {});
    std::uint64_t confused_truths = 0;
    for (std::size_t k = 0; k < set.classes; ++k) {
      const ClassErrors& one = out.classes[k];
      const ErrorTypes& types = one.types;
      CHECK(types.duplicate + types.wrong_class + types.localisation + types.background == one.fp);
      CHECK(types.missed <= one.fn);
      CHECK(one.tp + one.fn == one.truths);
      if (one.truths > 0) CHECK(*one.recall.value == near(table.slice(k, 0).recall[2], 1e-12));
      confused_truths += out.confusion.support(k);
    }
    CHECK(confused_truths == out.all.truths);
    CHECK(out.confusion.count(set.classes, set.classes) == 0);
  }
}

TEST_CASE("masks do what their pixels do") {
  for (unsigned seed = 0; seed < kRounds; ++seed) {
    INFO("seed " << seed);
    Dice dice(seed);
    const std::uint32_t height = 1 + dice.below(9), width = 1 + dice.below(9);
    const std::size_t count = std::size_t{height} * width;
    const auto a = random_pixels(dice, count), b = random_pixels(dice, count);
    const Mask one = mask_from_pixels(height, width, a), other = mask_from_pixels(height, width, b);
    CHECK(mask_pixels(one) == a);
    CHECK(mask_from_text(height, width, mask_to_text(one)) == one);
    std::vector<std::uint8_t> either(count), both(count);
    double either_count = 0, both_count = 0, own = 0;
    for (std::size_t i = 0; i < count; ++i) {
      either_count += either[i] = a[i] | b[i];
      both_count += both[i] = a[i] & b[i];
      own += a[i];
    }
    const std::vector<Mask> pair = {one, other};
    CHECK(merge_masks(pair, MaskMerge::unite) == mask_from_pixels(height, width, either));
    CHECK(merge_masks(pair, MaskMerge::intersect) == mask_from_pixels(height, width, both));
    CHECK(static_cast<double>(mask_area(one)) == own);
    CHECK(mask_iou(one, other, false) == (both_count > 0 ? both_count / either_count : 0.0));
    CHECK(mask_iou(one, other, true) == (both_count > 0 ? both_count / own : 0.0));
  }
}

TEST_CASE("regions are what a flood finds") {
  for (unsigned seed = 0; seed < kRounds; ++seed) {
    INFO("seed " << seed);
    Dice dice(seed);
    const std::uint32_t height = 1 + dice.below(10), width = 1 + dice.below(10);
    std::vector<std::uint16_t> labels(std::size_t{height} * width);
    for (auto& label : labels) label = static_cast<std::uint16_t>(dice.below(3));
    std::vector<std::uint32_t> flooded(labels.size());
    std::uint32_t regions = 0;
    for (std::size_t start = 0; start < labels.size(); ++start) {
      if (labels[start] == 0 || flooded[start] > 0) continue;
      flooded[start] = ++regions;
      for (std::vector<std::size_t> open = {start}; !open.empty();) {
        const std::size_t at = open.back();
        open.pop_back();
        for (std::size_t next = 0; next < labels.size(); ++next) {
          const auto rows = std::max(at / width, next / width) - std::min(at / width, next / width);
          const auto columns =
              std::max(at % width, next % width) - std::min(at % width, next % width);
          if (rows > 1 || columns > 1 || flooded[next] > 0 || labels[next] != labels[start])
            continue;
          flooded[next] = regions;
          open.push_back(next);
        }
      }
    }
    const Regions found = connected_regions({height, width, labels}, 0, {});
    CHECK(found.count == regions);
    CHECK(found.of == flooded);
  }
}
