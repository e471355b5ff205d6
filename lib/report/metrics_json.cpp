#include "metrics_section.hpp"

#include <zeromiss/base/json.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/base/version.hpp>
#include <zeromiss/report/metrics_report.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace zeromiss {
namespace {

using Json = nlohmann::ordered_json;

Json averages(Section section, const Averages& values) {
  section.put("precision", values.precision);
  section.put("recall", values.recall);
  section.put("f1", values.f1);
  return section.take();
}

Json class_json(Section section, const std::string& name, const ClassFigures& figures,
                const ClassRanking& ranking) {
  section.set("name", name);
  section.set("support", figures.support);
  section.set("predicted", figures.predicted);
  section.set("tp", figures.tp);
  section.set("fp", figures.fp);
  section.set("fn", figures.fn);
  section.put("precision", figures.precision);
  section.put("recall", figures.recall);
  section.put("f1", figures.f1);
  section.put("specificity", figures.specificity);
  section.put("roc_auc", ranking.roc_auc);
  section.put("average_precision", ranking.average_precision);
  return section.take();
}

Json classification_json(Section section, const Evaluation& evaluation) {
  const auto& report = *evaluation.classification;
  section.set("samples", report.figures.samples);
  section.set("unpredicted", report.figures.unpredicted);
  section.put("accuracy", report.figures.accuracy);
  section.put("balanced_accuracy", report.figures.balanced_accuracy);
  section.put("mcc", report.figures.mcc);
  section.put("cohen_kappa", report.figures.cohen_kappa);
  Section top_k = section.inside("top_k");
  for (const auto& [k, accuracy] : report.top_k) top_k.put(std::to_string(k), accuracy);
  section.set("top_k", top_k.take());
  Json classes = Json::array();
  for (std::size_t k = 0; k < evaluation.classes.size(); ++k)
    classes.push_back(class_json(section.inside(fmt::format("classes[{}]", k)),
                                 evaluation.classes[k], report.figures.classes[k],
                                 report.ranking.classes[k]));
  section.set("classes", std::move(classes));
  section.set("macro", averages(section.inside("macro"), report.figures.macro));
  section.set("macro_present",
              averages(section.inside("macro_present"), report.figures.macro_present));
  section.set("micro", averages(section.inside("micro"), report.figures.micro));
  section.set("weighted", averages(section.inside("weighted"), report.figures.weighted));
  section.set("confusion_matrix", matrix_json(report.matrix, evaluation.classes));
  section.put("roc_auc_macro", report.ranking.roc_auc_macro);
  section.set("roc_auc_undefined_classes", report.ranking.roc_auc_undefined);
  section.put("roc_auc_hand_till", report.ranking.roc_auc_hand_till);
  section.put("average_precision_macro", report.ranking.average_precision_macro);
  section.set("samples_without_probabilities", report.ranking.unscored);
  return section.take();
}

Json regression_json(Section section, const RegressionFigures& figures) {
  section.set("samples", figures.samples);
  section.put("mae", figures.mae);
  section.put("mse", figures.mse);
  section.put("rmse", figures.rmse);
  section.put("mape", figures.mape);
  section.put("mape_percent", figures.mape_percent);
  section.set("mape_zero_targets", figures.mape_zero_targets);
  section.put("mape_sklearn", figures.mape_sklearn);
  section.put("median_ae", figures.median_ae);
  section.put("max_error", figures.max_error);
  section.put("r2", figures.r2);
  return section.take();
}

Json truth_json(Section section, const TruthRow& row, double confidence) {
  const auto alone = operating_figures(row.decisions, {}, confidence);
  section.set("name", row.name);
  section.set("images", alone.defective);
  section.set("escapes", alone.escapes);
  section.set("not_judged", alone.not_judged_defective);
  section.put("recall", alone.recall);
  section.put("escape_rate", alone.escape_rate);
  section.put("escape_rate_upper", alone.escape_rate_upper);
  return section.take();
}

Json operating_point_json(Section section, const Evaluation& evaluation) {
  const auto& point = *evaluation.operating_point;
  const auto& f = point.figures;
  section.put("threshold", point.threshold);
  section.set("origin", point.origin);
  section.set("escapes", f.escapes);
  section.set("overkills", f.overkills);
  section.set("defective", f.defective);
  section.set("good", f.good);
  section.put("recall", f.recall);
  section.put("precision", f.precision);
  section.put("f1", f.f1);
  section.put("accuracy", f.accuracy);
  section.put("always_pass_accuracy", f.always_pass_accuracy);
  section.put("escape_rate", f.escape_rate);
  section.put("overkill_rate", f.overkill_rate);
  section.put("recall_interval", f.recall_interval, "no_defective_images");
  section.put("overkill_rate_interval", f.overkill_rate_interval, "no_good_images");
  section.put("escape_rate_upper", f.escape_rate_upper);
  section.set("confidence", f.confidence);
  section.set("not_judged",
              Json{{"defective", f.not_judged_defective}, {"good", f.not_judged_good}});
  section.set("missing", Json{{"defective", f.missing_defective}, {"good", f.missing_good}});
  if (point.line) {
    section.set("defect_rate", *point.defect_rate);
    section.put("overkill_per_1000", point.line->overkill_per_1000);
    section.put("outgoing_ppm", point.line->outgoing_ppm);
  }
  Json classes = Json::array();
  for (const auto& row : evaluation.truths)
    if (row.defect)
      classes.push_back(truth_json(section.inside(fmt::format("classes[{}]", classes.size())), row,
                                   f.confidence));
  section.set("classes", std::move(classes));
  return section.take();
}

Json verdicts_json(const std::vector<TruthRow>& truths) {
  Json rows = Json::array();
  for (const auto& row : truths)
    rows.push_back({{"name", row.name}, {"defect", row.defect}, {"counts", row.verdicts}});
  return {{"columns", kVerdictColumns}, {"rows", std::move(rows)}};
}

Json gates_json(const std::vector<Gate>& gates) {
  Json list = Json::array();
  for (const auto& gate : gates) {
    list.push_back({{"expression", gate.expression},
                    {"value", gate.value ? Json(*gate.value) : Json(nullptr)},
                    {"interval",
                     gate.interval ? Json{gate.interval->low, gate.interval->high} : Json(nullptr)},
                    {"state", gate_state_name(gate.state)},
                    {"reason", gate.reason}});
    if (gate.baseline) list.back()["baseline"] = *gate.baseline;
    if (!gate.images.empty()) list.back()["images"] = gate.images;
  }
  return list;
}

Json test_set_json(const Evaluation& evaluation) {
  Json json{{"images", evaluation.images}, {"labels_sha256", evaluation.labels_sha256}};
  if (!evaluation.sizes_sha256.empty()) json["sizes_sha256"] = evaluation.sizes_sha256;
  if (evaluation.seal)
    json["seal"] = {{"root", evaluation.seal->root}, {"files", evaluation.seal->files}};
  return json;
}

Json run_statement_json(const RunStatement& run) {
  return {{"results_sha256", run.results_sha256},
          {"list_sha256", run.list_sha256},
          {"tool_version", run.tool_version},
          {"engine", run.engine},
          {"device", run.device},
          {"batch", run.batch},
          {"precision", run.precision},
          {"model",
           {{"name", run.model_name},
            {"version", run.model_version},
            {"sha256", run.model_sha256},
            {"manifest_sha256", run.manifest_sha256}}}};
}

Json baseline_json(Section section, const BaselineStatement& baseline) {
  section.set("folder", to_utf8(baseline.folder));
  section.set("origin", baseline.origin);
  if (const auto& changes = baseline.changes) {
    section.set("new_escapes", changes->new_escapes);
    section.set("repaired_escapes", changes->repaired_escapes);
    section.set("new_overkills", changes->new_overkills);
    section.set("repaired_overkills", changes->repaired_overkills);
    return section.take();
  }
  for (const char* key : {"new_escapes", "repaired_escapes", "new_overkills", "repaired_overkills"})
    section.put(key, Figure::undefined(baseline.no_changes));
  return section.take();
}

Json curve_json(const Ranking& ranking, std::size_t points) {
  Json json{{"points", points}, {"shown", ranking.points.size()}};
  const auto roc = roc_curve(ranking, true);
  Json thresholds = Json::array();  // null: above every score
  for (const auto& threshold : roc.thresholds)
    thresholds.push_back(threshold ? Json(*threshold) : Json(nullptr));
  json["roc"] = {{"fpr", roc.fpr}, {"tpr", roc.tpr}, {"thresholds", std::move(thresholds)}};
  const auto pr = pr_curve(ranking);
  json["pr"] = {{"precision", pr.precision}, {"recall", pr.recall}, {"thresholds", pr.thresholds}};
  return json;
}

}  // namespace

