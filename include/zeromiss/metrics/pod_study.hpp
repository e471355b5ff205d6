#pragma once

#include <zeromiss/metrics/intervals.hpp>
#include <zeromiss/metrics/pod.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zeromiss {

struct PodOptions {
  /// No value: logit and probit on both axes, the one with the smallest AIC.
  std::optional<PodModel> model;
  double confidence = 0.95;  ///< of the bins and the curve; a90/95 always stands for 95 %
  std::size_t curve_points = 101;
};

/// Targets of from <= size < to (the last bin: <= to).
struct PodBin {
  double from = 0.0, to = 0.0;
  std::uint64_t targets = 0, found = 0;
  Figure recall;
  std::optional<Interval> recall_interval;  ///< Clopper-Pearson, two-sided
  Figure recall_lower;                      ///< Clopper-Pearson, one-sided
};

/// What a set of hits and misses shows about the smallest defect that is still found, and what it
/// does not show. Figures that the data cannot carry have a reason instead of a value:
/// no_targets, all_found, none_found, one_size, larger_ones_are_missed (the slope is not above 0),
/// size_does_not_matter (the slope is not shown, p > 0.05), not_converged, too_few_targets (< 29:
/// fewer cannot show 90/95 at all), beyond_largest_size, below_smallest_size (nothing of such a
/// size was tested), misses_above_it (of the targets from a90/95 on less than 90 % are found).
struct PodStudy {
  std::uint64_t targets = 0, found = 0;
  Figure smallest, largest, smallest_found, largest_missed;
  /// All targets above the largest miss, which are all found: where they begin, how many, and what
  /// that shows (Clopper-Pearson, one-sided).
  Figure always_found_from, always_found_lower;
  std::uint64_t always_found = 0;
  std::uint64_t overlap_targets = 0;  ///< from the smallest hit to the largest miss
  Separation separation = Separation::no_targets;
  std::optional<PodFit> fit;
  std::vector<PodFit> candidates;  ///< all that were tried
  Figure a50, a90;
  Figure a90_95;       ///< likelihood ratio; with Firth's fit its penalised profile
  Figure a90_95_wald;  ///< for information
  Figure hosmer_lemeshow_p;
  std::vector<PodBin> bins;
  PodCurve curve;  ///< empty without a fit
  double confidence = 0.95;
  /// few_targets (< 60, MIL-HDBK-1823A), separable, misses_above_it, poor_fit (p < 0.05),
  /// few_in_the_overlap (< 10).
  std::vector<std::string> warnings;
};

/// @throws std::invalid_argument for a size that is not above 0 or not finite
PodStudy study_pod(std::span<const PodTarget> targets, const PodOptions& options);

/// Edges 1, 2, 5, 10, … around the sizes, or 1, 10, 100, … where that would be more than 16 bins.
std::vector<PodBin> size_bins(std::span<const PodTarget> targets, double confidence);

std::string_view link_name(Link link);
std::string_view axis_name(SizeAxis axis);
std::string_view separation_name(Separation separation);

}  // namespace zeromiss
