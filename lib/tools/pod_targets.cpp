#include "pod_targets.hpp"

#include "score_messages.hpp"

#include <zeromiss/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace zeromiss {
namespace {

constexpr std::array<std::pair<const char*, PodModel>, 4> kModels{
    {{"logit-log", {Link::logit, SizeAxis::log}},
     {"logit-linear", {Link::logit, SizeAxis::linear}},
     {"probit-log", {Link::probit, SizeAxis::log}},
     {"probit-linear", {Link::probit, SizeAxis::linear}}}};

std::optional<PodModel> model_of(const std::string& name) {
  for (const auto& [known, model] : kModels)
    if (name == known) return model;
  return std::nullopt;
}

class Collector {
 public:
  explicit Collector(const ScoreOptions& options) : options_(options) {
    report_.pixel_size_um = options.pixel_size_um;
    const double side = options.pixel_size_um.value_or(1.0);
    pixel_ = side * side;
  }
  PodReport& report() { return report_; }

  void add(std::uint32_t image, std::uint32_t label, double pixels, bool found) {
    if (!(pixels > 0.0) || !std::isfinite(pixels * pixel_)) {
      ++report_.without_size;
      return;
    }
    report_.rows.push_back({image, label, {pixels * pixel_, found}});
  }

  PodReport take() {
    require_bounds();
    std::stable_sort(
        report_.rows.begin(), report_.rows.end(),
        [](const PodRow& a, const PodRow& b) { return a.target.size < b.target.size; });
    std::vector<PodTarget> targets;
    targets.reserve(report_.rows.size());
    for (const PodRow& row : report_.rows) targets.push_back(row.target);
    PodOptions options;
    options.model = model_of(options_.pod_model);
    options.confidence = options_.confidence;
    report_.study = study_pod(targets, options);
    return std::move(report_);
  }

 private:
  /// At 0.5 the bound of a curve is the curve itself, and below that it is on the better side.
  void require_bounds() const {
    if (options_.confidence > 0.5 || report_.rows.empty()) return;
    refuse_usage(
        fmt::format("--confidence {}: expected more than 0.5: {} defects have sizes, and with 0.5 "
                    "or less a lower bound of how many are found is no bound{}",
                    options_.confidence, report_.rows.size(),
                    report_.target == "image" ? "; --size-column none leaves sizes out" : ""));
  }

  const ScoreOptions& options_;
  double pixel_;
  PodReport report_;
};

}  // namespace

void check_pod_options(const ScoreOptions& options) {
  if (options.pixel_size_um &&
      !(*options.pixel_size_um > 0.0 && std::isfinite(*options.pixel_size_um)))
    refuse_usage(
        fmt::format("--pixel-size-um {}: expected the side of a pixel in micrometres, "
                    "above 0",
                    *options.pixel_size_um));
  if (options.pod_model != "auto" && !model_of(options.pod_model))
    refuse_usage(fmt::format(
        "--pod-model {}: expected auto, logit-log, logit-linear, probit-log or probit-linear",
        options.pod_model));
}

void add_image_pod(Evaluation& evaluation, const GroundTruth& truth, const ScoreOptions& options) {
  if (truth.size_column.empty() || truth.values) return;
  if (!evaluation.operating_point) {
    evaluation.no_pod = evaluation.no_operating_point;
    return;
  }
  Collector targets(options);
  targets.report().target = "image";
  targets.report().source = "column " + printable(truth.size_column);
  targets.report().hit = "flagged";
  for (const auto& row : evaluation.truths) targets.report().classes.push_back(row.name);
  targets.report().image_name = evaluation.image_name;
  for (std::size_t i = 0; i < evaluation.outcomes.size(); ++i) {
    const ImageOutcome& outcome = evaluation.outcomes[i];
    if (!evaluation.truths[outcome.truth].defect) continue;
    targets.add(static_cast<std::uint32_t>(i), outcome.truth, truth.images[i].size.value_or(0.0),
                outcome.decision == Decision::flagged);
  }
  evaluation.pod = targets.take();
}

void add_object_pod(Evaluation& evaluation, const DetectionSet& set,
                    const std::vector<bool>& defects, const ScoreOptions& options) {
  const DetectionReport& detection = evaluation.detection.value();
  if (!evaluation.operating_point || !detection.score.defined()) {
    evaluation.no_pod =
        evaluation.operating_point ? detection.score.reason : evaluation.no_operating_point;
    return;
  }
  Collector targets(options);
  targets.report().target = "object";
  targets.report().source = "labels";
  targets.report().hit = "coco_iou_0.5";
  targets.report().classes = detection.classes;
  targets.report().image_name = evaluation.image_name;
  std::uint64_t escaped = 0;
  for (std::size_t i = 0; i < set.truths.size(); ++i) {
    const TruthObject& object = set.truths[i];
    if (object.crowd || object.difficult || !defects.at(object.label)) continue;
    const bool found = detection.errors.found.at(i);
    const auto decision = evaluation.outcomes.at(object.image).decision;
    const bool passed = decision == Decision::passed || decision == Decision::missing;
    if (!found && passed) ++escaped;
    targets.add(object.image, object.label, set.sizes.at(i), found);
  }
  targets.report().missed_in_passed_images = escaped;
  evaluation.pod = targets.take();
}

void add_region_pod(Evaluation& evaluation, const std::vector<TrueRegion>& regions,
                    const std::vector<std::uint32_t>& image_of, const std::vector<bool>& defects,
                    std::function<std::string(std::size_t)> name, const ScoreOptions& options) {
  Collector targets(options);
  targets.report().target = "region";
  targets.report().source = "masks";
  targets.report().hit = "overlap";
  targets.report().classes = evaluation.segmentation.value().classes;
  targets.report().image_name = std::move(name);
  for (std::size_t i = 0; i < regions.size(); ++i)
    if (defects.at(regions[i].label))
      targets.add(image_of.at(i), regions[i].label, static_cast<double>(regions[i].pixels),
                  regions[i].found);
  evaluation.pod = targets.take();
}

}  // namespace zeromiss
