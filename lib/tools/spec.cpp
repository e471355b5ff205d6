#include "score_messages.hpp"
#include "spec_inputs.hpp"

#include <zeromiss/base/files.hpp>
#include <zeromiss/base/json.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/report/metrics_report.hpp>
#include <zeromiss/report/results_file.hpp>
#include <zeromiss/report/spec_sheet.hpp>

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <system_error>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

void prepare_folder(const fs::path& folder) {
  make_folder(folder);
  std::error_code problem;
  fs::remove(folder / kSpecFile, problem);  // it stands for the rest
  if (problem)
    throw Error(ErrorKind::output, fmt::format("{}: cannot be removed: {}",
                                               (folder / kSpecFile).string(), problem.message()));
}

/// A file of ours that somebody edited is not a bug of ours.
nlohmann::ordered_json make_sheet(const SpecOptions& options) {
  const SpecInputs inputs = read_spec_inputs(options);
  try {
    require_agreement(inputs);
    return spec_json(inputs);
  } catch (const nlohmann::json::exception& error) {
    std::string files;
    for (const auto& file : {inputs.benchmark, inputs.metrics})
      if (file) files += (files.empty() ? "" : ", ") + file->name();
    for (const SpecRun& run : inputs.runs) files += (files.empty() ? "" : ", ") + run.run.name();
    throw Error(ErrorKind::input,
                fmt::format("one of {}: lacks a key that its tool writes, or it has another type "
                            "({}); measure again",
                            files, error.what()));
  }
}

}  // namespace

int spec(const SpecOptions& options, std::ostream& out) {
  if (options.benchmark.empty() && options.metrics.empty() && options.runs.empty())
    refuse_usage("say what was measured: --benchmark FILE, --metrics FILE, --run DIR");
  if (!options.output.empty()) refuse_existing_metrics(options.output, options.overwrite);
  const auto sheet = make_sheet(options);
  out << spec_markdown(sheet, Language::english);
  if (options.output.empty()) return kExitDone;
  prepare_folder(options.output);
  write_spec_sheet(options.output, sheet);
  write_file_atomically(options.output / kSpecFile, json_pretty(sheet));
  fmt::print(out, "\nWritten: {}\n", printable((options.output / kHtmlFile).string()));
  return kExitDone;
}

}  // namespace zeromiss
