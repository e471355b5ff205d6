#include "baseline.hpp"
#include "calibration.hpp"
#include "class_list.hpp"
#include "labelled_scores.hpp"
#include "match.hpp"
#include "object_inputs.hpp"
#include "operating.hpp"
#include "pod_targets.hpp"
#include "predicted_run.hpp"
#include "run_statement.hpp"
#include "score_detection.hpp"
#include "score_messages.hpp"
#include "score_regression.hpp"
#include "score_segmentation.hpp"
#include "seal_check.hpp"
#include "split_guard.hpp"
#include "test_set.hpp"
#include "with_evaluation.hpp"

#include <zeromiss/base/text.hpp>
#include <zeromiss/report/metrics_report.hpp>
#include <zeromiss/tools/score.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace zeromiss {
namespace {

constexpr std::size_t kCurvePoints = 2000;  ///< of each curve in curves.json
constexpr std::size_t kMostTopK = 5;

void check(const ScoreOptions& options) {
  if (options.predictions.empty()) refuse_usage("say what to score: --predictions FOLDER");
  if (options.ground_truth.empty()) refuse_usage("say what is true: --gt FOLDER");
  if (!(options.confidence > 0.0 && options.confidence < 1.0))
    refuse_usage(fmt::format("--confidence {}: expected a number between 0 and 1, such as 0.95",
                             options.confidence));
  if (options.threshold && !std::isfinite(*options.threshold))
    refuse_usage("--threshold: expected a finite number");
  if (int(options.threshold.has_value()) + int(options.zero_miss) +
          int(!options.calibration.empty()) >
      1)
    refuse_usage(
        "--threshold, --zero-miss and --calibration exclude each other: choose one operating "
        "point");
  if (!options.positive.empty() && !options.good.empty())
    refuse_usage("--positive and --good exclude each other: name the defects or the good class");
  if (options.defect_rate && !(*options.defect_rate >= 0.0 && *options.defect_rate <= 1.0))
    refuse_usage(fmt::format("--defect-rate {}: expected a share from 0 to 1, such as 0.01",
                             *options.defect_rate));
  check_pod_options(options);
  for (const auto& expression : options.require) static_cast<void>(parse_gate(expression));
  constexpr std::array kTasks{"auto", "classification", "detection", "segmentation", "regression"};
  if (std::find(kTasks.begin(), kTasks.end(), options.task) == kTasks.end())
    refuse_usage(
        fmt::format("--task {}: expected one of {}", options.task, fmt::join(kTasks, ", ")));
}

/// Which of `classes` are defects; empty when nobody said so.
std::vector<bool> defect_flags(const std::vector<std::string>& classes, const PredictedRun& run,
                               const GroundTruth& truth, const ScoreOptions& options) {
  if (auto flags = defects_by_option(classes, options)) return *std::move(flags);
  if (run.task == Task::classification && !run.classes.empty()) {
    std::vector<bool> flags;
    for (const auto& info : run.classes) flags.push_back(info.defect);
    return flags;
  }
  std::vector<bool> flags;
  if (!truth.good.empty())
    for (const auto& name : classes) flags.push_back(name != truth.good);
  return flags;
}

/// The limit of the report, and how each image fares at it.
struct Cut {
  enum class By { score, verdict, label };
  Figure threshold;
  std::string origin;
  By by = By::score;

