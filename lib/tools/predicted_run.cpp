#include "predicted_run.hpp"

#include <zeromiss/base/json.hpp>
#include <zeromiss/report/results_file.hpp>

#include <fmt/format.h>

#include <array>
#include <system_error>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& file) {
  std::error_code ignored;
  return fs::exists(file, ignored);
}

constexpr std::array kTasks{Task::classification, Task::anomaly};

Task task_of(const JsonNode& node) {
  const std::array<std::string_view, kTasks.size()> names{task_name(kTasks[0]),
                                                          task_name(kTasks[1])};
  return kTasks.at(node.one_of(names));
}

void read_run_file(const fs::path& file, PredictedRun& run) {
  const JsonDocument document = JsonDocument::read(file, ErrorKind::input);
  const JsonNode root = document.root();
  constexpr std::array<std::string_view, 1> kSchemas{"zeromiss-run/1"};
  static_cast<void>(root.at("schema").one_of(kSchemas));
  const JsonNode model = root.at("model"), limits = root.at("limits");
  run.task = task_of(model.at("task"));
  const JsonNode classes = model.at("classes");
  for (std::size_t i = 0; i < classes.size(); ++i)
    run.classes.push_back(
        {classes.at(i).at("name").string(), classes.at(i).at("defect").boolean()});
  run.limits = Limits{limits.at("review_at").number(), limits.at("reject_at").number()};
  if (const auto images = root.find("images"))
    run.images = static_cast<std::uint64_t>(images->integer(0, INT64_MAX));
  run.has_run_file = true;
}

}  // namespace

PredictedRun open_predictions(const fs::path& place) {
  std::error_code problem;
  const fs::file_status status = fs::status(place, problem);
  if (!fs::exists(status))
    throw Error(ErrorKind::input,
                fmt::format("{}: no predictions there; --predictions takes the output folder of "
                            "inspect or the {} in it",
                            place.string(), kResultsFile));
  PredictedRun run;
  run.results = fs::is_directory(status) ? place / kResultsFile : place;
  if (!is_there(run.results))
    throw Error(ErrorKind::input,
                fmt::format("{}: there is no {} in it, so it is no output folder of inspect",
                            place.string(), kResultsFile));
  const fs::path folder = run.results.parent_path();
  if (is_there(folder / kRunFile)) read_run_file(folder / kRunFile, run);
  run.has_summary = is_there(folder / kSummaryFile);
  run.format = run.has_run_file ? "inspect output" : "inspect records without run.json";
  return run;
}

}  // namespace zeromiss
