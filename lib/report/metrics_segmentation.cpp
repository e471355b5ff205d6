// Everything that reports say of masks.
#include "metrics_section.hpp"

#include <zeromiss/base/text.hpp>
#include <zeromiss/report/bounds.hpp>
#include <zeromiss/report/csv.hpp>

#include <fmt/format.h>

namespace zeromiss {
namespace {

using Json = nlohmann::ordered_json;

std::string shown(const Figure& figure) { return rate_text(figure); }

Json regions_json(Section section, const RegionCounts& counts) {
  const RegionFigures figures = region_figures(counts);
  section.set("regions", counts.regions);
  section.set("found", counts.found);
  section.set("found_as_any", counts.found_as_any);
  section.set("false_regions", counts.false_regions);
  section.put("recall", figures.recall);
  section.put("recall_as_any", figures.recall_as_any);
  return section.take();
}

Json class_json(Section section, const SegmentationReport& report, std::size_t k) {
  const SegmentationClass& figures = report.figures.classes[k];
  section.set("name", report.classes[k]);
  section.put("iou", figures.iou);
  section.put("dice", figures.dice);
  section.put("precision", figures.precision);
  section.put("recall", figures.recall);
  section.set("pixels", figures.pixels);
  section.set("predicted_pixels", figures.predicted);
  if (k > 0) section.set("regions", regions_json(section.inside("regions"), report.regions[k]));
  return section.take();
}

}  // namespace

Json segmentation_json(Section section, const SegmentationReport& report) {
  const SegmentationFigures& f = report.figures;
  section.set("pixels", f.pixels);
  section.put("pixel_accuracy", f.pixel_accuracy);
  section.put("mean_accuracy", f.mean_accuracy);
  section.put("mean_iou", f.mean_iou);
  section.put("mean_dice", f.mean_dice);
  section.put("mean_iou_foreground", f.mean_iou_foreground);
  section.put("mean_dice_foreground", f.mean_dice_foreground);
  section.put("frequency_weighted_iou", f.frequency_weighted_iou);
  section.set("region_overlap", report.overlap);
  section.set("regions", regions_json(section.inside("regions"), sum(report.regions)));
  Json classes = Json::array();
  for (std::size_t k = 0; k < report.classes.size(); ++k)
    classes.push_back(class_json(section.inside(fmt::format("classes[{}]", k)), report, k));
  section.set("classes", std::move(classes));
  section.set("confusion_matrix", matrix_json(report.matrix, report.classes));
  return section.take();
}

std::string segmentation_class_csv(const SegmentationReport& report) {
  std::string text =
      "name,iou,dice,precision,recall,pixels,predicted_pixels,regions,regions_found,"
      "false_regions\n";
  for (std::size_t k = 0; k < report.classes.size(); ++k) {
    const SegmentationClass& f = report.figures.classes[k];
    const RegionCounts& regions = report.regions[k];
    text += fmt::format("{},{},{},{},{},{},{},", csv_text(report.classes[k]), csv_cell(f.iou),
                        csv_cell(f.dice), csv_cell(f.precision), csv_cell(f.recall), f.pixels,
                        f.predicted);
    text += k == 0
                ? std::string(",,\n")
                : fmt::format("{},{},{}\n", regions.regions, regions.found, regions.false_regions);
  }
  return text;
}

std::string segmentation_text(const SegmentationReport& report) {
  const SegmentationFigures& f = report.figures;
  const RegionCounts all = sum(report.regions);
  std::string text =
      fmt::format("Segmentation, {} classes, {} pixels\n", report.classes.size(), f.pixels);
  text +=
      fmt::format("  mean IoU {}   mean Dice {}   pixel accuracy {}   frequency-weighted IoU {}\n",
                  shown(f.mean_iou), shown(f.mean_dice), shown(f.pixel_accuracy),
                  shown(f.frequency_weighted_iou));
  text +=
      fmt::format("  without {}: mean IoU {}   mean Dice {}\n", printable(report.classes.front()),
                  shown(f.mean_iou_foreground), shown(f.mean_dice_foreground));
  text += fmt::format(
      "  defects (connected pixels) found by at least {:g} %: {} of {} (as any class: {}); {} "
      "false\n",
      100.0 * report.overlap, all.found, all.regions, all.found_as_any, all.false_regions);
  constexpr std::size_t kMostClasses = 30;
  for (std::size_t k = 0; k < report.classes.size() && k < kMostClasses; ++k) {
    const SegmentationClass& one = f.classes[k];
    text += fmt::format("  {:20} IoU {:6}  Dice {:6}  precision {:6}  recall {:6}  {} pixels\n",
                        printable(report.classes[k]), shown(one.iou), shown(one.dice),
                        shown(one.precision), shown(one.recall), one.pixels);
  }
  if (report.classes.size() > kMostClasses)
    text += fmt::format("  … {} more classes in {}\n", report.classes.size() - kMostClasses,
                        kPerClassFile);
  return text;
}

}  // namespace zeromiss
