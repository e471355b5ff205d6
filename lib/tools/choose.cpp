#include "choice.hpp"
#include "input_list.hpp"
#include "score_messages.hpp"
#include "with_evaluation.hpp"

#include <zeromiss/base/files.hpp>
#include <zeromiss/base/json.hpp>
#include <zeromiss/base/presence.hpp>
#include <zeromiss/base/stop.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/model/package.hpp>
#include <zeromiss/report/choose_html.hpp>
#include <zeromiss/report/metrics_report.hpp>
#include <zeromiss/report/results_file.hpp>
#include <zeromiss/tools/benchmark.hpp>

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <system_error>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// What one package writes must not become the next one's images.
void refuse_inside(const ChooseOptions& options) {
  if (options.output.empty()) return;
  const fs::path output = fs::weakly_canonical(options.output);
  for (const fs::path& input : options.inputs) {
    const fs::path rest = output.lexically_relative(fs::weakly_canonical(input));
    if (!rest.empty() && *rest.begin() != "..")
      refuse_usage(fmt::format("--output {}: lies inside --input; choose another folder",
                               options.output.string()));
  }
}

void check_options(const ChooseOptions& options) {
  if (options.packages.empty())
    refuse_usage("say which packages to choose from: benchmark choose PACKAGE PACKAGE …");
  std::set<fs::path> seen;
  for (const fs::path& package : options.packages)
    if (!seen.insert(fs::weakly_canonical(package / ".")).second)  // "a" and "a/" are one
      refuse_usage(fmt::format("{}: is given twice", printable(package.string())));
  if (options.inputs.empty()) refuse_usage("--input is missing: the images of a labelled set");
  if (options.ground_truth.empty() && options.inputs.size() > 1)
    refuse_usage("--gt is missing: with several inputs the labels must be named");
  const auto positive = [](const char* name, double value) {
    if (!(value > 0) || !std::isfinite(value))
      refuse_usage(fmt::format("{}: expected a number above 0", name));
  };
  positive("--target-fps", options.target_fps);
  positive("--seconds", options.seconds);
  if (options.max_ram_mib) positive("--max-ram-mib", *options.max_ram_mib);
  if (options.max_vram_mib) positive("--max-vram-mib", *options.max_vram_mib);
  if (!(options.confidence > 0.0 && options.confidence < 1.0))
    refuse_usage(fmt::format("--confidence {}: expected a number between 0 and 1, such as 0.95",
                             options.confidence));
  if (!options.output.empty()) refuse_existing_metrics(options.output, options.overwrite);
  refuse_inside(options);
}

/// The folder that everything is measured in: --output, or one that goes with the run.
class Workplace {
 public:
  explicit Workplace(const fs::path& output)
      : folder_(output.empty()
                    ? fs::temp_directory_path() / fmt::format("zeromiss-choose-{}", ::getpid())
                    : output),
        temporary_(output.empty()) {
    make_folder(folder_);
    std::error_code problem;
    fs::remove(folder_ / kChooseFile, problem);  // it stands for the rest
    if (problem)
      throw Error(ErrorKind::output,
                  fmt::format("{}: cannot be removed: {}", (folder_ / kChooseFile).string(),
                              problem.message()));
  }
  ~Workplace() {
    std::error_code ignored;
    if (temporary_) fs::remove_all(folder_, ignored);
  }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  [[nodiscard]] const fs::path& folder() const { return folder_; }

 private:
  fs::path folder_;
  bool temporary_;
};

/// Ends the whole choice where the trouble is not the package's.
void end_on_common_trouble(const MeasurementEnd& end) {
  if (end.exit_code == exit_code(ErrorKind::output)) throw Error(ErrorKind::output, end.message);
  if (end.exit_code == exit_code(ErrorKind::usage)) throw Error(ErrorKind::usage, end.message);
}

LostBy unusable(const char* rule, const std::string& why) {
  return {rule, false, {{"why", printable(why)}}};
}

