#include "calibration.hpp"
#include "score_messages.hpp"

#include <zeromiss/base/files.hpp>
#include <zeromiss/base/json.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/base/version.hpp>
#include <zeromiss/report/results_file.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <system_error>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kManifest = "model.json";
constexpr std::uintmax_t kMaxCopied = 4ULL << 30U;

/// "2.0.0" becomes "2.0.1".
std::string next_version(const std::string& version) {
  const auto dot = version.rfind('.');
  const std::string_view last =
      std::string_view(version).substr(dot == std::string::npos ? 0 : dot + 1);
  std::uint32_t number = 0;
  const auto [end, problem] = std::from_chars(last.data(), last.data() + last.size(), number);
  if (problem != std::errc() || end != last.data() + last.size())
    refuse_usage(
        fmt::format("version \"{}\" of the package ends in no number that could be raised: "
                    "give --package-version",
                    printable(version)));
  return version.substr(0, version.size() - last.size()) + std::to_string(number + 1);
}

[[noreturn]] void refuse_run(const std::string& problem) { throw Error(ErrorKind::input, problem); }

void require_same(const char* what, const std::string& run, const std::string& package,
                  const fs::path& folder) {
  if (run == package) return;
  refuse_run(
      fmt::format("the predictions were made with another model than {}: {} is {} in run.json, "
                  "{} in the package; inspect the calibration images with this package",
                  folder.string(), what, run.empty() ? "absent" : run, package));
}

Json origin_json(const CalibrateOptions& options, const Calibration& calibration,
                 const ModelPackage& package, const RunModel& run) {
  Json origin = calibration_json(options, calibration);
  for (const char* key : {"schema", "reject_at", "review_at", "curve", "per_class", "model"})
    origin.erase(key);
  origin["engine"] = run.engine;
  origin["device"] = run.device;
  if (!run.precision.empty()) origin["precision"] = run.precision;
  origin["tool"] = std::string("zeromiss ") + kVersion;
  origin["model_sha256"] = package.weights_sha256;
  origin["from"] = {{"version", package.version}, {"manifest_sha256", package.manifest_sha256}};
  return origin;
}

/// Golden results belong to a precision as limits do; a run at another one has its own.
std::optional<Json> golden_of(const PredictedRun& run, const ModelPackage& package) {
  if (run.model.precision.empty() || run.model.precision == precision_name(package.precision))
    return std::nullopt;
  const fs::path file = run.results.parent_path() / kRunFile;
  const JsonDocument document = JsonDocument::read(file, ErrorKind::input);
  const auto golden = document.root().find("golden");
  if (!golden)
    refuse_run(
        fmt::format("{}: made at {}, but without the golden images' scores at it; inspect the "
                    "calibration images again",
                    file.string(), run.model.precision));
  return golden->raw();
}

fs::path place_in(const ModelPackage& package, const fs::path& file) {
  return file.lexically_relative(package.folder).lexically_normal();
}

/// Everything in the package but what the new version has of its own; hidden files stay behind.
std::vector<fs::path> other_files(const ModelPackage& package) {
  const std::set<fs::path> own{kManifest,
                               kCalibrationFile,
                               kCalibrationImagesFile,
                               kHtmlFile,
                               place_in(package, package.weights),
                               place_in(package, package.weights_data)};
  std::vector<fs::path> files;
  std::error_code problem;
  for (fs::recursive_directory_iterator it(package.folder, problem), end; !problem && it != end;
       it.increment(problem)) {
    const fs::path relative = it->path().lexically_relative(package.folder);
    const bool hidden = it->path().filename().string().starts_with(".");
    if (hidden && it->is_directory(problem)) it.disable_recursion_pending();
    if (!hidden && it->is_regular_file(problem) && !own.contains(relative))
      files.push_back(relative);
  }
  if (problem)
    refuse_run(fmt::format("{}: cannot be read: {}", package.folder.string(), problem.message()));
  return files;
}

void write_weights(const ModelPackage& package, const fs::path& file,
                   std::span<const std::uint8_t> bytes, const fs::path& to) {
  const fs::path target = to / place_in(package, file);
  make_folder(target.parent_path());
  write_file_atomically(target, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

void copy(const ModelPackage& package, const fs::path& relative, const fs::path& to) {
  make_folder((to / relative).parent_path());
  write_file_atomically(to / relative,
                        read_text(package.folder / relative, ErrorKind::input, kMaxCopied));
}

}  // namespace

CalibratedPackage::CalibratedPackage(const CalibrateOptions& options, const PredictedRun& run)
    : package_(read_package(options.model)), run_(run.model) {
  if (!run.has_run_file)
    refuse_run(
        fmt::format("{}: --model needs the output folder of inspect with its run.json, which "
                    "says what model made the predictions",
                    options.input.predictions.string()));
  if (!run.has_summary)
    refuse_run(
        fmt::format("{}: the inspection did not finish (no summary.json); finish it with "
                    "--resume",
                    options.input.predictions.string()));
  require_same("the weights' SHA-256", run_.sha256, package_.weights_sha256, options.model);
  require_same("the manifest's SHA-256", run_.manifest_sha256, package_.manifest_sha256,
               options.model);
  golden_ = golden_of(run, package_);
  weights_ = read_weights(package_);
  version_ =
      options.package_version.empty() ? next_version(package_.version) : options.package_version;
  if (version_ == package_.version)
    refuse_usage(
        fmt::format("--package-version {}: is the version of --model; a new limit needs a "
                    "new one",
                    printable(version_)));
}

void CalibratedPackage::check(const ChosenLimits& limits) const {
  if (package_.task == Task::classification &&
      !(limits.review_at >= 0.0 && limits.reject_at <= 1.0))
    throw Error(ErrorKind::evidence,
                fmt::format("the limits {} and {} are not both in [0, 1], as a classification "
                            "package needs them",
                            limits.review_at, limits.reject_at));
}

void CalibratedPackage::write(const CalibrateOptions& options,
                              const Calibration& calibration) const {
  const fs::path& to = options.input.output;
  const ChosenLimits& limits = calibration.limits;
  if (package_.format == WeightsFormat::openvino) {
    const auto [graph, numbers] = unpacked(weights_);
    write_weights(package_, package_.weights, graph, to);
    write_weights(package_, package_.weights_data, numbers, to);
  } else {
    write_weights(package_, package_.weights, weights_, to);
  }
  for (const fs::path& file : other_files(package_)) copy(package_, file, to);
  Json manifest = JsonDocument::read(package_.folder / kManifest, ErrorKind::input).root().raw();
  manifest["version"] = version_;
  manifest["decision"] = {{"review_at", limits.review_at},
                          {"reject_at", limits.reject_at},
                          {"origin", origin_json(options, calibration, package_, run_)}};
  if (golden_) manifest["golden"] = *golden_;
  if (calibration.guard) manifest["guard"] = guard_json(*calibration.guard);
  write_file_atomically(to / kManifest, json_pretty(manifest));
  static_cast<void>(read_package(to));  // what was written is what inspect accepts
}

}  // namespace zeromiss
