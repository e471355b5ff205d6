#include "calibration.hpp"
#include "evaluation_pictures.hpp"
#include "package_place.hpp"
#include "score_messages.hpp"

#include <zeromiss/base/cpu.hpp>
#include <zeromiss/base/files.hpp>
#include <zeromiss/base/json.hpp>
#include <zeromiss/base/presence.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/report/results_file.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <system_error>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

constexpr const char* kManifest = "model.json";
constexpr std::size_t kRiskPoints = 200;

/// "2026-11-24", a day that exists.
bool is_date(const std::string& text) {
  constexpr std::size_t kLength = 10;
  if (text.size() != kLength || text[4] != '-' || text[7] != '-') return false;
  const auto number = [&](std::size_t from, std::size_t digits) {
    const std::string part = text.substr(from, digits);
    return part.find_first_not_of("0123456789") == std::string::npos ? std::stoi(part) : -1;
  };
  const int year = number(0, 4), month = number(5, 2), day = number(8, 2);
  if (year < 0 || month < 0 || day < 0) return false;
  return std::chrono::year_month_day(std::chrono::year(year),
                                     std::chrono::month(static_cast<unsigned>(month)),
                                     std::chrono::day(static_cast<unsigned>(day)))
      .ok();
}

void check_numbers(const CalibrateOptions& options) {
  const auto& margin = options.margin;
  constexpr std::array kMargins{"none", "leave-one-out", "bootstrap"};
  if (std::find(kMargins.begin(), kMargins.end(), margin) == kMargins.end() && !percentage(margin))
    refuse_usage(
        fmt::format("--margin \"{}\": expected none, leave-one-out, bootstrap or a percentage "
                    "below 100 such as 10%",
                    printable(margin)));
  if (options.target_miss && !(*options.target_miss > 0.0 && *options.target_miss < 1.0))
    refuse_usage("--target-miss: expected a rate between 0 and 1, such as 0.01");
  if (options.review_band && !(*options.review_band >= 0.0 && *options.review_band < 1.0))
    refuse_usage("--review-band: expected a share from 0 to below 1, such as 0.005");
  if (!options.date.empty() && !is_date(options.date))
    refuse_usage(
        fmt::format("--date \"{}\": expected a day such as 2026-11-24", printable(options.date)));
}

void check(const CalibrateOptions& options) {
  require_guard_margin(options.guard_margin);
  const fs::path& output = options.input.output;
  if (output.empty()) refuse_usage("say where to write: --output DIR");
  check_numbers(options);
  if (!options.input.summary_md.empty())
    refuse_usage("--summary-md goes with evaluate, not with evaluate calibrate");
  if (options.model.empty() && !options.package_version.empty())
    refuse_usage("--package-version goes with --model: there is no package to number");
  if (options.model.empty() && options.guard == CalibrationGuard::yes)
    refuse_usage("--guard yes goes with --model: there is no package to put it into");
  std::error_code ignored;
  if (!options.model.empty() && fs::equivalent(options.model, output, ignored))
    refuse_usage("--output is the folder of --model: the new version needs a folder of its own");
  if (!options.model.empty()) refuse_inside_package(options.model, output);
  if (options.input.overwrite) return;
  for (const char* name : {kCalibrationFile, kManifest, kCalibrationImagesFile, kHtmlFile})
    if (is_there(output / name, ErrorKind::output))
      throw Error(ErrorKind::output,
                  fmt::format("{}: exists; choose another --output or add --overwrite",
                              (output / name).string()));
  if (!options.model.empty() && fs::exists(output, ignored) && !fs::is_empty(output, ignored))
    throw Error(ErrorKind::output,
                fmt::format("{}: is not empty; a model package needs a folder of its own",
                            output.string()));
}

Decision decision_of(const ImageResult& result, double limit) {
  if (result.column == kErrorColumn) return Decision::not_judged;
  return decide(result.has_score ? std::optional(result.score) : std::nullopt, limit);
}

OperatingFigures figures_at(const LabelledScores& read, double limit, double confidence) {
  DecisionCounts defective, good;
  for (std::size_t i = 0; i < read.matched.results.size(); ++i)
    (read.defects[read.matched.truths[i]] ? defective : good)
        .add(decision_of(read.matched.results[i], limit));
  return operating_figures(defective, good, confidence);
}

AccuracyGoal accuracy_goal(const LabelledScores& read, double lowest, const ScoreOptions& options) {
  AccuracyGoal goal{figures_at(read, lowest, options.confidence), 0, std::nullopt};
  const OperatingFigures& f = goal.figures;
  constexpr std::uint64_t kPartsWrong = 10;  // one in ten may be wrong
  const std::uint64_t wrong = f.overkills + (f.defective - f.found),
                      allowed = f.images / kPartsWrong;
  goal.too_many = wrong > allowed ? wrong - allowed : 0;
  if (options.defect_rate && f.recall.defined() && f.overkill_rate.defined())
    goal.at_defect_rate = *options.defect_rate * *f.recall.value +
                          (1.0 - *options.defect_rate) * (1.0 - *f.overkill_rate.value);
  return goal;
}

