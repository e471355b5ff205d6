#include "spec_inputs.hpp"

#include "run_info.hpp"
#include "run_statement.hpp"

#include <zeromiss/base/files.hpp>
#include <zeromiss/base/hash.hpp>
#include <zeromiss/base/json.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/report/metrics_report.hpp>
#include <zeromiss/report/results_file.hpp>
#include <zeromiss/tools/benchmark.hpp>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <system_error>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::uintmax_t kMostBytes = 256U << 20U;

[[noreturn]] void refuse(const std::string& problem) { throw Error(ErrorKind::refused, problem); }

SpecFile read_file(const fs::path& file, const std::string& schema,
                   std::uintmax_t most_bytes = kMostBytes) {
  const std::string text = read_text(file, ErrorKind::input, most_bytes);
  const JsonDocument document(text, file.string(), ErrorKind::input);
  const JsonNode found = document.root().at("schema");
  if (found.string() != schema)
    found.fail(fmt::format("expected \"{}\", found \"{}\"", schema, printable(found.string())));
  return {file, document.root().raw(), sha256_hex(text)};
}

SpecFile read_file_or_folder(const fs::path& place, const char* name, const std::string& schema) {
  std::error_code problem;
  return read_file(fs::is_directory(place, problem) ? place / name : place, schema);
}

SpecRun read_run(const fs::path& folder) {
  SpecRun run{read_file(folder / kRunFile, "zeromiss-run/1"),
              read_file(folder / kSummaryFile, "zeromiss-summary/1", kMaxSummaryBytes),
              folder / kResultsFile,
              {}};
  run.results_sha256 = results_sha256(run.results);
  const auto stated = run.summary.json.value("results_sha256", "");
  if (stated != run.results_sha256)
    refuse(fmt::format("{}: has the SHA-256 {}, but {}: says {}; inspect again",
                       run.results.string(), run.results_sha256, run.summary.name(), stated));
  return run;
}

/// One thing that all files must say alike, and where each kind of file says it; "": it does not.
struct Fact {
  const char *what, *benchmark, *metrics, *run;
};
constexpr std::array kFacts{
    Fact{"model.sha256", "/model/sha256", "/run/model/sha256", "/model/sha256"},
    Fact{"model.manifest_sha256", "/model/manifest_sha256", "/run/model/manifest_sha256",
         "/model/manifest_sha256"},
    Fact{"tool version", "/tool/version", "/tool/version", "/tool/version"},
    Fact{"tool version", "", "/run/tool_version", ""},
    Fact{"precision", "/settings/precision", "/run/precision", "/settings/precision"},
    Fact{"batch", "/settings/batch", "/run/batch", "/settings/batch"},
    Fact{"device", "/environment/device", "/run/device", "/device/type"},
    Fact{"engine", "/environment/libraries/engine", "/run/engine", "/libraries/engine"},
    Fact{"list of images (SHA-256 of the names)", "/sample/list_sha256", "/run/list_sha256",
         "/settings/list_sha256"},
};

/// What was said first of each thing, and by whom.
class Agreement {
 public:
  void hold(const std::string& what, const std::string& value, const std::string& file) {
    const auto [first, added] = said_.try_emplace(what, value, file);
    if (added || first->second.first == value) return;
    refuse(
        fmt::format("{}: {} is {}, but {}: {}; a sheet is of one model, one version of the "
                    "tools, one set of settings and images: measure again what is old",
                    first->second.second, what, first->second.first, file, value));
  }
  void hold(const Fact& fact, const char* pointer, const SpecFile& file) {
    if (*pointer == '\0') return;
    const Json::json_pointer key(pointer);
    if (!file.json.contains(key) || file.json.at(key).is_null())
      refuse(
          fmt::format("{}: does not say its {} ({}), so that nothing shows what it was measured "
                      "with; measure again with this version",
                      file.name(), fact.what, pointer + 1));
    const Json& value = file.json.at(key);
    hold(fact.what, value.is_string() ? printable(value.get<std::string>()) : value.dump(),
         file.name());
  }

 private:
  std::map<std::string, std::pair<std::string, std::string>> said_;
};

fs::file_time_type time_of(const fs::path& file) {
  std::error_code problem;
  const auto time = fs::last_write_time(file, problem);
  if (problem)
    throw Error(ErrorKind::input, fmt::format("{}: {}", file.string(), problem.message()));
  return time;
}

std::string shown(fs::file_time_type time) {
  const auto since = std::chrono::file_clock::to_sys(time).time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since).count();
  return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

