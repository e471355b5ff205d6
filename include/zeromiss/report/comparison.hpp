#pragma once

#include <zeromiss/metrics/paired.hpp>
#include <zeromiss/report/outcomes.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace zeromiss {

/// What changed for one image from A to B, the worst first.
enum class Change { new_escape, repaired_escape, new_overkill, repaired_overkill, verdict };
inline constexpr std::array<const char*, 5> kChangeNames{
    "new_escape", "repaired_escape", "new_overkill", "repaired_overkill", "verdict"};

/// An escape: defective, and passed or without any prediction. An overkill: good and not passed.
/// Precondition: the image has a decision.
bool is_escape(const LabelledOutcome& outcome);
bool is_overkill(const LabelledOutcome& outcome);
/// Defective and flagged, or good and passed.
bool is_right(const LabelledOutcome& outcome);

struct ChangedImage {
  std::size_t image = 0;  ///< place in both sets
  Change change = Change::verdict;
};

/// Scores of B minus those of A, of the images that have both.
struct ScoreShifts {
  std::uint64_t images = 0, without = 0;  ///< with both scores; with fewer
  double mean = 0, mean_absolute = 0;
  /// Quantile and value, by linear interpolation (numpy's default).
  std::vector<std::pair<double, double>> quantiles;
  std::vector<std::size_t> largest;  ///< places of the images with the largest |shift|, at most 10
};

/// One share, twice on the same images.
struct PairedShare {
  PairedCounts pairs;                ///< first = A, second = B
  Figure first, second, difference;  ///< difference: B minus A
  std::optional<Interval> interval;  ///< Newcombe, of the difference
  double exact_p = 1.0, mid_p = 1.0;
};

struct Comparison {
  double confidence = 0.95;
  std::uint64_t images = 0, defective = 0, good = 0;
  std::array<std::uint64_t, kChangeNames.size()> counts{};
  std::array<std::uint64_t, 2> escapes{}, overkills{}, not_judged{};  ///< of A, of B
  std::uint64_t label_changes = 0;    ///< images with another predicted class
  std::vector<ChangedImage> changes;  ///< by change, then by name
  /// Images by verdict in A (rows) and B; by decision where one of them has no verdicts.
  std::vector<std::string> states;
  std::vector<std::vector<std::uint64_t>> flow;
  ScoreShifts shifts;
  PairedShare recall, accuracy, escape_rate, overkill_rate;
};

/// Refuses what would compare different things: another task, other images, other labels, other
/// classes that count as defects, another seal.
/// @throws Error(refused) naming the difference
void require_comparable(const OutcomeSet& a, const OutcomeSet& b);

/// Precondition: require_comparable(a, b).
/// @throws Error(input) when one of them has no operating point
Comparison compare_outcomes(const OutcomeSet& a, const OutcomeSet& b, double confidence);

/// compare.json, flips.csv and the page for the terminal.
std::string comparison_json(const Comparison& comparison, const OutcomeSet& a, const OutcomeSet& b);
std::string flips_csv(const Comparison& comparison, const OutcomeSet& a, const OutcomeSet& b);
std::string comparison_text(const Comparison& comparison, const OutcomeSet& a, const OutcomeSet& b);

/// "PASS" or, where no verdicts were given, "passed".
std::string state_name(const LabelledOutcome& outcome, bool verdicts);

}  // namespace zeromiss
