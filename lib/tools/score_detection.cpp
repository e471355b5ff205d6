#include "score_detection.hpp"

#include "detection_set.hpp"
#include "drawings.hpp"
#include "match.hpp"
#include "object_inputs.hpp"
#include "operating.hpp"
#include "pod_targets.hpp"
#include "score_messages.hpp"
#include "test_set.hpp"

#include <zeromiss/base/text.hpp>
#include <zeromiss/report/metrics_report.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace zeromiss {
namespace {

constexpr const char* kTask = "detection";
enum Row : std::uint32_t { kDefective, kGood };

/// Options of other tasks are refused: ignoring them would answer another question than was asked.
void check(const ScoreOptions& options) {
  if (!(options.voc_iou > 0.0 && options.voc_iou <= 1.0))
    refuse_usage(
        fmt::format("--voc-iou {}: expected a number above 0 and at most 1", options.voc_iou));
  if (options.task != "auto" && options.task != kTask)
    refuse_usage(fmt::format("--task {}: the ground truth ({}) is that of a {}", options.task,
                             options.ground_truth.string(), kTask));
}

Shape choose_shape(const ScoreOptions& options, const FoundObjects& found) {
  if (options.iou_type == "bbox") return Shape::box;
  if (options.iou_type == "segm") return Shape::mask;
  if (options.iou_type != "auto")
    refuse_usage(fmt::format("--iou-type {}: expected auto, bbox or segm", options.iou_type));
  return found.has_boxes ? Shape::box : Shape::mask;
}

/// The score that decides, and where it comes from; no score: none can be chosen, or (by verdict)
/// the run does not say it.
struct Cut {
  std::optional<double> score;
  std::string origin;
  bool by_verdict = false;
};

/// What decides about one image: its record's score where there is one, else what was found.
class Images {
 public:
  Images(const ObjectInputs& inputs, std::vector<ImageScore> scores)
      : inputs_(inputs), scores_(std::move(scores)) {}

  [[nodiscard]] std::size_t size() const { return scores_.size(); }
  [[nodiscard]] bool defective(std::size_t i) const { return scores_[i].defective; }
  [[nodiscard]] std::optional<double> score(std::size_t i) const {
    const ImageVerdict* verdict = verdict_of(i);
    return verdict != nullptr && verdict->score ? verdict->score : scores_[i].score;
  }
  [[nodiscard]] const ImageVerdict* verdict_of(std::size_t i) const {
    return inputs_.verdicts.empty() ? nullptr : &inputs_.verdicts[i];
  }
  [[nodiscard]] Decision decide(std::size_t i, const Cut& cut) const {
    const ImageVerdict* verdict = verdict_of(i);
    if (verdict != nullptr && verdict->column == kMissingColumn) return Decision::missing;
    if (verdict != nullptr && verdict->column == kErrorColumn) return Decision::not_judged;
    if (cut.by_verdict) return verdict->column == 0 ? Decision::passed : Decision::flagged;
    const auto found = score(i);  // nothing found passes any limit
    return found && *found >= *cut.score ? Decision::flagged : Decision::passed;
  }
  /// Those in which something was found.
  [[nodiscard]] std::vector<ScoredSample> samples() const {
    std::vector<ScoredSample> samples;
    for (std::size_t i = 0; i < size(); ++i)
      if (const auto found = score(i)) samples.push_back({*found, defective(i)});
    return samples;
  }
  /// All that were judged, for curves: where nothing was found the score is below all others.
  [[nodiscard]] std::vector<ScoredSample> ranked_samples() const {
    double lowest = 0.0;  // what most would take for "nothing"
    for (const ScoredSample& sample : samples())
      if (sample.score <= lowest) lowest = sample.score - 1.0;
    std::vector<ScoredSample> ranked;
    for (std::size_t i = 0; i < size(); ++i) {
      const ImageVerdict* verdict = verdict_of(i);
      if (verdict != nullptr && verdict->column >= kErrorColumn) continue;
      ranked.push_back({score(i).value_or(lowest), defective(i)});
    }
    return ranked;
  }