/// A measurement is of what was there when it was made.
void require_younger(const ModelPackage& package, const SpecFile& file) {
  for (const fs::path& part :
       {package.folder / "model.json", package.weights, package.weights_data}) {
    if (part.empty()) continue;  // the second file of a package for OpenVINO
    const auto made = time_of(part), measured = time_of(file.path);
    if (measured >= made) continue;
    refuse(fmt::format("{}: is of {}, but {}: is younger, of {}; measure again", file.name(),
                       shown(measured), part.string(), shown(made)));
  }
}

void require_package(const SpecInputs& inputs, Agreement& agreement) {
  const ModelPackage& package = *inputs.package;
  const std::string manifest = (package.folder / "model.json").string();
  agreement.hold("model.sha256", package.weights_sha256, manifest);
  agreement.hold("model.manifest_sha256", package.manifest_sha256, manifest);
  for (const auto& file : {inputs.benchmark, inputs.metrics})
    if (file) require_younger(package, *file);
  for (const SpecRun& run : inputs.runs) {
    require_younger(package, run.run);
    for (const auto& [key, value] : {std::pair("review_at", package.limits.review_at),
                                     std::pair("reject_at", package.limits.reject_at)}) {
      const Json::json_pointer at(fmt::format("/limits/{}", key));
      const Json found = run.run.json.contains(at) ? run.run.json.at(at) : Json();
      if (!found.is_number() || found.get<double>() != value)
        refuse(fmt::format("{}: {} is {}, but {}: {}; inspect without --review-at and --reject-at",
                           manifest, key, value, run.run.name(), found.dump()));
    }
  }
}

void require_valid(const SpecFile& benchmark) {
  if (benchmark.json.value("valid", false)) return;
  const Json reasons = benchmark.json.value("reasons", Json::array());
  refuse(fmt::format(
      "{}: valid is false, expected true ({}): its figures must not be quoted; "
      "measure again on a quiet PC",
      benchmark.name(),
      reasons.empty() ? "no reason given" : printable(reasons.front().get<std::string>())));
}

/// The metrics must be those of the verdicts that the model's limits gave.
void require_own_limits(const SpecFile& metrics) {
  const Json point = metrics.json.value("operating_point", Json());
  if (!point.is_object() || point.value("origin", "") == "model review_at") return;
  refuse(
      fmt::format("{}: operating_point.origin is \"{}\", expected \"model review_at\": the "
                  "sheet is of the package's own limits; evaluate without --threshold, "
                  "--zero-miss and --calibration",
                  metrics.name(), printable(point.value("origin", ""))));
}

void require_package_limit(const SpecFile& metrics, const ModelPackage& package) {
  const Json::json_pointer at("/operating_point/threshold");
  const Json found = metrics.json.contains(at) ? metrics.json.at(at) : Json();
  if (found.is_null() || found == Json(package.limits.review_at)) return;
  refuse(
      fmt::format("{}: operating_point.threshold is {}, but review_at of {} is {}; inspect "
                  "without --review-at and evaluate again",
                  metrics.name(), found.dump(), (package.folder / "model.json").string(),
                  package.limits.review_at));
}

/// The classes of a metrics.json, as far as it has images, objects or pixels of them.
std::set<std::string> scored_classes(const Json& metrics) {
  std::set<std::string> names;
  for (const char* list : {"/verdicts/rows", "/classification/classes", "/detection/classes",
                           "/segmentation/classes", "/operating_point/classes"}) {
    const Json::json_pointer at(list);
    if (!metrics.contains(at)) continue;
    for (const Json& entry : metrics.at(at)) names.insert(entry.value("name", ""));
  }
  return names;
}

/// Else the escapes of some defects would be the sheet's escapes.
void require_all_defects(const SpecFile& metrics, const std::vector<std::string>& defects,
                         const std::string& model) {
  if (!metrics.json.value("operating_point", Json()).is_object()) return;
  const auto positive = metrics.json.value("positive", std::vector<std::string>{});
  const auto scored = scored_classes(metrics.json);
  for (const std::string& name : defects)
    if (scored.contains(name) &&
        std::find(positive.begin(), positive.end(), name) == positive.end())
      refuse(
          fmt::format("{}: positive leaves out \"{}\", which is a defect in {}, so that its "
                      "escapes are not counted; evaluate without --positive and --good",
                      metrics.name(), printable(name), model));
}

std::vector<std::string> defects_of(const Json& run) {
  std::vector<std::string> names;
  const Json::json_pointer at("/model/classes");
  if (!run.contains(at)) return names;
  for (const Json& entry : run.at(at))
    if (entry.value("defect", false)) names.push_back(entry.value("name", ""));
  return names;
}

