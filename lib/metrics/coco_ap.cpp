// Compiled without contraction to fused multiply-add: i * step + start and area + area - overlap
// must round as in COCO's own tool, or figures differ where an overlap equals a threshold.
#include "coco_match.hpp"

#include <zeromiss/metrics/coco_ap.hpp>

#include <limits>
#include <stdexcept>

namespace zeromiss {
namespace {

constexpr std::size_t kMostThresholds = 16;
constexpr std::size_t kRecallPoints = 101;
constexpr double kTiny = std::numeric_limits<double>::epsilon();

/// Of one detection and area range, a bit a threshold.
struct Outcome {
  std::uint16_t matched = 0, ignored = 0;
};

/// All detections of one class, best score first; of equals the earlier image.
struct ClassRun {
  std::vector<double> scores;
  std::vector<std::uint32_t> ranks;            ///< in the image
  std::vector<std::vector<Outcome>> outcomes;  ///< by area range
  std::vector<std::uint64_t> truths;           ///< to be found, by area range
};

void check_options(const CocoOptions& options) {
  if (options.thresholds.empty() || options.thresholds.size() > kMostThresholds)
    throw std::invalid_argument("expected 1 to 16 thresholds");
  if (options.areas.empty()) throw std::invalid_argument("expected an area range");
  if (options.most_detections.empty() ||
      !std::is_sorted(options.most_detections.begin(), options.most_detections.end()))
    throw std::invalid_argument("expected rising limits of detections");
}

bool is_outside(double area, const AreaRange& range) {
  return area < range.low || area > range.high;
}

class Matcher {
 public:
  Matcher(const DetectionSet& set, const CocoOptions& options, const DetectionGroups& groups)
      : set_(set),
        options_(options),
        groups_(groups),
        overlaps_(set, options.shape,
                  usable_threshold(
                      *std::min_element(options.thresholds.begin(), options.thresholds.end()))) {}

  /// All groups of a class, one image after the other; the result is not sorted yet.
  ClassRun run(std::span<const DetectionGroup> groups) {
    ClassRun run;
    run.outcomes.resize(options_.areas.size());
    run.truths.resize(options_.areas.size());
    for (const DetectionGroup& group : groups) {
      overlaps_.compute(groups_, group);
      for (std::uint32_t d = group.detections_begin; d < group.detections_end; ++d) {
        run.scores.push_back(set_.detections[groups_.detections[d]].score);
        run.ranks.push_back(d - group.detections_begin);
      }
      for (std::size_t area = 0; area < options_.areas.size(); ++area)
        match(group, options_.areas[area], run.outcomes[area], run.truths[area]);
    }
    return run;
  }

 private:
  void match(const DetectionGroup& group, const AreaRange& range, std::vector<Outcome>& outcomes,
             std::uint64_t& to_find) {
    const std::size_t truths = group.truths_end - group.truths_begin;
    ignored_.assign(truths, 0);
    taken_.assign(truths, 0);
    for (std::size_t t = 0; t < truths; ++t) {
      const TruthObject& truth = this->truth(group, t);
      ignored_[t] = truth.crowd || is_outside(truth.area, range);
      if (ignored_[t] == 0) ++to_find;
    }
    for (std::uint32_t d = group.detections_begin; d < group.detections_end; ++d) {
      const bool outside = is_outside(set_.detections[groups_.detections[d]].area, range);
      outcomes.push_back(match(group, overlaps_.of(d - group.detections_begin), outside));
    }
  }

  Outcome match(const DetectionGroup& group, std::span<const Candidate> candidates, bool outside) {
    Outcome outcome;
    for (std::size_t i = 0; i < options_.thresholds.size(); ++i) {
      const auto bit = static_cast<std::uint16_t>(1U << i);
      const std::uint32_t chosen =
          candidates.empty() ? kNoTruth
                             : choose_truth(
                                   candidates, options_.thresholds[i],
                                   [&](std::uint32_t t) {
                                     return (taken_[t] & bit) == 0 || truth(group, t).crowd;
                                   },
                                   [&](std::uint32_t t) { return ignored_[t] != 0; });
      const bool found = chosen != kNoTruth;
      if (found) {
        taken_[chosen] = static_cast<std::uint16_t>(taken_[chosen] | bit);
        outcome.matched = static_cast<std::uint16_t>(outcome.matched | bit);
      }
      if (found ? ignored_[chosen] != 0 : outside)
        outcome.ignored = static_cast<std::uint16_t>(outcome.ignored | bit);
    }
    return outcome;
  }

  [[nodiscard]] const TruthObject& truth(const DetectionGroup& group, std::size_t t) const {
    return set_.truths[groups_.truths[group.truths_begin + t]];
  }

