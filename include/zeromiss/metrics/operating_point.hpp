#pragma once

#include <zeromiss/metrics/curves.hpp>
#include <zeromiss/metrics/figure.hpp>
#include <zeromiss/metrics/intervals.hpp>

#include <cstdint>
#include <optional>
#include <span>

namespace zeromiss {

/// What became of one image at the operating point.
enum class Decision {
  passed,
  flagged,     ///< found: REVIEW or REJECT, or score >= threshold
  not_judged,  ///< ERROR: it did not pass, but nothing was found either
  missing,     ///< no prediction at all
};

/// flagged if and only if score >= threshold; no score is not_judged.
Decision decide(std::optional<double> score, double threshold);

/// The largest threshold that lets no defective image of these samples pass: the smallest score of
/// one. No value without a defective image. `positive` means defective.
std::optional<double> zero_miss_threshold(std::span<const ScoredSample> samples);

struct DecisionCounts {
  std::uint64_t passed = 0, flagged = 0, not_judged = 0, missing = 0;
  void add(Decision decision, std::uint64_t count = 1);
  void add(const DecisionCounts& other);
  [[nodiscard]] std::uint64_t total() const { return passed + flagged + not_judged + missing; }
};

/// Positive always means defective. Nobody gains by silence: a defective image without a prediction
/// is an escape, a good one an overkill. An image in ERROR is never right: a good one is an
/// overkill; a defective one is no escape (it did not pass) but is not found either, so recall can
/// be smaller than 1 - escape_rate by the share of not_judged_defective. Nor does it show that it
/// would not have passed, so escape_rate_upper is made from the judged ones alone.
struct OperatingFigures {
  double confidence = 0.95;
  std::uint64_t images = 0, defective = 0, good = 0;
  std::uint64_t found = 0;      ///< defective and flagged
  std::uint64_t escapes = 0;    ///< defective, and passed or missing
  std::uint64_t overkills = 0;  ///< good, and not passed
  std::uint64_t not_judged_defective = 0, not_judged_good = 0;
  std::uint64_t missing_defective = 0, missing_good = 0;
  /// Defective ones that say something of escapes: all but those in ERROR.
  [[nodiscard]] std::uint64_t judged_defective() const { return defective - not_judged_defective; }
  Figure recall, precision, f1, accuracy;
  Figure always_pass_accuracy;  ///< accuracy of passing everything unseen
  Figure escape_rate, overkill_rate;
  std::optional<Interval> recall_interval;         ///< Clopper-Pearson, two-sided
  std::optional<Interval> overkill_rate_interval;  ///< Wilson, two-sided
  Figure escape_rate_upper;  ///< Clopper-Pearson, one-sided, of judged_defective()
};

OperatingFigures operating_figures(const DecisionCounts& defective, const DecisionCounts& good,
                                   double confidence);

/// What the rates mean on a line whose share of defective parts is `defect_rate`.
struct LineFigures {
  Figure overkill_per_1000;  ///< good parts not passed, per 1,000 parts
  Figure outgoing_ppm;       ///< defective parts per million passed parts
};
LineFigures line_figures(const OperatingFigures& figures, double defect_rate);

}  // namespace zeromiss
