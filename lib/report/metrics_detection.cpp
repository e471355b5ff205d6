// Everything that reports say of detections.
#include "metrics_section.hpp"

#include <zeromiss/base/text.hpp>
#include <zeromiss/report/bounds.hpp>
#include <zeromiss/report/csv.hpp>

#include <fmt/format.h>

namespace zeromiss {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kBackground = "background";

Json coco_json(Section section, const CocoFigures& f) {
  section.put("AP", f.ap);
  section.put("AP50", f.ap50);
  section.put("AP75", f.ap75);
  section.put("APs", f.ap_small);
  section.put("APm", f.ap_medium);
  section.put("APl", f.ap_large);
  section.put("AR1", f.ar_1);
  section.put("AR10", f.ar_10);
  section.put("AR100", f.ar_100);
  section.put("ARs", f.ar_small);
  section.put("ARm", f.ar_medium);
  section.put("ARl", f.ar_large);
  return section.take();
}

Json types_json(const ErrorTypes& types) {
  return {{"duplicate", types.duplicate},
          {"class", types.wrong_class},
          {"localisation", types.localisation},
          {"background", types.background},
          {"missed", types.missed}};
}

void put_errors(Section& section, const ClassErrors& errors) {
  section.set("tp", errors.tp);
  section.set("fp", errors.fp);
  section.set("fn", errors.fn);
  section.put("precision", errors.precision);
  section.put("recall", errors.recall);
  section.put("f1", errors.f1);
  section.set("errors", types_json(errors.types));
}

Json class_json(Section section, const DetectionReport& report, std::size_t k) {
  const CocoClass& coco = report.coco.classes[k];
  section.set("name", report.classes[k]);
  section.set("ground_truth", coco.truths);
  section.set("detections", coco.detections);
  section.put("AP", coco.figures.ap);
  section.put("AP50", coco.figures.ap50);
  section.put("AP75", coco.figures.ap75);
  section.put("APs", coco.figures.ap_small);
  section.put("APm", coco.figures.ap_medium);
  section.put("APl", coco.figures.ap_large);
  section.put("AR100", coco.figures.ar_100);
  section.put("ap_threshold_weighted", coco.figures.ap_threshold_weighted);
  section.put("voc_ap_11point", report.voc.classes[k].ap_11_point);
  section.put("voc_ap_all_point", report.voc.classes[k].ap_all_point);
  put_errors(section, report.errors.classes[k]);
  return section.take();
}

std::vector<std::string> matrix_labels(const DetectionReport& report) {
  std::vector<std::string> labels = report.classes;
  labels.emplace_back(kBackground);
  return labels;
}

std::string shown(const Figure& figure) { return rate_text(figure); }

}  // namespace

Json detection_json(Section section, const DetectionReport& report) {
  section.set("iou_type", report.iou_type);
  section.set("coco", coco_json(section.inside("coco"), report.coco.all));
  Section voc = section.inside("voc");
  voc.set("iou", report.voc_iou);
  voc.put("ap_11point", report.voc.ap_11_point);
  voc.put("ap_all_point", report.voc.ap_all_point);
  section.set("voc", voc.take());
  section.put("ap_threshold_weighted", report.coco.all.ap_threshold_weighted);
  section.set("equal_scores_right_and_wrong", report.coco.mixed_ties);
  Section at_score = section.inside("at_operating_score");
  at_score.put("score", report.score);
  at_score.set("iou", report.error_iou);
  put_errors(at_score, report.errors.all);
  section.set("at_operating_score", at_score.take());
  Json classes = Json::array();
  for (std::size_t k = 0; k < report.classes.size(); ++k)
    classes.push_back(class_json(section.inside(fmt::format("classes[{}]", k)), report, k));
  section.set("classes", std::move(classes));
  Json matrix = matrix_json(report.errors.confusion, matrix_labels(report));
  matrix.erase("unpredicted");  // a column of the matrix here
  section.set("confusion_matrix", std::move(matrix));
  return section.take();
}

std::string detection_class_csv(const DetectionReport& report) {
  std::string text =
      "name,ground_truth,detections,AP,AP50,AP75,voc_ap_11point,voc_ap_all_point,tp,fp,fn,"
      "precision,recall,f1\n";
  for (std::size_t k = 0; k < report.classes.size(); ++k) {
    const CocoClass& coco = report.coco.classes[k];
    const VocClass& voc = report.voc.classes[k];
    const ClassErrors& errors = report.errors.classes[k];
    text += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", csv_text(report.classes[k]),
                        coco.truths, coco.detections, csv_cell(coco.figures.ap),
                        csv_cell(coco.figures.ap50), csv_cell(coco.figures.ap75),
                        csv_cell(voc.ap_11_point), csv_cell(voc.ap_all_point), errors.tp, errors.fp,
                        errors.fn, csv_cell(errors.precision), csv_cell(errors.recall),
                        csv_cell(errors.f1));
  }
  return text;
}

std::string detection_confusion_csv(const DetectionReport& report) {
  const auto labels = matrix_labels(report);
  std::string text = "truth";
  for (const auto& label : labels) text.append(",").append(csv_text(label));
  text += "\n";
  for (std::size_t i = 0; i < labels.size(); ++i) {
    text += csv_text(labels[i]);
    for (std::size_t j = 0; j < labels.size(); ++j)
      text += fmt::format(",{}", report.errors.confusion.count(i, j));
    text += "\n";
  }
  return text;
}

std::string detection_text(const DetectionReport& report) {
  const CocoFigures& coco = report.coco.all;
  const ClassErrors& errors = report.errors.all;
  std::string text =
      fmt::format("Detection ({}), {} classes\n", report.iou_type, report.classes.size());
  text += fmt::format("  COCO  AP {}  AP50 {}  AP75 {}  small {}  medium {}  large {}\n",
                      shown(coco.ap), shown(coco.ap50), shown(coco.ap75), shown(coco.ap_small),
                      shown(coco.ap_medium), shown(coco.ap_large));
  text += fmt::format("        AR1 {}  AR10 {}  AR100 {}  small {}  medium {}  large {}\n",
                      shown(coco.ar_1), shown(coco.ar_10), shown(coco.ar_100), shown(coco.ar_small),
                      shown(coco.ar_medium), shown(coco.ar_large));
  text += fmt::format("        AP weighted by threshold {}\n", shown(coco.ap_threshold_weighted));
  text += fmt::format("  VOC   at IoU {:g}: 11-point AP {}, all-point AP {}\n", report.voc_iou,
                      shown(report.voc.ap_11_point), shown(report.voc.ap_all_point));
  text += fmt::format(
      "  at the operating score, IoU {:g}: {} right, {} wrong, {} not found (precision {}, recall "
      "{}, F1 {})\n",
      report.error_iou, errors.tp, errors.fp, errors.fn, shown(errors.precision),
      shown(errors.recall), shown(errors.f1));
  text += fmt::format("  wrong: {} class, {} place, {} twice, {} background; {} seen by nothing\n",
                      errors.types.wrong_class, errors.types.localisation, errors.types.duplicate,
                      errors.types.background, errors.types.missed);
  return text;
}

}  // namespace zeromiss
