#include "score_messages.hpp"

#include "baseline.hpp"
#include "ci_pages.hpp"
#include "evaluation_pictures.hpp"
#include "part_ids.hpp"

#include <zeromiss/base/cpu.hpp>
#include <zeromiss/base/files.hpp>
#include <zeromiss/base/message.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/report/results_file.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <system_error>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

void apply_gates(Evaluation& evaluation, const ScoreOptions& options) {
  if (options.require.empty()) return;
  const auto metrics = nlohmann::ordered_json::parse(metrics_json(evaluation));
  for (const auto& expression : options.require)
    evaluation.gates.push_back(apply_gate(parse_gate(expression), metrics));
}

/// The certificate's unit, and the curve of the report.
void count_parts_and_risk(Evaluation& evaluation, const ScoreOptions& options) {
  constexpr std::size_t kRiskPoints = 200;
  const bool parts = !options.group.empty() || !options.group_column.empty();
  if (parts && (!evaluation.operating_point || evaluation.outcomes.empty()))
    refuse_usage("--group counts good and defective images by part, but this evaluation has none");
  if (evaluation.operating_point)
    add_parts_and_risk(evaluation,
                       part_ids(options, evaluation.outcomes.size(), evaluation.image_name),
                       kRiskPoints);
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

std::string against_baseline(const Evaluation& evaluation) {
  if (!evaluation.baseline) return "";
  const BaselineStatement& b = *evaluation.baseline;
  if (!b.changes)
    return fmt::format("\nAgainst {}: nothing was compared, for lack of an operating point ({})\n",
                       printable(b.folder), b.no_changes);
  return fmt::format(
      "\nAgainst {}: {} new escapes, {} repaired; {} new overkills, {} repaired (evaluate compare "
      "says more)\n",
      printable(b.folder), b.changes->new_escapes, b.changes->repaired_escapes,
      b.changes->new_overkills, b.changes->repaired_overkills);
}

}  // namespace

void refuse_usage(const std::string& problem) { throw Error(ErrorKind::usage, problem); }

void note(const ScoreOptions& options, const std::string& message) {
  if (!options.quiet) print_message("evaluate: " + printable(message) + "\n");
}

void refuse_existing_outputs(const ScoreOptions& options) {
  if (!options.output.empty()) refuse_existing_metrics(options.output, options.overwrite);
  std::error_code problem;
  if (!options.images.empty() && !fs::is_directory(options.images, problem))
    throw Error(ErrorKind::input,
                fmt::format("--images {}: there is no such folder", options.images.string()));
  if (options.summary_md.empty() || options.summary_md == "-") return;
  // An empty file is what CI services hand out.
  const auto status = fs::status(options.summary_md, problem);
  if (!fs::exists(status)) return;
  if (!fs::is_regular_file(status))
    throw Error(ErrorKind::output,
                fmt::format("--summary-md {}: is not a file; - means stdout", options.summary_md));
  if (!options.overwrite && fs::file_size(options.summary_md, problem) > 0)
    throw Error(ErrorKind::output, fmt::format("--summary-md {}: exists; choose another file or "
                                               "add --overwrite",
                                               options.summary_md));
}

int publish(Evaluation& evaluation, const Baseline* baseline, const ScoreOptions& options,
            std::ostream& out) {
  count_parts_and_risk(evaluation, options);
  apply_gates(evaluation, options);
  if (baseline != nullptr) apply_baseline(evaluation, *baseline, options);
  const bool markdown_only = options.summary_md == "-";
  if (!options.output.empty()) {
    MetricsReportOptions report;
    report.overwrite = options.overwrite;
    report.html = !options.no_html;
    report.threads = usable_cpus();
    report.picture = picture_maker(options, !evaluation.drawings.empty());
    write_metrics_report(options.output, evaluation, report);
  }
  if (!options.summary_md.empty() && !markdown_only)
    write_file_atomically(options.summary_md, metrics_markdown(evaluation));
  out << (markdown_only ? metrics_markdown(evaluation) : metrics_text(evaluation));
  if (!markdown_only) out << against_baseline(evaluation);
  if (!evaluation.gates.empty() && !markdown_only) out << "\n" << gates_text(evaluation.gates);
  if (!options.output.empty() && !markdown_only)
    out << "\nWritten: "
        << printable((options.output / (options.no_html ? kMetricsFile : kHtmlFile)).string())
        << "\n";
  publish_to_ci(evaluation, options, out);
  return exit_code_of(evaluation);
}

}  // namespace zeromiss