  [[nodiscard]] Decision decide(const ImageResult& result, const std::vector<bool>& defects) const {
    if (result.column == kMissingColumn) return Decision::missing;
    if (result.column == kErrorColumn) return Decision::not_judged;
    if (by == By::verdict) return result.column == 0 ? Decision::passed : Decision::flagged;
    if (by == By::label) {
      if (result.label < 0) return Decision::not_judged;
      const bool defect = defects.at(static_cast<std::size_t>(result.label));
      return defect ? Decision::flagged : Decision::passed;
    }
    const auto score = result.has_score ? std::optional(result.score) : std::nullopt;
    return zeromiss::decide(score, *threshold.value);
  }
};

std::vector<ScoredSample> scored_samples(const Matched& matched, const std::vector<bool>& defects) {
  std::vector<ScoredSample> samples;
  for (std::size_t i = 0; i < matched.results.size(); ++i)
    if (matched.results[i].has_score)
      samples.push_back({matched.results[i].score, defects[matched.truths[i]]});
  return samples;
}

/// No value: it is the zero-miss point and no defective image has a score.
std::optional<Cut> choose_cut(const ScoreOptions& options, const PredictedRun& run,
                              const std::vector<ScoredSample>& samples) {
  const bool by_score = options.threshold || options.zero_miss || !options.calibration.empty();
  if (by_score && !run.scores)
    refuse_usage(fmt::format("{}: the predictions ({}) hold no scores",
                             options.threshold   ? "--threshold"
                             : options.zero_miss ? "--zero-miss"
                                                 : "--calibration",
                             run.format));
  if (!options.calibration.empty())
    return Cut{read_calibration(options.calibration).review_at, "calibration", Cut::By::score};
  if (options.threshold) return Cut{*options.threshold, "--threshold", Cut::By::score};
  if (!run.scores) return Cut{Figure::undefined("no_scores"), "predicted labels", Cut::By::label};
  if (options.zero_miss || run.kind != PredictionsFormat::inspect) {
    const auto threshold = zero_miss_threshold(samples);
    if (!threshold) return std::nullopt;
    return Cut{*threshold, "zero-miss", Cut::By::score};
  }
  if (run.for_calibration) refuse_calibration_verdicts(run.results);
  if (run.limits) return Cut{run.limits->review_at, "model review_at", Cut::By::verdict};
  return Cut{Figure::undefined("limit_not_recorded"), "verdicts", Cut::By::verdict};
}

Miss describe(const Matched& matched, const GroundTruth& truth, std::size_t i) {
  const ImageResult& result = matched.results[i];
  Miss miss{};
  miss.image = to_utf8(truth.images[i].image);
  miss.truth = matched.classes[matched.truths[i]];
  miss.verdict = result.column < kVerdictColumns.size() ? kVerdictColumns.at(result.column) : "";
  if (result.label >= 0) miss.label = matched.classes[static_cast<std::size_t>(result.label)];
  if (result.has_score) miss.score = result.score;
  const auto code = matched.error_codes.find(i);
  if (code != matched.error_codes.end()) miss.error_code = code->second;
  return miss;
}

void add_operating_point(Evaluation& evaluation, const Matched& matched, const GroundTruth& truth,
                         const Cut& cut, const std::vector<bool>& defects,
                         const ScoreOptions& options) {
  OperatingPointBuilder point(evaluation, cut.threshold, cut.origin);
  evaluation.outcomes.resize(matched.results.size());
  for (std::size_t i = 0; i < matched.results.size(); ++i) {
    const Decision decision = cut.decide(matched.results[i], defects);
    evaluation.outcomes[i].decision = decision;
    point.add(matched.truths[i], decision, [&] { return describe(matched, truth, i); });
  }
  point.finish(options);
}

ClassificationReport classification_report(const Matched& matched) {
  ClassificationReport report;
  report.matrix = matched.samples.matrix();
  report.figures = confusion_figures(report.matrix);
  report.ranking = ranking_figures(matched.samples, kCurvePoints);
  for (std::size_t k = 1; k <= std::min(kMostTopK, matched.classes.size()); ++k)
    report.top_k[k] = top_k_accuracy(matched.samples, k);
  return report;
}

/// Without an operating point: why, and at least the images that nothing was predicted for.
void explain_no_point(Evaluation& evaluation, const Matched& matched, const GroundTruth& truth,
                      const std::string& reason) {
  evaluation.no_operating_point = reason;
  for (std::size_t i = 0; i < matched.results.size(); ++i)
    if (matched.results[i].column == kMissingColumn) {
      evaluation.misses.push_back(describe(matched, truth, i));
      evaluation.misses.back().kind = MissKind::missing;
    }
}

/// Two classes and one score an image: what the score says of the classes. `by_cut`: it also
/// decides between them, where no label was predicted.
void add_binary_samples(Matched& matched, const std::vector<bool>& defects,
                        const std::optional<Cut>& cut) {
  const bool by_cut = !matched.has_classes;
  if (by_cut && !cut) return;
  const std::size_t positive = defects[0] ? 0 : 1;
  const bool probabilities = std::all_of(
      matched.results.begin(), matched.results.end(),
      [](const ImageResult& r) { return !r.has_score || (r.score >= 0.0 && r.score <= 1.0); });
  ClassificationSamples samples(2);
  for (std::size_t i = 0; i < matched.results.size(); ++i) {
    ImageResult& result = matched.results[i];
    if (by_cut && result.has_score) {
      const bool flagged = cut->decide(result, defects) == Decision::flagged;
      result.label = static_cast<std::int32_t>(flagged ? positive : 1 - positive);
    }
    std::vector<double> both;
    if (result.has_score) {
      both.assign(2, probabilities ? 1.0 - result.score : -result.score);
      both[positive] = result.score;
    }
    const auto label =
        result.label < 0 ? std::nullopt : std::optional(static_cast<std::size_t>(result.label));
    samples.add(matched.truths[i], label, both);
  }
  matched.samples = std::move(samples);
  matched.has_classes = true;
}

bool is_binary(const Matched& matched, const std::vector<bool>& defects, const PredictedRun& run) {
  return run.kind == PredictionsFormat::csv && run.scores && matched.samples.scored() == 0 &&
         defects.size() == 2 && defects[0] != defects[1];
}

void add_good_and_bad(Evaluation& evaluation, Matched& matched, const GroundTruth& truth,
                      const PredictedRun& run, const ScoreOptions& options) {
  if (matched.classes.empty()) return explain_no_point(evaluation, matched, truth, "no_images");
  const auto defects = defect_flags(matched.classes, run, truth, options);
  if (defects.empty()) return explain_no_point(evaluation, matched, truth, "no_positive_classes");
  for (std::size_t k = 0; k < defects.size(); ++k) {
    evaluation.truths[k].defect = defects[k];
    if (defects[k]) evaluation.positive.push_back(matched.classes[k]);
  }
  const auto samples = scored_samples(matched, defects);
  if (run.scores) evaluation.defect_score = defect_score_report(samples);
  const auto cut = choose_cut(options, run, samples);
  if (is_binary(matched, defects, run)) add_binary_samples(matched, defects, cut);
  if (!cut) return explain_no_point(evaluation, matched, truth, "no_defective_image_with_a_score");
  add_operating_point(evaluation, matched, truth, *cut, defects, options);
}

std::string task_of(const Matched& matched, const PredictedRun& run) {
  if (run.task) return std::string(task_name(*run.task));
  const bool classes = matched.has_classes || run.kind != PredictionsFormat::inspect;
  return std::string(task_name(classes ? Task::classification : Task::anomaly));
}

Evaluation evaluate(Matched& matched, const GroundTruth& truth, const PredictedRun& run,
                    const ScoreOptions& options) {
  Evaluation evaluation;
  evaluation.task = task_of(matched, run);
  evaluation.has_verdicts = run.kind == PredictionsFormat::inspect;
  for (const auto& name : matched.classes) evaluation.truths.push_back({name, false, {}, {}});
  for (std::size_t i = 0; i < matched.results.size(); ++i)
    if (matched.results[i].column < kVerdictColumns.size())
      ++evaluation.truths[matched.truths[i]].verdicts.at(matched.results[i].column);
  add_good_and_bad(evaluation, matched, truth, run, options);
  if (matched.has_classes) {
    evaluation.classes = matched.classes;
    evaluation.classification = classification_report(matched);
  } else if (evaluation.task == task_name(Task::classification)) {
    evaluation.no_classification = "no_predicted_classes";
  }
  return evaluation;
}

/// The single images, for the page.
void add_outcomes(Evaluation& evaluation, const Matched& matched, const GroundTruth& truth) {
  evaluation.outcomes.resize(matched.results.size());
  for (std::size_t i = 0; i < matched.results.size(); ++i) {
    ImageOutcome& outcome = evaluation.outcomes[i];
    outcome.has_score = matched.results[i].has_score;
    outcome.score = matched.results[i].score;
    outcome.predicted = matched.results[i].label;
    outcome.verdict = matched.results[i].column;
    if (truth.values)
      outcome.value = truth.images[i].value.value();
    else
      outcome.truth = static_cast<std::uint32_t>(matched.truths[i]);
  }
  evaluation.image_name = [&truth](std::size_t i) { return truth.images[i].image; };
}

/// What every task reports of what was read.
void add_counts(Evaluation& evaluation, const Matched& matched, const GroundTruth& truth,
                const PredictedRun& run) {
  evaluation.predictions_format = run.format;
  evaluation.gt_format = std::string(truth_format_name(truth.format));
  evaluation.images = truth.images.size();
  evaluation.missing = matched.missing;
  evaluation.errors = matched.errors;
  evaluation.unlabelled = matched.unlabelled;
  evaluation.labels_sha256 = labels_sha256(truth);
  if (!truth.size_column.empty()) evaluation.sizes_sha256 = sizes_sha256(truth);
}

/// The two inputs must be of one kind, and of the one that was asked for.
void check_task(const ScoreOptions& options, const GroundTruth& truth, const PredictedRun& run) {
  if (truth.values != run.values)
    throw Error(ErrorKind::input,
                fmt::format("{} holds {}, {} holds {}: they cannot be compared",
                            options.ground_truth.string(), truth.values ? "values" : "labels",
                            run.results.string(), run.values ? "values" : "labels or scores"));
  const std::string found = truth.values ? "regression" : "classification";
  if (options.task != "auto" && options.task != found)
    refuse_usage(
        fmt::format("--task {}: the predictions ({}) and the ground truth ({}) are those "
                    "of a {}",
                    options.task, run.format, truth_format_name(truth.format), found));
}

GroundTruth read_truth(const ScoreOptions& options) {
  const bool automatic = options.gt_format == "auto";
  const TruthFormat format =
      automatic ? detect_truth_format(options.ground_truth) : parse_truth_format(options.gt_format);
  GroundTruth truth = read_ground_truth(options.ground_truth, format, options.size_column);
  const std::string what =
      truth.values ? "with values" : fmt::format("in {} classes", truth.classes.size());
  note(options,
       fmt::format("ground truth: {} images {}, read as \"{}\"{}", truth.images.size(), what,
                   truth_format_name(format), automatic ? " (--gt-format overrides)" : ""));
  if (options.verbose)
    for (const auto& skipped : truth.skipped)
      note(options, fmt::format("skipped: {} ({})", printable(skipped.path), skipped.reason));
  return truth;
}

PredictedRun read_run(const ScoreOptions& options) {
  const auto format = predictions_format(options.predictions_format, options.predictions);
  PredictedRun run = open_predictions(options.predictions, format, class_list(options.classes));
  note(
      options,
      fmt::format("predictions: {}{}", run.format,
                  options.predictions_format == "auto" ? " (--predictions-format overrides)" : ""));
  if (run.kind != PredictionsFormat::inspect) return run;
  if (run.has_run_file && !run.has_summary)
    note(options,
         "the inspection did not finish (no summary.json): images without a record count "
         "as misses");
  if (!run.has_run_file)
    note(options,
         "without run.json the model's class order is not known: no curves of classes, no "
         "top-k");
  return run;
}

}  // namespace