 private:
  const ObjectInputs& inputs_;
  std::vector<ImageScore> scores_;
};

Cut choose_cut(const ScoreOptions& options, const ObjectInputs& inputs, const Images& images) {
  if (options.threshold) return {options.threshold, "--threshold"};
  if (!options.zero_miss && !inputs.verdicts.empty()) {
    if (inputs.limits) return {inputs.limits->review_at, "model review_at", true};
    return {std::nullopt, "verdicts", true};
  }
  return {zero_miss_threshold(images.samples()), "zero-miss"};
}

Miss describe(const Images& images, const ObjectTruth& truth, std::size_t i) {
  Miss miss{};
  miss.image = to_utf8(truth.images[i].name);
  miss.truth = images.defective(i) ? "defective" : "good";
  const ImageVerdict* verdict = images.verdict_of(i);
  miss.verdict = verdict != nullptr ? kVerdictColumns.at(verdict->column) : "";
  miss.score = images.score(i);
  if (verdict != nullptr) miss.error_code = verdict->error_code;
  return miss;
}

void add_operating_point(Evaluation& evaluation, const Images& images, const ObjectTruth& truth,
                         const Cut& cut, const ScoreOptions& options) {
  if (!cut.score && !cut.by_verdict) {
    evaluation.no_operating_point = "no_defective_image_with_a_score";
    return;
  }
  const Figure threshold = cut.score ? Figure(*cut.score) : Figure::undefined("limit_not_recorded");
  OperatingPointBuilder point(evaluation, threshold, cut.origin);
  for (std::size_t i = 0; i < images.size(); ++i) {
    const Row row = images.defective(i) ? kDefective : kGood;
    const Decision decision = images.decide(i, cut);
    const auto score = images.score(i);
    ImageOutcome outcome{score.value_or(0.0), 0.0, row, -1, decision, score.has_value()};
    if (const ImageVerdict* verdict = images.verdict_of(i)) outcome.verdict = verdict->column;
    evaluation.outcomes.push_back(outcome);
    point.add(row, decision, [&] { return describe(images, truth, i); });
  }
  point.finish(options);
}

/// What inspect said of the images, as a table and as counts.
void add_verdicts(Evaluation& evaluation, const Images& images) {
  for (std::size_t i = 0; i < images.size(); ++i) {
    const ImageVerdict* verdict = images.verdict_of(i);
    if (verdict == nullptr) return;
    ++evaluation.truths[images.defective(i) ? kDefective : kGood].verdicts.at(verdict->column);
    if (verdict->column == kErrorColumn) ++evaluation.errors;
    if (verdict->column == kMissingColumn) ++evaluation.missing;
  }
}

DetectionReport detection_report(const DetectionSet& set, const ObjectTruth& truth, Shape shape,
                                 const Cut& cut, const ScoreOptions& options) {
  DetectionReport report;
  report.classes = truth.classes;
  report.iou_type = shape == Shape::mask ? "segm" : "bbox";
  report.coco = coco_ap(set, shape);
  report.voc_iou = options.voc_iou;
  report.voc = voc_ap(set, {options.voc_iou, BoxEnds::continuous});
  report.score = cut.score ? Figure(*cut.score)
                           : Figure::undefined(cut.by_verdict ? "limit_not_recorded"
                                                              : "no_defective_image_with_a_score");
  ErrorOptions errors;
  errors.shape = shape;
  errors.iou = report.error_iou;
  errors.score = cut.score.value_or(std::numeric_limits<double>::lowest());
  report.errors = detection_errors(set, errors);
  return report;
}

/// `inputs` must outlive the result: it asks them for names.
Evaluation evaluate(const ObjectInputs& inputs, const ScoreOptions& options) {
  const Shape shape = choose_shape(options, inputs.found);
  const DetectionSet set =
      detection_set(inputs.truth, inputs.found, shape, options.ground_truth.string(),
                    options.predictions.string());
  Evaluation evaluation;
  evaluation.task = kTask;
  evaluation.predictions_format = inputs.predictions_format;
  evaluation.gt_format = inputs.gt_format;
  evaluation.images = inputs.truth.images.size();
  evaluation.unlabelled = inputs.unlabelled;
  evaluation.labels_sha256 = labels_sha256(inputs.truth);
  evaluation.label_folder = inputs.label_folder;
  evaluation.label_files = inputs.label_files;
  evaluation.has_verdicts = !inputs.verdicts.empty();
  evaluation.truths = {{"defective", true, {}, {}}, {"good", false, {}, {}}};
  // Objects are defects unless somebody says otherwise.
  const std::vector<bool> defects =
      defects_by_option(inputs.truth.classes, options)
          .value_or(std::vector<bool>(inputs.truth.classes.size(), true));
  for (std::size_t k = 0; k < defects.size(); ++k)
    if (defects[k]) evaluation.positive.push_back(inputs.truth.classes[k]);
  const Images images(inputs, image_scores(set, defects));
  add_verdicts(evaluation, images);
  const Cut cut = choose_cut(options, inputs, images);
  add_operating_point(evaluation, images, inputs.truth, cut, options);
  evaluation.defect_score = defect_score_report(images.ranked_samples());
  evaluation.detection = detection_report(set, inputs.truth, shape, cut, options);
  evaluation.image_name = [&inputs](std::size_t i) { return inputs.truth.images[i].name; };
  add_object_pod(evaluation, set, defects, options);
  evaluation.drawings = drawings(set, inputs.truth, images_to_draw(evaluation), cut.score);
  return evaluation;
}

}  // namespace

int score_detection(const ScoreOptions& options, const EvaluationSink& use) {
  check(options);
  const ObjectInputs inputs = read_objects(options);
  Evaluation evaluation = evaluate(inputs, options);
  const auto unseen =
      std::count_if(evaluation.misses.begin(), evaluation.misses.end(),
                    [](const Miss& miss) { return miss.kind == MissKind::escape && !miss.score; });
  if (unseen > 0)
    note(options, fmt::format("{} defective images have no detection at all: they escape at any "
                              "threshold and are listed in {}",
                              unseen, kMissesFile));
  return use(evaluation);
}

}  // namespace zeromiss
