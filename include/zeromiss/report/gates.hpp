#pragma once

#include <zeromiss/metrics/figure.hpp>
#include <zeromiss/metrics/intervals.hpp>

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zeromiss {

enum class GateState { pass, fail, insufficient_evidence };
/// "PASS", "FAIL", "INSUFFICIENT_EVIDENCE"
const char* gate_state_name(GateState state);

/// One demand: "KEY >= NUMBER", also > <= < ==, or "KEY >= NUMBER @ CONFIDENCE".
struct GateRule {
  enum class Relation { at_least, above, at_most, below, equal };
  std::string expression;  ///< as it was written
  std::string key;         ///< dotted path in metrics.json, or a name in operating_point
  Relation relation = Relation::at_least;
  double limit = 0.0;
  std::optional<double> confidence;  ///< in (0, 1): asked of the bounds, not of the value
};

/// @throws Error(usage) naming the expression and what is wrong with it
GateRule parse_gate(std::string_view expression);

struct Gate {
  std::string expression;
  std::optional<double> value;
  /// With a confidence: the two one-sided Clopper-Pearson bounds, each with that confidence.
  std::optional<Interval> interval;
  GateState state = GateState::fail;
  std::string reason;  ///< in words, for people; empty for PASS
  /// Held against an earlier evaluation: its value; the interval is then that of the change.
  std::optional<double> baseline = {};
  std::vector<std::string> images = {};  ///< that the gate does not let pass, UTF-8
};

/// The number behind a key, as gates name it; no value when it is missing, null or no number.
std::optional<double> figure_in(const nlohmann::ordered_json& metrics, const std::string& key);
/// The key from the root of metrics.json on: "operating_point.recall" of "recall".
std::string figure_path(const nlohmann::ordered_json& metrics, const std::string& key);

/// Why the figure behind a key shows nothing although it has a value: 0 escapes without a
/// defective image, a mean error without the images that were not predicted. Empty: it does, or is
/// not there.
std::string lacking_evidence(const nlohmann::ordered_json& metrics, const std::string& key);

/// The rule held against a metrics.json. A figure that is missing, null or no number FAILs; one
/// that meets the rule and shows nothing is INSUFFICIENT_EVIDENCE. With a confidence: PASS if both
/// bounds meet the rule, FAIL if neither does, else INSUFFICIENT_EVIDENCE; a figure that is no
/// share of counted images has no such bound and FAILs. Entries of a list are named by their name:
/// operating_point.classes.dent.recall.
Gate apply_gate(const GateRule& rule, const nlohmann::ordered_json& metrics);

/// Lines for the terminal.
std::string gates_text(const std::vector<Gate>& gates);
/// "value 1, baseline 0, bounds -0.1 to 0.2": the gate's numbers in words.
std::string gate_figures_text(const Gate& gate);

}  // namespace zeromiss
