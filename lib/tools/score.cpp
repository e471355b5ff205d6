#include "match.hpp"
#include "misses.hpp"
#include "predicted_run.hpp"
#include "score_detection.hpp"

#include <zeromiss/base/text.hpp>
#include <zeromiss/report/metrics_report.hpp>
#include <zeromiss/tools/score.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace zeromiss {
namespace {

constexpr std::size_t kCurvePoints = 2000;  ///< of each curve in curves.json
constexpr std::size_t kMostTopK = 5;

[[noreturn]] void refuse_usage(const std::string& problem) {
  throw Error(ErrorKind::usage, problem);
}

void check(const ScoreOptions& options) {
  if (options.predictions.empty()) refuse_usage("say what to score: --predictions FOLDER");
  if (options.ground_truth.empty()) refuse_usage("say what is true: --gt FOLDER");
  if (!(options.confidence > 0.0 && options.confidence < 1.0))
    refuse_usage(fmt::format("--confidence {}: expected a number between 0 and 1, such as 0.95",
                             options.confidence));
  if (options.threshold && !std::isfinite(*options.threshold))
    refuse_usage("--threshold: expected a finite number");
  if (options.threshold && options.zero_miss)
    refuse_usage("--threshold and --zero-miss exclude each other: choose one operating point");
  if (!options.positive.empty() && !options.good.empty())
    refuse_usage("--positive and --good exclude each other: name the defects or the good class");
  if (options.defect_rate && !(*options.defect_rate >= 0.0 && *options.defect_rate <= 1.0))
    refuse_usage(fmt::format("--defect-rate {}: expected a share from 0 to 1, such as 0.01",
                             *options.defect_rate));
}

void note(const ScoreOptions& options, const std::string& message) {
  if (!options.quiet) fmt::print(stderr, "evaluate: {}\n", message);
}

/// Which of `classes` are defects; empty when nobody said so.
std::vector<bool> defect_flags(const std::vector<std::string>& classes, const PredictedRun& run,
                               const ScoreOptions& options) {
  const auto require_known = [&](const std::string& option, const std::string& name) {
    if (std::find(classes.begin(), classes.end(), name) == classes.end())
      refuse_usage(fmt::format("{} \"{}\": no such class; there are {}", option, printable(name),
                               fmt::join(classes, ", ")));
  };
  std::vector<bool> flags(classes.size());
  if (!options.positive.empty()) {
    for (const auto& name : options.positive) {
      require_known("--positive", name);
      for (std::size_t k = 0; k < classes.size(); ++k)
        if (classes[k] == name) flags[k] = true;
    }
    return flags;
  }
  if (!options.good.empty()) {
    require_known("--good", options.good);
    for (std::size_t k = 0; k < classes.size(); ++k) flags[k] = classes[k] != options.good;
    return flags;
  }
  if (run.task != Task::classification || run.classes.empty()) return {};
  for (std::size_t k = 0; k < classes.size(); ++k) flags[k] = run.classes.at(k).defect;
  return flags;
}

/// The limit of the report, and how each image fares at it.
struct Cut {
  Figure threshold;
  std::string origin;
  bool by_verdict = false;

