#include "markdown.hpp"

#include <zeromiss/report/bounds.hpp>
#include <zeromiss/report/metrics_report.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace zeromiss {
namespace {

constexpr std::size_t kMostClasses = 50, kMostMisses = 20;

std::string shown(const Figure& figure) {
  return rate_text(figure, fmt::format("– ({})", markdown_name(figure.reason)));
}

std::string percent(const Figure& figure) {
  return percent_text(figure, fmt::format("– ({})", markdown_name(figure.reason)));
}

std::string at_most(const Figure& bound) {
  return bound.defined() ? percent_at_most(*bound.value, 2) : percent(bound);
}

std::string point_text(const OperatingPoint& point) {
  const auto& f = point.figures;
  std::string text = fmt::format(
      "Operating point: {}{}\n\n| figure | value |\n|-|-|\n", markdown_name(point.origin),
      point.threshold.defined() ? fmt::format(", defective from score {}", *point.threshold.value)
                                : "");
  text += fmt::format("| escapes | **{} of {}** defective; at most {} with {:g} % confidence |\n",
                      f.escapes, f.defective, at_most(f.escape_rate_upper), 100.0 * f.confidence);
  text += fmt::format("| overkills | **{} of {}** good; {} |\n", f.overkills, f.good,
                      percent(f.overkill_rate));
  text += fmt::format("| recall, precision, F1 | {}, {}, {} |\n", shown(f.recall),
                      shown(f.precision), shown(f.f1));
  text += fmt::format("| accuracy | {} (passing everything: {}) |\n", shown(f.accuracy),
                      shown(f.always_pass_accuracy));
  text += fmt::format("| in ERROR | {} defective, {} good |\n", f.not_judged_defective,
                      f.not_judged_good);
  text += fmt::format("| without prediction | {} defective, {} good |\n", f.missing_defective,
                      f.missing_good);
  return text;
}

std::string more(std::size_t all, std::size_t most, const char* file) {
  return all > most ? fmt::format("\n{} more are in {}.\n", all - most, file) : "";
}

std::string class_table(const Evaluation& evaluation) {
  const auto& f = evaluation.classification->figures;
  std::string text = fmt::format(
      "\nClasses: accuracy {}, balanced {}, macro-F1 {}\n\n"
      "| class | images | precision | recall | F1 |\n|-|-:|-:|-:|-:|\n",
      shown(f.accuracy), shown(f.balanced_accuracy), shown(f.macro.f1));
  for (std::size_t k = 0; k < std::min(kMostClasses, evaluation.classes.size()); ++k)
    text += fmt::format("| {} | {} | {} | {} | {} |\n", markdown_name(evaluation.classes[k]),
                        f.classes[k].support, shown(f.classes[k].precision),
                        shown(f.classes[k].recall), shown(f.classes[k].f1));
  return text + more(evaluation.classes.size(), kMostClasses, kPerClassFile);
}

std::string object_table(const DetectionReport& report) {
  std::string text = fmt::format(
      "\nObjects ({}): AP {}, AP50 {}, AP75 {}\n\n"
      "| class | objects | AP | AP50 | precision | recall |\n|-|-:|-:|-:|-:|-:|\n",
      report.iou_type, shown(report.coco.all.ap), shown(report.coco.all.ap50),
      shown(report.coco.all.ap75));
  for (std::size_t k = 0; k < std::min(kMostClasses, report.classes.size()); ++k)
    text += fmt::format("| {} | {} | {} | {} | {} | {} |\n", markdown_name(report.classes[k]),
                        report.coco.classes[k].truths, shown(report.coco.classes[k].figures.ap),
                        shown(report.coco.classes[k].figures.ap50),
                        shown(report.errors.classes[k].precision),
                        shown(report.errors.classes[k].recall));
  return text + more(report.classes.size(), kMostClasses, kPerClassFile);
}

std::string mask_table(const SegmentationReport& report) {
  std::string text = fmt::format(
      "\nMasks: mean IoU {}, mean Dice {}, pixel accuracy {}\n\n"
      "| class | pixels | IoU | Dice | precision | recall |\n|-|-:|-:|-:|-:|-:|\n",
      shown(report.figures.mean_iou), shown(report.figures.mean_dice),
      shown(report.figures.pixel_accuracy));
  for (std::size_t k = 0; k < std::min(kMostClasses, report.classes.size()); ++k) {
    const SegmentationClass& f = report.figures.classes[k];
    text += fmt::format("| {} | {} | {} | {} | {} | {} |\n", markdown_name(report.classes[k]),
                        f.pixels, shown(f.iou), shown(f.dice), shown(f.precision), shown(f.recall));
  }
  return text + more(report.classes.size(), kMostClasses, kPerClassFile);
}

std::string pod_line(const PodReport& report) {
  const Figure& size = report.study.a90_95;
  const char* unit = report.pixel_size_um ? "µm²" : "px";
  return size.defined()
             ? fmt::format("\nSmallest defect that is still found (a90/95): {:.4g} {}\n",
                           *size.value, unit)
             : fmt::format("\nSmallest defect that is still found (a90/95): not shown, {}\n",
                           markdown_name(pod_reason_text(report, size.reason)));
}

std::string gate_table(const std::vector<Gate>& gates) {
  std::string text = "\n| gate | value | baseline | state | why |\n|-|-:|-:|-|-|\n";
  const auto number = [](const std::optional<double>& value) {
    return value ? fmt::format("{:.6g}", *value) : "–";
  };
  for (const Gate& gate : gates)
    text += fmt::format("| {} | {} | {} | **{}** | {} |\n", markdown_name(gate.expression),
                        number(gate.value), number(gate.baseline), gate_state_name(gate.state),
                        markdown_name(gate.reason));
  for (const Gate& gate : gates) {
    if (gate.images.empty()) continue;
    text += fmt::format("\n{}:\n\n", markdown_name(gate.expression));
    for (std::size_t i = 0; i < std::min(kMostMisses, gate.images.size()); ++i)
      text += fmt::format("- {}\n", markdown_name(gate.images[i]));
    text += more(gate.images.size(), kMostMisses, kMetricsFile);
  }
  return text;
}

std::string baseline_text(const BaselineStatement& b) {
  if (!b.changes)
    return fmt::format("\nAgainst the baseline {}: nothing was compared ({})\n",
                       markdown_name(b.folder), markdown_name(b.no_changes));
  return fmt::format(
      "\nAgainst the baseline {}: **{} new escapes**, {} repaired; {} new overkills, {} repaired\n",
      markdown_name(b.folder), b.changes->new_escapes, b.changes->repaired_escapes,
      b.changes->new_overkills, b.changes->repaired_overkills);
}

std::string value_table(const RegressionFigures& f) {
  return fmt::format(
      "\n| figure | value |\n|-|-|\n| images | {} |\n| MAE | {} |\n| RMSE | {} |\n| median error | "
      "{} |\n"
      "| largest error | {} |\n| R2 | {} |\n",
      f.samples, shown(f.mae), shown(f.rmse), shown(f.median_ae), shown(f.max_error), shown(f.r2));
}

std::string miss_table(const std::vector<Miss>& misses) {
  constexpr std::array<const char*, 4> kKinds{"escape", "overkill", "not judged", "missing"};
  std::string text = "\n| miss | image | truth | predicted | score | margin |\n|-|-|-|-|-:|-:|\n";
  const auto number = [](const std::optional<double>& value) {
    return value ? fmt::format("{:.6g}", *value) : "–";
  };
  for (std::size_t i = 0; i < std::min(kMostMisses, misses.size()); ++i)
    text += fmt::format("| {} | {} | {} | {} | {} | {} |\n",
                        kKinds.at(static_cast<std::size_t>(misses[i].kind)),
                        markdown_name(misses[i].image), markdown_name(misses[i].truth),
                        misses[i].label.empty() ? "–" : markdown_name(misses[i].label),
                        number(misses[i].score), number(misses[i].margin));
  return text + more(misses.size(), kMostMisses, kMissesFile);
}

}  // namespace

std::string metrics_markdown(const Evaluation& evaluation) {
  std::string text =
      fmt::format("## zeromiss: {}\n\n{} images with ground truth ({}); predictions: {}\n\n",
                  evaluation.task, evaluation.images, markdown_name(evaluation.gt_format),
                  markdown_name(evaluation.predictions_format));
  if (evaluation.operating_point)
    text += point_text(*evaluation.operating_point);
  else if (!evaluation.regression)
    text +=
        fmt::format("Operating point: none ({})\n", markdown_name(evaluation.no_operating_point));
  if (evaluation.regression) text += value_table(*evaluation.regression);
  if (evaluation.classification) text += class_table(evaluation);
  if (evaluation.baseline) text += baseline_text(*evaluation.baseline);
  if (!evaluation.gates.empty()) text += gate_table(evaluation.gates);
  if (evaluation.pod) text += pod_line(*evaluation.pod);
  if (evaluation.segmentation) text += mask_table(*evaluation.segmentation);
  if (evaluation.detection) text += object_table(*evaluation.detection);
  if (!evaluation.misses.empty()) text += miss_table(evaluation.misses);
  return text;
}

}  // namespace zeromiss
