#pragma once

#include <zeromiss/report/metrics_report.hpp>
#include <zeromiss/report/outcomes.hpp>
#include <zeromiss/tools/score.hpp>

#include <nlohmann/json.hpp>

#include <optional>

namespace zeromiss {

/// An earlier evaluation's output folder.
struct Baseline {
  nlohmann::ordered_json metrics;
  OutcomeSet outcomes;
};

/// Checks the options about the baseline. @throws Error(usage)
void check_baseline_options(const ScoreOptions& options);
/// No value without --baseline. @throws Error(input)
std::optional<Baseline> read_baseline(const ScoreOptions& options);
/// Adds the gates against the baseline, and what changed since.
/// @throws Error(refused) when it is of another test set, labels or task
void apply_baseline(Evaluation& evaluation, const Baseline& baseline, const ScoreOptions& options);

}  // namespace zeromiss