Json matrix_json(const ConfusionMatrix& matrix, const std::vector<std::string>& labels) {
  Json counts = Json::array(), unpredicted = Json::array();
  for (std::size_t i = 0; i < matrix.classes(); ++i) {
    Json row = Json::array();
    for (std::size_t j = 0; j < matrix.classes(); ++j) row.push_back(matrix.count(i, j));
    counts.push_back(std::move(row));
    unpredicted.push_back(matrix.unpredicted(i));
  }
  return {{"labels", labels}, {"counts", counts}, {"unpredicted", unpredicted}};
}

Json metrics_document(const Evaluation& evaluation) {
  Json json = Json::object(), reasons = Json::object();
  Section root("", reasons);
  json["schema"] = "zeromiss-metrics/1";
  json["tool"] = {{"name", "evaluate"}, {"version", kVersion}};
  json["task"] = evaluation.task;
  json["images"] = evaluation.images;
  json["test_set"] = test_set_json(evaluation);
  json["missing_predictions"] = evaluation.missing;
  json["errors"] = evaluation.errors;
  json["unlabelled_predictions"] = evaluation.unlabelled;
  json["predictions_format"] = evaluation.predictions_format;
  json["gt_format"] = evaluation.gt_format;
  if (evaluation.run) json["run"] = run_statement_json(*evaluation.run);
  json["positive"] = evaluation.positive;
  if (evaluation.operating_point) {
    json["operating_point"] = operating_point_json(root.inside("operating_point"), evaluation);
  } else {
    json["operating_point"] = nullptr;
    reasons["operating_point"] = evaluation.no_operating_point;
  }
  if (evaluation.operating_point)
    json["certificate"] = certificate_json(root.inside("certificate"), certificate_of(evaluation));
  if (evaluation.defect_score) {
    Section section = root.inside("defect_score");
    section.put("roc_auc", evaluation.defect_score->roc_auc);
    section.put("average_precision", evaluation.defect_score->average_precision);
    json["defect_score"] = section.take();
  }
  if (evaluation.has_verdicts) json["verdicts"] = verdicts_json(evaluation.truths);
  if (evaluation.classification) {
    json["classification"] = classification_json(root.inside("classification"), evaluation);
  } else if (!evaluation.no_classification.empty()) {
    json["classification"] = nullptr;
    reasons["classification"] = evaluation.no_classification;
  }
  if (evaluation.regression)
    json["regression"] = regression_json(root.inside("regression"), *evaluation.regression);
  if (evaluation.detection)
    json["detection"] = detection_json(root.inside("detection"), *evaluation.detection);
  if (evaluation.segmentation)
    json["segmentation"] = segmentation_json(root.inside("segmentation"), *evaluation.segmentation);
  if (evaluation.baseline)
    json["baseline"] = baseline_json(root.inside("baseline"), *evaluation.baseline);
  if (evaluation.pod) {
    json["pod"] = pod_json(root.inside("pod"), *evaluation.pod);
  } else if (!evaluation.no_pod.empty()) {
    json["pod"] = nullptr;
    reasons["pod"] = evaluation.no_pod;
  }
  if (!evaluation.gates.empty()) json["gates"] = gates_json(evaluation.gates);
  json["reasons"] = std::move(reasons);
  return json;
}

std::string metrics_json(const Evaluation& evaluation) {
  return json_pretty(metrics_document(evaluation));
}

std::string curves_json(const Evaluation& evaluation) {
  Json json{{"schema", "zeromiss-curves/1"}};
  if (const auto& score = evaluation.defect_score)
    json["defect_score"] = curve_json(score->curve, score->points);
  if (const auto& report = evaluation.classification) {
    Json classes = Json::array();
    for (std::size_t k = 0; k < evaluation.classes.size(); ++k) {
      Json curve{{"name", evaluation.classes[k]}};
      curve.update(curve_json(report->ranking.classes[k].curve, report->ranking.classes[k].points));
      classes.push_back(std::move(curve));
    }
    json["classes"] = std::move(classes);
  }
  if (evaluation.pod) json["pod"] = pod_curve_json(*evaluation.pod);
  return json_line(json) + "\n";
}

}  // namespace zeromiss