/// What one `choose` does with its packages, one after the other.
class Choosing {
 public:
  Choosing(const ChooseOptions& options, const Measurer& measure, const fs::path& folder)
      : options_(options),
        measure_(measure),
        folder_(folder),
        progress_(options.quiet ? ProgressMode::never : options.progress, "measurements",
                  2 * options.packages.size()) {}

  /// Shorter where a signal stopped it.
  std::vector<Candidate> measure_all() {
    std::vector<Candidate> candidates;
    for (std::size_t i = 0; i < options_.packages.size() && stop_signal() == 0; ++i) {
      candidates.push_back(measure_one(i));
      if (stop_signal() == 0) refuse_no_device(candidates);
    }
    progress_.finish();
    return candidates;
  }
  [[nodiscard]] const Json& test_set() const { return test_set_; }

 private:
  Candidate measure_one(std::size_t i) {
    Candidate one;
    one.package = options_.packages[i].string();
    one.folder = fmt::format("packages/{}", i + 1);
    order_ = {Measurement::inspection, options_.packages[i], folder_ / one.folder,
              options_.inputs,         options_.device,      options_.batch,
              options_.threads,        options_.seconds,     options_.target_fps};
    make_folder(order_.folder);
    progress_.update(2 * i, fmt::format("inspecting with {}", printable(one.package)));
    if (!read_manifest(one) || !inspect_set(one) || stop_signal() != 0) return one;
    score_set(one);
    progress_.update(2 * i + 1, fmt::format("speed of {}", printable(one.package)));
    measure_speed(one);
    return one;
  }

  static bool lost(Candidate& one, const char* rule, const std::string& why) {
    one.unusable = unusable(rule, why);
    return false;
  }

  bool read_manifest(Candidate& one) const {
    try {
      const ModelPackage package = read_package(order_.package);
      one.name = package.name;
      one.version = package.version;
      one.license = package.license;
      one.task = task_name(package.task);
      one.weights_sha256 = package.weights_sha256;
      one.manifest_sha256 = package.manifest_sha256;
      one.precision = precision_name(package.precision);
      return true;
    } catch (const Error& error) {
      return lost(one, "unusable", error.what());
    }
  }

  bool inspect_set(Candidate& one) {
    order_.what = Measurement::inspection;
    const MeasurementEnd end = measure_(order_);
    if (end.exit_code != kExitDone && end.exit_code != kExitSomeImagesFailed) {
      end_on_common_trouble(end);
      if (end.exit_code == exit_code(ErrorKind::device)) no_device_.push_back(end.message);
      return lost(one, "unusable", end.message);
    }
    const auto memory = JsonDocument::read(order_.folder / "memory.json", ErrorKind::input);
    one.peak_rss_mib = memory.root().at("peak_rss_mib").number();
    return true;
  }