LabelledScores read_labelled_scores(const ScoreOptions& options) {
  check(options);
  if (is_segmentation(options) || are_object_labels(options))
    refuse_usage(
        "labels of objects and masks cannot be calibrated on in this version; give image scores");
  LabelledScores read{read_truth(options), read_run(options), {}, {}};
  const PredictedRun& run = read.run;
  check_task(options, read.truth, run);
  if (read.truth.values || !run.scores)
    refuse_usage(fmt::format("the predictions ({}) hold no defect scores", run.format));
  const auto known = run.class_names.empty()
                         ? std::vector<bool>()
                         : defect_flags(run.class_names, run, read.truth, options);
  Progress progress(options.quiet ? ProgressMode::never : options.progress, "records", run.images);
  read.matched = match(read.truth, run, known, options.allow_unlabelled, progress);
  read.defects = defect_flags(read.matched.classes, run, read.truth, options);
  if (read.defects.empty())
    refuse_usage("say which classes are defects: --positive NAME,... or --good NAME");
  return read;
}

int with_evaluation(const ScoreOptions& options, const EvaluationSink& sink) {
  check(options);
  const EvaluationSink use = [&](Evaluation& evaluation) {
    evaluation.run = run_statement(options.predictions);
    return sink(evaluation);
  };
  if (!options.calibration.empty() && (is_segmentation(options) || are_object_labels(options)))
    refuse_usage("--calibration goes with image scores, not with labels of objects or masks");
  if (is_segmentation(options)) return score_segmentation(options, use);
  if (are_object_labels(options)) return score_detection(options, use);
  if (options.gt_format != "auto") static_cast<void>(parse_truth_format(options.gt_format));
  const PredictedRun run = read_run(options);
  const GroundTruth truth = read_truth(options);
  check_task(options, truth, run);
  const auto defects = run.class_names.empty() ? std::vector<bool>()
                                               : defect_flags(run.class_names, run, truth, options);
  Progress progress(options.quiet ? ProgressMode::never : options.progress, "records", run.images);
  Matched matched = match(truth, run, defects, options.allow_unlabelled, progress);
  refuse_calibration_images(options, run, matched, truth);
  Evaluation evaluation =
      truth.values ? evaluate_regression(matched, truth) : evaluate(matched, truth, run, options);
  add_counts(evaluation, matched, truth, run);
  add_outcomes(evaluation, matched, truth);
  add_image_pod(evaluation, truth, options);
  const int code = use(evaluation);
  if (evaluation.missing > 0)
    note(options,
         fmt::format("{} labelled images have no prediction: {} listed in {}", evaluation.missing,
                     truth.values ? "no figure counts them, so none passes a gate; they are"
                                  : "they count as wrong and are",
                     kMissesFile));
  return code;
}

int score(const ScoreOptions& options, std::ostream& out) {
  check(options);
  check_baseline_options(options);
  refuse_existing_outputs(options);
  const auto seal = check_seal(options);  // before any figure
  const auto baseline = read_baseline(options);
  return with_evaluation(options, [&](Evaluation& evaluation) {
    if (seal) require_sealed_files(*seal, evaluation, options);
    if (seal) evaluation.seal = {seal->seal.root, seal->seal.hashes.size()};
    return publish(evaluation, baseline ? &*baseline : nullptr, options, out);
  });
}

}  // namespace zeromiss
