#include "metrics_section.hpp"

#include <zeromiss/report/csv.hpp>
#include <zeromiss/report/metrics_report.hpp>

#include <fmt/format.h>

namespace zeromiss {
namespace {

std::string cell(const std::optional<double>& number) {
  return number ? fmt::format("{}", *number) : "";
}

const char* kind_name(MissKind kind) {
  switch (kind) {
    case MissKind::escape:
      return "escape";
    case MissKind::overkill:
      return "overkill";
    case MissKind::not_judged:
      return "not_judged";
    case MissKind::missing:
      return "missing";
  }
  return "";
}

}  // namespace

std::string csv_cell(const Figure& figure) {
  return figure.defined() ? fmt::format("{}", *figure.value) : "";
}

std::string matrix_csv(const ConfusionMatrix& matrix, const std::vector<std::string>& labels) {
  std::string text = "truth";
  for (const auto& name : labels) text.append(",").append(csv_text(name));
  const bool some_missing = matrix.unpredicted() > 0;
  text += some_missing ? ",(no prediction)\n" : "\n";
  for (std::size_t i = 0; i < matrix.classes(); ++i) {
    text += csv_text(labels[i]);
    for (std::size_t j = 0; j < matrix.classes(); ++j)
      text += fmt::format(",{}", matrix.count(i, j));
    text += some_missing ? fmt::format(",{}\n", matrix.unpredicted(i)) : "\n";
  }
  return text;
}

std::string per_class_csv(const Evaluation& evaluation) {
  if (evaluation.detection) return detection_class_csv(*evaluation.detection);
  if (evaluation.segmentation) return segmentation_class_csv(*evaluation.segmentation);
  std::string text =
      "name,support,predicted,tp,fp,fn,precision,recall,f1,specificity,roc_auc,average_precision\n";
  if (!evaluation.classification) return text;
  const auto& report = *evaluation.classification;
  for (std::size_t k = 0; k < evaluation.classes.size(); ++k) {
    const auto& f = report.figures.classes[k];
    const auto& ranking = report.ranking.classes[k];
    text += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{}\n", csv_text(evaluation.classes[k]),
                        f.support, f.predicted, f.tp, f.fp, f.fn, csv_cell(f.precision),
                        csv_cell(f.recall), csv_cell(f.f1), csv_cell(f.specificity),
                        csv_cell(ranking.roc_auc), csv_cell(ranking.average_precision));
  }
  return text;
}

std::string confusion_csv(const Evaluation& evaluation) {
  if (evaluation.detection) return detection_confusion_csv(*evaluation.detection);
  if (evaluation.segmentation)
    return matrix_csv(evaluation.segmentation->matrix, evaluation.segmentation->classes);
  if (!evaluation.classification) return "truth\n";
  return matrix_csv(evaluation.classification->matrix, evaluation.classes);
}

std::string misses_csv(const Evaluation& evaluation) {
  std::string text = "kind,image,truth,verdict,predicted,score,threshold,margin,error_code\n";
  const Figure threshold =
      evaluation.operating_point ? evaluation.operating_point->threshold : Figure::undefined("");
  for (const auto& miss : evaluation.misses)
    text += fmt::format("{},{},{},{},{},{},{},{},{}\n", kind_name(miss.kind), csv_text(miss.image),
                        csv_text(miss.truth), miss.verdict, csv_text(miss.label), cell(miss.score),
                        csv_cell(threshold), cell(miss.margin), csv_text(miss.error_code));
  return text;
}

}  // namespace zeromiss