  const DetectionSet& set_;
  const CocoOptions& options_;
  const DetectionGroups& groups_;
  Overlaps overlaps_;
  std::vector<std::uint8_t> ignored_;
  std::vector<std::uint16_t> taken_;
};

void sort_by_score(ClassRun& run) {
  std::vector<std::uint32_t> order(run.scores.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::uint32_t>(i);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return run.scores[a] > run.scores[b]; });
  const auto apply = [&](auto& list) {
    auto sorted = list;
    for (std::size_t i = 0; i < order.size(); ++i) sorted[i] = list[order[i]];
    list = std::move(sorted);
  };
  apply(run.scores);
  apply(run.ranks);
  for (auto& outcomes : run.outcomes) apply(outcomes);
}

/// The mean of the best precision at or beyond each of the 101 recalls. `precisions` holds the
/// precision at each right detection; between them it only falls, so no other place matters.
double interpolated_ap(std::vector<double>& precisions, double truths) {
  for (std::size_t i = precisions.size(); i-- > 1;)
    precisions[i - 1] = std::max(precisions[i - 1], precisions[i]);
  double sum = 0.0;
  std::size_t found = 1;  // right detections needed to reach the recall
  for (std::size_t point = 0; point < kRecallPoints; ++point) {
    const double recall = point == kRecallPoints - 1 ? 1.0 : static_cast<double>(point) * 0.01;
    while (found <= precisions.size() && static_cast<double>(found) / truths < recall) ++found;
    if (found > precisions.size()) break;
    sum += precisions[found - 1];
  }
  return sum / static_cast<double>(kRecallPoints);
}

CocoTable::Slice accumulate(const ClassRun& run, std::size_t area, const CocoOptions& options) {
  CocoTable::Slice slice;
  slice.truths = run.truths[area];
  if (slice.truths == 0) return slice;
  const auto truths = static_cast<double>(slice.truths);
  const auto& outcomes = run.outcomes[area];
  std::vector<double> precisions;
  for (std::size_t i = 0; i < options.thresholds.size(); ++i) {
    const auto bit = static_cast<unsigned>(1U << i);
    std::vector<std::uint64_t> found(options.most_detections.size());
    precisions.clear();
    double right = 0.0, wrong = 0.0;
    for (std::size_t d = 0; d < outcomes.size(); ++d) {
      if ((outcomes[d].ignored & bit) != 0) continue;
      if ((outcomes[d].matched & bit) == 0) {
        wrong += 1.0;
        continue;
      }
      right += 1.0;
      precisions.push_back(right / (wrong + right + kTiny));
      for (std::size_t m = 0; m < found.size(); ++m)
        if (run.ranks[d] < options.most_detections[m]) ++found[m];
    }
    slice.ap.push_back(interpolated_ap(precisions, truths));
    for (const std::uint64_t count : found)
      slice.recall.push_back(static_cast<double>(count) / truths);
  }
  return slice;
}

std::uint64_t count_mixed_ties(const ClassRun& run) {
  if (run.truths[0] == 0) return 0;
  std::uint64_t mixed = 0;
  const auto& outcomes = run.outcomes[0];
  for (std::size_t begin = 0, end = 0; begin < outcomes.size(); begin = end) {
    bool right = false, wrong = false;
    for (; end < outcomes.size() && run.scores[end] == run.scores[begin]; ++end) {
      if ((outcomes[end].ignored & 1U) != 0) continue;
      ((outcomes[end].matched & 1U) != 0 ? right : wrong) = true;
    }
    if (right && wrong) ++mixed;
  }
  return mixed;
}

}  // namespace

std::vector<double> coco_thresholds() {
  constexpr double kStep = (0.95 - 0.5) / 9.0;
  std::vector<double> thresholds;
  for (int i = 0; i < 9; ++i) thresholds.push_back(i * kStep + 0.5);
  thresholds.push_back(0.95);
  return thresholds;
}

CocoTable coco_table(const DetectionSet& set, const CocoOptions& options) {
  check(set, options.shape);
  check_options(options);
  CocoTable table;
  table.options = options;
  table.classes = options.by_class ? set.classes : 1;
  table.detections.resize(table.classes);
  for (const Detection& detection : set.detections)
    ++table.detections[options.by_class ? detection.label : 0];
  const DetectionGroups groups =
      group_detections(set, {options.by_class, options.most_detections.back()});
  Matcher matcher(set, options, groups);
  std::size_t begin = 0, end = 0;
  for (std::size_t k = 0; k < table.classes; ++k, begin = end) {
    while (end < groups.groups.size() && groups.groups[end].label == k) ++end;
    ClassRun run = matcher.run(std::span(groups.groups).subspan(begin, end - begin));
    sort_by_score(run);
    for (std::size_t area = 0; area < options.areas.size(); ++area)
      table.slices.push_back(accumulate(run, area, options));
    table.mixed_ties += count_mixed_ties(run);
  }
  return table;
}

}  // namespace zeromiss