  void score_set(Candidate& one) {
    ScoreOptions score;
    score.predictions = order_.folder / "run";
    score.ground_truth =
        options_.ground_truth.empty() ? options_.inputs.front() : options_.ground_truth;
    score.gt_format = options_.gt_format;
    score.positive = options_.positive;
    score.good = options_.good;
    score.allow_unlabelled = options_.allow_unlabelled;
    score.confidence = options_.confidence;
    score.quiet = true;
    try {
      with_evaluation(score, [&](Evaluation& evaluation) {
        take(evaluation, one);
        return kExitDone;
      });
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::output || error.kind() == ErrorKind::usage) throw;
      const bool own = error.kind() == ErrorKind::refused;
      lost(one, own ? "calibration_images" : "not_scored", error.what());
      // Other images would settle it.
      if (own) one.unusable->evidence = true;
    }
  }

  void take(Evaluation& evaluation, Candidate& one) {
    if (!evaluation.operating_point) {
      lost(one, "not_scored",
           fmt::format("nothing says which images are defective ({}); name the classes with "
                       "--positive or --good",
                       evaluation.no_operating_point));
      return;
    }
    one.figures = evaluation.operating_point->figures;
    one.errors = evaluation.errors;
    test_set_["labels_sha256"] = evaluation.labels_sha256;
    test_set_["gt_format"] = evaluation.gt_format;
    MetricsReportOptions report;
    report.overwrite = true;
    report.html = false;
    write_metrics_report(order_.folder / "metrics", evaluation, report);
  }

  void measure_speed(Candidate& one) {
    order_.what = Measurement::speed;
    const MeasurementEnd end = measure_(order_);
    if (stop_signal() != 0) return;
    if (end.exit_code != kExitDone && end.exit_code != exit_code(ErrorKind::evidence)) {
      end_on_common_trouble(end);
      if (!one.unusable) lost(one, "unusable", end.message);
      return;
    }
    const auto document =
        JsonDocument::read(order_.folder / "speed" / kBenchmarkFile, ErrorKind::input);
    const JsonNode root = document.root();
    PackageSpeed speed;
    speed.images_per_s = root.at("end_to_end_images_per_s").number();
    const auto windows = root.at("end_to_end").at("windows").numbers();
    speed.slowest_window = windows.empty() ? 0 : *std::min_element(windows.begin(), windows.end());
    speed.valid = root.at("valid").boolean();
    const JsonNode reasons = root.at("reasons");
    for (std::size_t i = 0; i < reasons.size(); ++i)
      speed.reasons.push_back(reasons.at(i).string());
    speed.invalid = root.at("invalid").raw();
    one.speed = speed;
    one.device = root.at("environment").at("device").string();
    const JsonNode vram = root.at("peak_vram_mib");
    if (!vram.is_null()) one.peak_vram_mib = vram.number();
  }

  /// A device that no package can use is no fault of the packages.
  void refuse_no_device(const std::vector<Candidate>& candidates) const {
    if (candidates.size() == options_.packages.size() && no_device_.size() == candidates.size())
      throw Error(ErrorKind::device, no_device_.front());
  }

  const ChooseOptions& options_;
  const Measurer& measure_;
  const fs::path& folder_;
  Progress progress_;
  PackageOrder order_;
  Json test_set_ = Json::object();
  std::vector<std::string> no_device_;
};

/// What all packages are measured on, before any is.
Json test_set_json(const ChooseOptions& options) {
  const std::string no_list;
  const Listing listing = list_images({options.inputs, no_list, false, {}, options.output});
  refuse_empty(listing);
  if (!options.ground_truth.empty() && !is_there(options.ground_truth, ErrorKind::input))
    throw Error(ErrorKind::input,
                fmt::format("--gt {}: there is nothing", options.ground_truth.string()));
  return {{"images", listing.images.size()}, {"list_sha256", listing.sha256()}};
}

int exit_code_of(const Choice& choice, const std::vector<Candidate>& candidates) {
  if (choice.state == Choice::State::insufficient_evidence) return exit_code(ErrorKind::evidence);
  if (!choice.index) return kExitGateFailed;
  return candidates[*choice.index].errors > 0 ? kExitSomeImagesFailed : kExitDone;
}

}  // namespace

int choose(const ChooseOptions& options, const Measurer& measure, std::ostream& out) {
  check_options(options);
  Json test_set = test_set_json(options);
  const Workplace place(options.output);
  Choosing choosing(options, measure, place.folder());
  auto candidates = choosing.measure_all();
  if (const int signal = stop_signal(); signal != 0) return signal_exit_code(signal);
  const Choice choice = decide_choice(candidates, options);
  test_set.update(choosing.test_set());
  const Json json = choose_json(candidates, choice, options, test_set);
  print_choice(json, out);
  if (!options.output.empty()) {
    write_choose_html(options.output, json);
    write_file_atomically(options.output / kChooseFile, json_pretty(json));  // last
    fmt::print(out, "\nWritten: {}\n", printable((options.output / kHtmlFile).string()));
  }
  return exit_code_of(choice, candidates);
}

}  // namespace zeromiss
