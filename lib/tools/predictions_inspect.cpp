#include "predicted_run.hpp"

#include <zeromiss/base/json.hpp>
#include <zeromiss/base/presence.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/report/results_file.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <system_error>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& file) { return zeromiss::is_there(file, ErrorKind::input); }

constexpr std::array kTasks{Task::classification, Task::anomaly, Task::detection,
                            Task::segmentation};

Task task_of(const JsonNode& node) {
  std::array<std::string_view, kTasks.size()> names;
  std::transform(kTasks.begin(), kTasks.end(), names.begin(), task_name);
  return kTasks.at(node.one_of(names));
}

/// A text of run.json, by its keys; empty where an older version wrote none.
std::string text_at(JsonNode node, std::initializer_list<std::string_view> keys) {
  for (const auto key : keys) {
    if (!node.is_object()) return "";
    const auto next = node.find(key);
    if (!next) return "";
    node = *next;
  }
  return node.is_string() ? node.string() : "";
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
  if (const auto chosen = limits.find("calibration_images"))
    run.calibration = parse_calibration_images(*chosen);
  run.model = {text_at(root, {"model", "name"}),        text_at(root, {"model", "version"}),
               text_at(root, {"model", "sha256"}),      text_at(root, {"model", "manifest_sha256"}),
               text_at(root, {"libraries", "engine"}),  text_at(root, {"device", "type"}),
               text_at(root, {"settings", "precision"})};
  run.for_calibration = is_for_calibration(root);
  if (const auto images = root.find("images"))
    run.images = static_cast<std::uint64_t>(images->integer(0, INT64_MAX));
  run.has_run_file = true;
}

}  // namespace

bool is_for_calibration(const JsonNode& run) {
  const auto settings = run.find("settings");
  const auto flag = settings ? settings->find("for_calibration") : std::nullopt;
  return flag && flag->boolean();
}

void refuse_calibration_verdicts(const fs::path& results, const char* options) {
  throw Error(ErrorKind::input,
              fmt::format("{}: made with --for-calibration, so its verdicts prove nothing: set the "
                          "limits with evaluate calibrate, or give one with {}",
                          results.string(), options));
}

PredictedRun open_inspect(const fs::path& place, const std::vector<std::string>& classes) {
  std::error_code problem;
  PredictedRun run;
  run.results = fs::is_directory(place, problem) ? place / kResultsFile : place;
  if (!is_there(run.results))
    throw Error(ErrorKind::input,
                fmt::format("{}: there is no {} in it, so it is no output folder of inspect",
                            place.string(), kResultsFile));
  const fs::path folder = run.results.parent_path();
  if (is_there(folder / kRunFile)) read_run_file(folder / kRunFile, run);
  run.has_summary = is_there(folder / kSummaryFile);
  run.labels = run.task == Task::classification && !run.classes.empty();
  run.scores = true;
  run.format = run.has_run_file ? "inspect output" : "inspect records without run.json";
  if (run.task == Task::classification)
    for (const auto& info : run.classes) run.class_names.push_back(info.name);
  if (classes.empty() || run.class_names == classes) return run;
  if (run.has_run_file)
    throw Error(ErrorKind::usage,
                fmt::format("--classes: the model in {} has its own ({})",
                            (folder / kRunFile).string(), fmt::join(run.class_names, ", ")));
  run.class_names = classes;
  run.labels = run.classes_given = true;
  return run;
}

void read_inspect(const PredictedRun& run, const std::function<void(const PredictedImage&)>& use) {
  std::uint64_t line = 0;
  for_each_record(run.results, ErrorKind::input, [&](const Record& record) {
    PredictedImage image;
    image.image = image_bytes(record);
    image.line = ++line;
    // Without run.json nobody knows the task.
    if (!run.task || run.task == Task::classification) image.label = record.label;
    image.score = record.score;
    image.probabilities = record.probabilities;
    if (record.sha256) image.sha256 = digest_of(*record.sha256);
    image.verdict = record.verdict;
    if (record.error) image.error_code = record.error->code;
    use(image);
  });
}

}  // namespace zeromiss