std::vector<std::string> defects_of(const ModelPackage& package) {
  std::vector<std::string> names;
  for (const ClassInfo& info : package.classes)
    if (info.defect) names.push_back(info.name);
  return names;
}

void require_scored_run(const SpecFile& metrics, const std::vector<SpecRun>& runs) {
  const auto scored = metrics.json.at("run").value("results_sha256", "");
  const auto same = [&](const SpecRun& run) { return run.results_sha256 == scored; };
  if (runs.empty() || std::any_of(runs.begin(), runs.end(), same)) return;
  refuse(fmt::format(
      "{}: scored records with the SHA-256 {}, but {}: has {}; evaluate one of the "
      "runs",
      metrics.name(), scored, runs.front().results.string(), runs.front().results_sha256));
}

/// A run that is counted twice repeats nothing. No two runs take the same time to the last digit,
/// so equal summaries are copies.
void require_several(const std::vector<SpecRun>& runs) {
  for (std::size_t i = 0; i < runs.size(); ++i)
    for (std::size_t k = 0; k < i; ++k)
      if (runs[i].summary.sha256 == runs[k].summary.sha256)
        refuse(
            fmt::format("{}: has the SHA-256 {}, and {}: the same: one run given twice, or a "
                        "copy, repeats nothing",
                        runs[k].summary.name(), runs[k].summary.sha256, runs[i].summary.name()));
}

void require_repeats(const std::vector<SpecRun>& runs) {
  require_several(runs);
  for (std::size_t i = 1; i < runs.size(); ++i) {
    const Json first = without_free_parts(runs[0].run.json);
    const Json other = without_free_parts(runs[i].run.json);
    const Json differences = Json::diff(first, other);
    if (differences.empty()) continue;
    const Json::json_pointer key(differences.front().at("path").get<std::string>());
    const auto value = [&](const Json& run) {
      return run.contains(key) ? run.at(key).dump() : std::string("absent");
    };
    refuse(
        fmt::format("{}: {} is {}, but {}: {}; repeated runs have one model, one set of "
                    "settings and images",
                    runs[0].run.name(), key.to_string().substr(1), printable(value(first)),
                    runs[i].run.name(), printable(value(other))));
  }
}

}  // namespace

SpecInputs read_spec_inputs(const SpecOptions& options) {
  SpecInputs inputs;
  if (!options.benchmark.empty())
    inputs.benchmark =
        read_file_or_folder(options.benchmark, kBenchmarkFile, "zeromiss-benchmark/1");
  if (!options.metrics.empty())
    inputs.metrics = read_file_or_folder(options.metrics, kMetricsFile, "zeromiss-metrics/1");
  for (const fs::path& folder : options.runs) inputs.runs.push_back(read_run(folder));
  if (!options.model.empty()) inputs.package = read_package(options.model);
  return inputs;
}

void require_agreement(const SpecInputs& inputs) {
  Agreement agreement;
  if (inputs.package) require_package(inputs, agreement);
  if (inputs.benchmark) require_valid(*inputs.benchmark);
  if (inputs.metrics && !inputs.metrics->json.contains("run"))
    refuse(
        fmt::format("{}: its predictions ({}) are no output of inspect, so that nothing shows "
                    "which model made them; evaluate an output folder of inspect",
                    inputs.metrics->name(),
                    printable(inputs.metrics->json.value("predictions_format", "unknown"))));
  for (const Fact& fact : kFacts) {
    if (inputs.benchmark) agreement.hold(fact, fact.benchmark, *inputs.benchmark);
    if (inputs.metrics) agreement.hold(fact, fact.metrics, *inputs.metrics);
    for (const SpecRun& run : inputs.runs) agreement.hold(fact, fact.run, run.run);
  }
  if (inputs.benchmark)
    for (const SpecRun& run : inputs.runs) {
      const Fact processor{"processor", "/environment/cpu", "", "/device/name"};
      if (run.run.json.at("device").value("type", "") != "cpu") continue;
      agreement.hold(processor, processor.benchmark, *inputs.benchmark);
      agreement.hold(processor, processor.run, run.run);
    }
  require_repeats(inputs.runs);
  if (inputs.metrics) {
    require_own_limits(*inputs.metrics);
    if (inputs.package) {
      require_package_limit(*inputs.metrics, *inputs.package);
      require_all_defects(*inputs.metrics, defects_of(*inputs.package),
                          (inputs.package->folder / "model.json").string());
    }
    for (const SpecRun& run : inputs.runs)
      require_all_defects(*inputs.metrics, defects_of(run.run.json), run.run.name());
    require_scored_run(*inputs.metrics, inputs.runs);
  }
}

}  // namespace zeromiss
