#include "score_detection.hpp"

#include "detection_set.hpp"
#include "misses.hpp"
#include "score_messages.hpp"

#include <zeromiss/base/text.hpp>
#include <zeromiss/dataset/coco.hpp>
#include <zeromiss/report/metrics_report.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <stdexcept>

namespace zeromiss {
namespace {

constexpr const char* kTruthFormat = "coco";
constexpr const char* kTask = "detection";
enum Row : std::size_t { kDefective, kGood };
constexpr std::size_t kPassColumn = 0, kRejectColumn = 2;

/// Options of other tasks are refused: ignoring them would answer another question than was asked.
void check(const ScoreOptions& options) {
  if (!(options.voc_iou > 0.0 && options.voc_iou <= 1.0))
    refuse_usage(
        fmt::format("--voc-iou {}: expected a number above 0 and at most 1", options.voc_iou));
  if (options.task != "auto" && options.task != kTask)
    refuse_usage(fmt::format("--task {}: the ground truth ({}) is that of a {}", options.task,
                             kTruthFormat, kTask));
  if (options.predictions_format != "auto" && options.predictions_format != kTruthFormat)
    refuse_usage(
        fmt::format("--predictions-format {}: labels in {} are compared with results in "
                    "coco only",
                    options.predictions_format, kTruthFormat));
  if (!options.classes.empty())
    refuse_usage("--classes: COCO labels name their classes themselves; leave it out");
}

Shape choose_shape(const ScoreOptions& options, const FoundObjects& found) {
  if (options.iou_type == "bbox") return Shape::box;
  if (options.iou_type == "segm") return Shape::mask;
  if (options.iou_type != "auto")
    refuse_usage(fmt::format("--iou-type {}: expected auto, bbox or segm", options.iou_type));
  return found.has_boxes ? Shape::box : Shape::mask;
}

FoundObjects read_found(const ScoreOptions& options, const ObjectTruth& truth) {
  if (!looks_like_coco_results(options.predictions))
    throw Error(
        ErrorKind::input,
        fmt::format("{}: no COCO results there; labels of objects are compared with a .json "
                    "file that holds a list of detections",
                    options.predictions.string()));
  return read_coco_results(options.predictions, truth);
}

/// Objects are defects unless somebody says otherwise.
std::vector<bool> defect_flags(const std::vector<std::string>& classes,
                               const ScoreOptions& options) {
  const auto require_known = [&](const std::string& option, const std::string& name) {
    if (std::find(classes.begin(), classes.end(), name) == classes.end())
      refuse_usage(fmt::format("{} \"{}\": no such class; there are {}", option, printable(name),
                               fmt::join(classes, ", ")));
  };
  for (const auto& name : options.positive) require_known("--positive", name);
  if (!options.good.empty()) require_known("--good", options.good);
  std::vector<bool> flags;
  for (const auto& name : classes)
    flags.push_back(options.positive.empty()
                        ? name != options.good
                        : std::find(options.positive.begin(), options.positive.end(), name) !=
                              options.positive.end());
  return flags;
}

/// The score that decides, and where it comes from; no value: none can be chosen.
struct Cut {
  std::optional<double> score;
  std::string origin;
};

Cut choose_cut(const ScoreOptions& options, const std::vector<ImageScore>& images) {
  if (options.threshold) return {options.threshold, "--threshold"};
  std::vector<ScoredSample> samples;
  for (const ImageScore& image : images)
    if (image.score) samples.push_back({*image.score, image.defective});
  return {zero_miss_threshold(samples), "zero-miss"};
}

void add_operating_point(Evaluation& evaluation, const std::vector<ImageScore>& images,
                         const ObjectTruth& truth, const Cut& cut, const ScoreOptions& options) {
  evaluation.truths = {{"defective", true, {}, {}}, {"good", false, {}, {}}};
  if (!cut.score) {
    evaluation.no_operating_point = "no_defective_image_with_a_score";
    return;
  }
  for (std::size_t i = 0; i < images.size(); ++i) {
    const bool flagged = images[i].score && *images[i].score >= *cut.score;
    TruthRow& row = evaluation.truths[images[i].defective ? kDefective : kGood];
    row.decisions.add(flagged ? Decision::flagged : Decision::passed);
    ++row.verdicts.at(flagged ? kRejectColumn : kPassColumn);
    if (flagged == images[i].defective) continue;
    Miss miss{};
    miss.kind = flagged ? MissKind::overkill : MissKind::escape;
    miss.image = to_utf8(truth.images[i].name);
    miss.truth = row.name;
    miss.verdict = kVerdictColumns.at(flagged ? kRejectColumn : kPassColumn);
    miss.score = images[i].score;
    if (miss.score) miss.margin = std::abs(*miss.score - *cut.score);
    evaluation.misses.push_back(std::move(miss));
  }
  sort_misses(evaluation.misses);
  OperatingPoint point;
  point.threshold = *cut.score;
  point.origin = cut.origin;
  point.figures = operating_figures(evaluation.truths[kDefective].decisions,
                                    evaluation.truths[kGood].decisions, options.confidence);
  if (options.defect_rate) {
    point.defect_rate = options.defect_rate;
    point.line = line_figures(point.figures, *options.defect_rate);
  }
  evaluation.operating_point = std::move(point);
}

DetectionReport detection_report(const DetectionSet& set, const ObjectTruth& truth, Shape shape,
                                 const Cut& cut, const ScoreOptions& options) {
  DetectionReport report;
  report.classes = truth.classes;
  report.iou_type = shape == Shape::mask ? "segm" : "bbox";
  report.coco = coco_ap(set, shape);
  report.voc_iou = options.voc_iou;
  report.voc = voc_ap(set, {options.voc_iou, BoxEnds::continuous});
  report.score =
      cut.score ? Figure(*cut.score) : Figure::undefined("no_defective_image_with_a_score");
  ErrorOptions errors;
  errors.shape = shape;
  errors.iou = report.error_iou;
  errors.score = cut.score.value_or(std::numeric_limits<double>::lowest());
  report.errors = detection_errors(set, errors);
  return report;
}

Evaluation evaluate(const ObjectTruth& truth, const FoundObjects& found,
                    const ScoreOptions& options) {
  const Shape shape = choose_shape(options, found);
  const DetectionSet set = detection_set(truth, found, shape, options.ground_truth.string(),
                                         options.predictions.string());
  Evaluation evaluation;
  evaluation.task = kTask;
  evaluation.predictions_format = "coco results";
  evaluation.gt_format = kTruthFormat;
  evaluation.images = truth.images.size();
  const std::vector<bool> defects = defect_flags(truth.classes, options);
  for (std::size_t k = 0; k < defects.size(); ++k)
    if (defects[k]) evaluation.positive.push_back(truth.classes[k]);
  const std::vector<ImageScore> images = image_scores(set, defects);
  const Cut cut = choose_cut(options, images);
  add_operating_point(evaluation, images, truth, cut, options);
  evaluation.detection = detection_report(set, truth, shape, cut, options);
  return evaluation;
}

}  // namespace

bool is_detection(const ScoreOptions& options) {
  if (options.gt_format == kTruthFormat) return true;
  return options.gt_format == "auto" && looks_like_coco_truth(options.ground_truth);
}

int score_detection(const ScoreOptions& options, std::ostream& out) {
  check(options);
  const ObjectTruth truth = read_coco_truth(options.ground_truth);
  note(options,
       fmt::format("ground truth: {} objects in {} images, {} classes, read as \"{}\"",
                   truth.objects.size(), truth.images.size(), truth.classes.size(), kTruthFormat));
  const FoundObjects found = read_found(options, truth);
  note(options,
       fmt::format("predictions: {} detections, read as COCO results", found.objects.size()));
  Evaluation evaluation = evaluate(truth, found, options);
  const auto unseen =
      std::count_if(evaluation.misses.begin(), evaluation.misses.end(),
                    [](const Miss& miss) { return miss.kind == MissKind::escape && !miss.score; });
  if (unseen > 0)
    note(options, fmt::format("{} defective images have no detection at all: they escape at any "
                              "threshold and are listed in {}",
                              unseen, kMissesFile));
  return publish(evaluation, options, out);
}

}  // namespace zeromiss