  [[nodiscard]] Decision decide(const ImageResult& result) const {
    if (result.column == kMissingColumn) return Decision::missing;
    if (result.column == kErrorColumn) return Decision::not_judged;
    if (by_verdict) return result.column == 0 ? Decision::passed : Decision::flagged;
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

/// No value: the zero-miss point was asked for and no defective image has a score.
std::optional<Cut> choose_cut(const ScoreOptions& options, const PredictedRun& run,
                              const std::vector<ScoredSample>& samples) {
  if (options.threshold) return Cut{*options.threshold, "--threshold", false};
  if (options.zero_miss) {
    const auto threshold = zero_miss_threshold(samples);
    if (!threshold) return std::nullopt;
    return Cut{*threshold, "zero-miss", false};
  }
  if (run.limits) return Cut{run.limits->review_at, "model review_at", true};
  return Cut{Figure::undefined("limit_not_recorded"), "verdicts", true};
}

Miss describe(MissKind kind, const Matched& matched, const GroundTruth& truth, std::size_t i) {
  const ImageResult& result = matched.results[i];
  Miss miss;
  miss.kind = kind;
  miss.image = to_utf8(truth.images[i].image);
  miss.truth = matched.classes[matched.truths[i]];
  miss.verdict = kVerdictColumns.at(result.column);
  if (result.label >= 0) miss.label = matched.classes[static_cast<std::size_t>(result.label)];
  if (result.has_score) miss.score = result.score;
  const auto code = matched.error_codes.find(i);
  if (code != matched.error_codes.end()) miss.error_code = code->second;
  return miss;
}

/// Nothing when the image got what it deserves.
std::optional<MissKind> miss_kind(bool defect, Decision decision) {
  if (!defect)
    return decision == Decision::passed ? std::nullopt : std::optional(MissKind::overkill);
  if (decision == Decision::flagged) return std::nullopt;
  return decision == Decision::not_judged ? MissKind::not_judged : MissKind::escape;
}

void add_operating_point(Evaluation& evaluation, const Matched& matched, const GroundTruth& truth,
                         const Cut& cut, const ScoreOptions& options) {
  for (std::size_t i = 0; i < matched.results.size(); ++i) {
    const Decision decision = cut.decide(matched.results[i]);
    TruthRow& row = evaluation.truths[matched.truths[i]];
    row.decisions.add(decision);
    const auto kind = miss_kind(row.defect, decision);
    if (!kind) continue;
    evaluation.misses.push_back(describe(*kind, matched, truth, i));
    Miss& miss = evaluation.misses.back();
    if (miss.score && cut.threshold.defined())
      miss.margin = std::abs(*miss.score - *cut.threshold.value);
  }
  sort_misses(evaluation.misses);
  DecisionCounts defective, good;
  for (const auto& row : evaluation.truths) (row.defect ? defective : good).add(row.decisions);
  OperatingPoint point;
  point.threshold = cut.threshold;
  point.origin = cut.origin;
  point.figures = operating_figures(defective, good, options.confidence);
  if (options.defect_rate) {
    point.defect_rate = options.defect_rate;
    point.line = line_figures(point.figures, *options.defect_rate);
  }
  evaluation.operating_point = std::move(point);
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
    if (matched.results[i].column == kMissingColumn)
      evaluation.misses.push_back(describe(MissKind::missing, matched, truth, i));
}

void add_good_and_bad(Evaluation& evaluation, const Matched& matched, const GroundTruth& truth,
                      const PredictedRun& run, const ScoreOptions& options) {
  const auto defects = defect_flags(matched.classes, run, options);
  if (defects.empty()) return explain_no_point(evaluation, matched, truth, "no_positive_classes");
  for (std::size_t k = 0; k < defects.size(); ++k) {
    evaluation.truths[k].defect = defects[k];
    if (defects[k]) evaluation.positive.push_back(matched.classes[k]);
  }
  const auto samples = scored_samples(matched, defects);
  const Ranking ranking = rank_samples(samples);
  evaluation.defect_score =
      DefectScoreReport{roc_auc(ranking), average_precision(ranking),
                        thinned(ranking, kCurvePoints), ranking.points.size()};
  const auto cut = choose_cut(options, run, samples);
  if (!cut) return explain_no_point(evaluation, matched, truth, "no_defective_image_with_a_score");
  add_operating_point(evaluation, matched, truth, *cut, options);
}

Evaluation evaluate(const Matched& matched, const GroundTruth& truth, const PredictedRun& run,
                    const ScoreOptions& options) {
  Evaluation evaluation;
  evaluation.task = std::string(
      task_name(run.task.value_or(matched.has_classes ? Task::classification : Task::anomaly)));
  evaluation.predictions_format = run.format;
  evaluation.gt_format = std::string(truth_format_name(truth.format));
  evaluation.images = truth.images.size();
  evaluation.missing = matched.missing;
  evaluation.errors = matched.errors;
  evaluation.unlabelled = matched.unlabelled;
  for (const auto& name : matched.classes) evaluation.truths.push_back({name, false, {}, {}});
  for (std::size_t i = 0; i < matched.results.size(); ++i)
    ++evaluation.truths[matched.truths[i]].verdicts.at(matched.results[i].column);
  if (matched.has_classes) {
    evaluation.classes = matched.classes;
    evaluation.classification = classification_report(matched);
  }
  add_good_and_bad(evaluation, matched, truth, run, options);
  return evaluation;
}

GroundTruth read_truth(const ScoreOptions& options) {
  const bool automatic = options.gt_format == "auto";
  const TruthFormat format =
      automatic ? detect_truth_format(options.ground_truth) : parse_truth_format(options.gt_format);
  GroundTruth truth = read_ground_truth(options.ground_truth, format);
  note(options, fmt::format("ground truth: {} images in {} classes, read as \"{}\"{}",
                            truth.images.size(), truth.classes.size(), truth_format_name(format),
                            automatic ? " (--gt-format overrides)" : ""));
  if (options.verbose)
    for (const auto& skipped : truth.skipped)
      note(options, fmt::format("skipped: {} ({})", printable(skipped.path), skipped.reason));
  return truth;
}

PredictedRun read_run(const ScoreOptions& options) {
  PredictedRun run = open_predictions(options.predictions);
  note(options, fmt::format("predictions: {}", run.format));
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

int score(const ScoreOptions& options, std::ostream& out) {
  check(options);
  if (!options.output.empty()) refuse_existing_metrics(options.output, options.overwrite);
  if (is_detection(options)) return score_detection(options, out);
  const PredictedRun run = read_run(options);
  const GroundTruth truth = read_truth(options);
  Progress progress(options.quiet ? ProgressMode::never : options.progress, "records", run.images);
  const Matched matched = match(truth, run, options.allow_unlabelled, progress);
  const Evaluation evaluation = evaluate(matched, truth, run, options);
  if (!options.output.empty()) write_metrics_report(options.output, evaluation, options.overwrite);
  out << metrics_text(evaluation);
  if (!options.output.empty())
    out << "\nWritten: " << printable((options.output / kMetricsFile).string()) << "\n";
  if (evaluation.missing > 0)
    note(options, fmt::format("{} labelled images have no prediction: they count as wrong and are "
                              "listed in {}",
                              evaluation.missing, kMissesFile));
  return evaluation.errors > 0 ? kExitSomeImagesFailed : kExitDone;
}

}  // namespace zeromiss
