#include "score_messages.hpp"

#include <zeromiss/base/text.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>

namespace zeromiss {
namespace {

void apply_gates(Evaluation& evaluation, const ScoreOptions& options) {
  if (options.require.empty()) return;
  const auto metrics = nlohmann::ordered_json::parse(metrics_json(evaluation));
  for (const auto& expression : options.require)
    evaluation.gates.push_back(apply_gate(parse_gate(expression), metrics));
}

/// A gate that was set is judged first: that images are ERROR must not hide that it is not met.
int exit_code_of(const Evaluation& evaluation) {
  const auto any = [&](GateState state) {
    return std::any_of(evaluation.gates.begin(), evaluation.gates.end(),
                       [&](const Gate& gate) { return gate.state == state; });
  };
  if (any(GateState::fail)) return kExitGateFailed;
  if (any(GateState::insufficient_evidence)) return exit_code(ErrorKind::evidence);
  return evaluation.errors > 0 ? kExitSomeImagesFailed : kExitDone;
}

}  // namespace

void refuse_usage(const std::string& problem) { throw Error(ErrorKind::usage, problem); }

void note(const ScoreOptions& options, const std::string& message) {
  if (!options.quiet) fmt::print(stderr, "evaluate: {}\n", message);
}

int publish(Evaluation& evaluation, const ScoreOptions& options, std::ostream& out) {
  apply_gates(evaluation, options);
  if (!options.output.empty()) write_metrics_report(options.output, evaluation, options.overwrite);
  out << metrics_text(evaluation);
  if (!evaluation.gates.empty()) out << "\n" << gates_text(evaluation.gates);
  if (!options.output.empty())
    out << "\nWritten: " << printable((options.output / kMetricsFile).string()) << "\n";
  return exit_code_of(evaluation);
}

}  // namespace zeromiss
