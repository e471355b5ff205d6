#pragma once

#include <zeromiss/report/comparison.hpp>
#include <zeromiss/report/gates.hpp>

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace zeromiss {

/// By how much a figure may get worse than an earlier evaluation's: "recall=0.005", or
/// "recall=0.005
/// @ 0.95".
struct ChangeRule {
  std::string expression;            ///< "max-drop recall=0.005"
  std::string key;                   ///< as in GateRule
  bool rise = false;                 ///< the figure must not rise, else not drop
  double most = 0.0;                 ///< >= 0, in the figure's own unit
  std::optional<double> confidence;  ///< in (0.5, 1): asked of the change's interval
};

/// @param rise  of --max-rise, else of --max-drop
/// @throws Error(usage): unreadable, a negative number, or a figure that is better when it is lower
///         given to --max-drop, or higher to --max-rise (it would pass however bad it got)
ChangeRule parse_change(std::string_view text, bool rise);

/// The figure may be worse than the baseline's by `most` (and 1e-12, for rounding). Missing in one
/// of the two, or measured with another setting (unit, overlap, confidence): FAIL; without anything
/// that it counts: INSUFFICIENT_EVIDENCE. With a confidence: Newcombe's paired interval of the
/// change, each end with that confidence; PASS if all of it is allowed, FAIL if none is, else
/// INSUFFICIENT_EVIDENCE; only for recall, accuracy, escape_rate and overkill_rate of the operating
/// point, else FAIL.
Gate apply_change(const ChangeRule& rule, const nlohmann::ordered_json& baseline,
                  const nlohmann::ordered_json& now, const std::optional<Comparison>& comparison);

/// FAIL when an image escapes that did not in the baseline (A), or when there is no comparison;
/// INSUFFICIENT_EVIDENCE without any defective image. Names the images.
Gate no_new_escape(const std::optional<Comparison>& comparison, const OutcomeSet& now);

}  // namespace zeromiss
