#include "metrics_section.hpp"

#include <zeromiss/base/files.hpp>
#include <zeromiss/base/json.hpp>
#include <zeromiss/base/presence.hpp>
#include <zeromiss/report/metrics_report.hpp>
#include <zeromiss/report/outcomes.hpp>
#include <zeromiss/report/results_file.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <system_error>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& where, const std::string& problem) {
  throw Error(ErrorKind::output, fmt::format("{}: {}", where.string(), problem));
}

}  // namespace

void refuse_existing_metrics(const fs::path& folder, bool overwrite) {
  std::error_code problem;
  const fs::file_status status = fs::status(folder, problem);
  if (!fs::status_known(status)) fail(folder, "cannot be looked at: " + problem.message());
  if (!fs::exists(status)) return;
  if (!fs::is_directory(status)) fail(folder, "is not a folder; choose another --output");
  if (fs::is_empty(folder, problem)) return;
  if (!overwrite)
    fail(folder, "exists and is not empty; choose another --output or add --overwrite");
  // Both tools call their page report.html.
  if (is_there(folder / kResultsFile, ErrorKind::output))
    fail(folder, "holds the results of inspect; choose another --output");
}

void write_metrics_report(const fs::path& folder, const Evaluation& evaluation,
                          const MetricsReportOptions& options) {
  refuse_existing_metrics(folder, options.overwrite);
  make_folder(folder);
  std::error_code problem;
  // While the other files are replaced there is no metrics.json that could be taken for theirs.
  for (const char* name : {kMetricsFile, kJunitFile, kPodFile}) {
    fs::remove(folder / name, problem);
    if (problem) fail(folder / name, "cannot be replaced: " + problem.message());
  }
  write_file_atomically(folder / kPerClassFile, per_class_csv(evaluation));
  write_file_atomically(folder / kConfusionFile, confusion_csv(evaluation));
  write_file_atomically(folder / kCurvesFile, curves_json(evaluation));
  write_file_atomically(folder / kMissesFile, misses_csv(evaluation));
  if (evaluation.pod) write_file_atomically(folder / kPodFile, pod_csv(*evaluation.pod));
  if (!evaluation.gates.empty()) write_file_atomically(folder / kJunitFile, junit_xml(evaluation));
  fs::remove(folder / kHtmlFile, problem);
  if (problem) fail(folder / kHtmlFile, "cannot be replaced: " + problem.message());
  if (options.html) write_file_atomically(folder / kHtmlFile, evaluation_html(evaluation, options));
  auto metrics = metrics_document(evaluation);
  metrics["test_set"]["outcomes_sha256"] = write_outcomes(folder, evaluation);
  write_file_atomically(folder / kMetricsFile, json_pretty(metrics));
}

}  // namespace zeromiss
