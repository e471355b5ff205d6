#include "baseline.hpp"

#include "score_messages.hpp"

#include <zeromiss/base/json.hpp>
#include <zeromiss/report/baseline_gates.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

bool has_point(const OutcomeSet& set) {
  return !set.images.empty() &&
         std::all_of(set.images.begin(), set.images.end(),
                     [](const LabelledOutcome& image) { return image.decision.has_value(); });
}

/// Recall at the zero-miss point of the same images is 1 by construction, whatever the model.
void warn_of_other_rule(const OutcomeSet& baseline, const OutcomeSet& now,
                        const ScoreOptions& options) {
  if (baseline.origin == now.origin) return;
  note(options, fmt::format("the operating points follow different rules: \"{}\" in the baseline, "
                            "\"{}\" now; what changed is the rule as well as the predictions",
                            baseline.origin, now.origin));
}

}  // namespace

void check_baseline_options(const ScoreOptions& options) {
  for (const auto& rule : options.max_drop) static_cast<void>(parse_change(rule, false));
  for (const auto& rule : options.max_rise) static_cast<void>(parse_change(rule, true));
  const bool rules =
      !options.max_drop.empty() || !options.max_rise.empty() || options.no_new_escape;
  if (rules && options.baseline.empty())
    refuse_usage(
        "--max-drop, --max-rise and --no-new-escape need --baseline DIR, the output "
        "folder of an earlier evaluation");
  std::error_code ignored;
  if (!options.baseline.empty() && !options.output.empty() &&
      fs::equivalent(options.baseline, options.output, ignored))
    refuse_usage(
        "--baseline and --output are the same folder: a worse result would become the "
        "next baseline; write to another folder");
}

std::optional<Baseline> read_baseline(const ScoreOptions& options) {
  if (options.baseline.empty()) return std::nullopt;
  Baseline baseline;
  baseline.outcomes = read_outcomes(options.baseline);
  baseline.metrics =
      JsonDocument::read(options.baseline / kMetricsFile, ErrorKind::input).root().raw();
  return baseline;
}

void apply_baseline(Evaluation& evaluation, const Baseline& baseline, const ScoreOptions& options) {
  const OutcomeSet now = outcomes_of(evaluation, "this evaluation");
  require_comparable(baseline.outcomes, now);
  warn_of_other_rule(baseline.outcomes, now, options);
  std::optional<Comparison> comparison;
  if (has_point(baseline.outcomes) && has_point(now))
    comparison = compare_outcomes(baseline.outcomes, now, options.confidence);
  BaselineStatement statement;
  statement.folder = options.baseline.string();
  statement.origin = baseline.outcomes.origin;
  if (comparison) {
    const auto count = [&](Change change) {
      return comparison->counts.at(static_cast<std::size_t>(change));
    };
    statement.changes = {count(Change::new_escape), count(Change::repaired_escape),
                         count(Change::new_overkill), count(Change::repaired_overkill)};
  } else {
    statement.no_changes =
        has_point(now) ? "no_operating_point_in_the_baseline" : evaluation.no_operating_point;
  }
  evaluation.baseline = std::move(statement);
  const auto metrics = nlohmann::ordered_json::parse(metrics_json(evaluation));
  for (const auto& rule : options.max_drop)
    evaluation.gates.push_back(
        apply_change(parse_change(rule, false), baseline.metrics, metrics, comparison));
  for (const auto& rule : options.max_rise)
    evaluation.gates.push_back(
        apply_change(parse_change(rule, true), baseline.metrics, metrics, comparison));
  if (options.no_new_escape) evaluation.gates.push_back(no_new_escape(comparison, now));
}

}  // namespace zeromiss