/// What the report shows: the calibration images at their own limit.
Evaluation evaluate_at(const LabelledScores& read, double limit,
                       const std::optional<PartIds>& parts, const ScoreOptions& options) {
  Evaluation evaluation;
  evaluation.task = std::string(task_name(read.run.task.value_or(Task::classification)));
  evaluation.predictions_format = read.run.format;
  evaluation.gt_format = std::string(truth_format_name(read.truth.format));
  evaluation.images = read.truth.images.size();
  evaluation.errors = read.matched.errors;
  evaluation.unlabelled = read.matched.unlabelled;
  evaluation.has_verdicts = false;
  for (std::size_t k = 0; k < read.defects.size(); ++k) {
    evaluation.truths.push_back({read.matched.classes[k], read.defects[k], {}, {}});
    if (read.defects[k]) evaluation.positive.push_back(read.matched.classes[k]);
  }
  evaluation.classes = read.matched.classes;
  for (std::size_t i = 0; i < read.matched.results.size(); ++i) {
    const ImageResult& result = read.matched.results[i];
    const auto truth = static_cast<std::uint32_t>(read.matched.truths[i]);
    const Decision decision = decision_of(result, limit);
    evaluation.truths[truth].decisions.add(decision);
    evaluation.outcomes.push_back(
        {result.score, 0.0, truth, result.label, decision, result.has_score});
  }
  evaluation.image_name = [&read](std::size_t i) { return read.truth.images[i].image; };
  OperatingPoint point;
  point.threshold = limit;
  point.origin = kCalibrationOrigin;
  point.figures = figures_at(read, limit, options.confidence);
  evaluation.operating_point = std::move(point);
  add_parts_and_risk(evaluation, parts, kRiskPoints);
  return evaluation;
}

/// Three texts an image, each with a NUL behind it: name, SHA-256 (may be empty), class.
std::string set_sha256(const LabelledScores& read) {
  Sha256 hash;
  const auto add = [&](const std::string& text) {
    hash.update(text);
    hash.update(std::string_view("\0", 1));
  };
  for (std::size_t i = 0; i < read.truth.images.size(); ++i) {
    add(read.truth.images[i].image);
    const auto& sha256 = read.matched.sha256s[i];
    add(sha256 ? digest_hex(*sha256) : "");
    add(read.matched.classes[read.matched.truths[i]]);
  }
  return hash.hex();
}

void add_image_hashes(const LabelledScores& read, Calibration& calibration) {
  std::vector<Digest> digests;
  for (const auto& sha256 : read.matched.sha256s)
    if (sha256) digests.push_back(*sha256);
  if (digests.empty()) return;
  const ImageHashes hashes(std::move(digests));
  calibration.images_text = hashes.text();
  calibration.images = {hashes.size(), sha256_hex(std::string_view(calibration.images_text))};
}

Calibration calibration_of(const CalibrateOptions& options, const LabelledScores& read) {
  const auto parts = part_ids(options.input, read.truth.images.size(),
                              [&](std::size_t i) { return read.truth.images[i].image; });
  const CalibrationScores scores = calibration_scores(read, parts);
  Calibration calibration;
  calibration.limits = choose_limits(options, scores);
  const ChosenLimits& limits = calibration.limits;
  calibration.evaluation = evaluate_at(read, limits.review_at, parts, options.input);
  calibration.goal = accuracy_goal(read, limits.lowest, options.input);
  const auto rejected = [&](const std::vector<double>& list) {
    return static_cast<std::uint64_t>(std::count_if(
        list.begin(), list.end(), [&](double score) { return score >= limits.reject_at; }));
  };
  calibration.good_rejected = rejected(scores.good);
  calibration.defective_rejected = rejected(scores.defective);
  calibration.set_sha256 = set_sha256(read);
  calibration.model = read.run.model;
  add_image_hashes(read, calibration);
  return calibration;
}

void write_files(const CalibrateOptions& options, const Calibration& calibration) {
  const fs::path& folder = options.input.output;
  make_folder(folder);
  std::error_code problem;
  // An older package here must not stand beside a new calibration.
  for (const char* name : {kManifest, kCalibrationFile})
    if (options.input.overwrite && fs::remove(folder / name, problem)) sync_folder(folder);
  if (calibration.images)
    write_file_atomically(folder / kCalibrationImagesFile, calibration.images_text);
  if (!options.input.no_html) {
    MetricsReportOptions report;
    report.threads = usable_cpus();
    report.picture = picture_maker(options.input, false);
    write_file_atomically(folder / kHtmlFile, evaluation_html(calibration.evaluation, report));
  }
  write_file_atomically(folder / kCalibrationFile,
                        json_pretty(calibration_json(options, calibration)));
}

}  // namespace

int calibrate(const CalibrateOptions& options, std::ostream& out) {
  check(options);
  const LabelledScores read = read_labelled_scores(options.input);
  std::optional<CalibratedPackage> package;
  if (!options.model.empty()) package.emplace(options, read.run);
  if (read.matched.missing > 0)
    throw Error(ErrorKind::input,
                fmt::format("{} labelled images have no prediction; inspect them too, or "
                            "leave them out of the labels",
                            read.matched.missing));
  Calibration calibration = calibration_of(options, read);
  if (package) package->check(calibration.limits);
  calibration.guard = calibration_guard(options, read);
  write_files(options, calibration);
  if (package) package->write(options, calibration);
  if (!calibration.images)
    note(options.input,
         "the predictions hold no SHA-256 of the images: nobody can tell later whether a test set "
         "has one of them");
  out << calibration_text(options, calibration);
  if (calibration.guard)
    out << fmt::format("Guard: what {} images look like, and a margin of {:g}; outside is REVIEW\n",
                       calibration.guard->images, calibration.guard->margin);
  if (package)
    out << fmt::format("Written: {} (model package {} {})\n",
                       printable(options.input.output.string()), printable(package->name()),
                       printable(package->version()));
  return kExitDone;
}

}  // namespace zeromiss
