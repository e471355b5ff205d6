#include "metrics_section.hpp"

#include <zeromiss/base/text.hpp>
#include <zeromiss/report/bounds.hpp>
#include <zeromiss/report/metrics_report.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace zeromiss {
namespace {

constexpr std::size_t kMostColumns = 20;  ///< wider matrices are for confusion_matrix.csv
constexpr std::size_t kLongestName = 16;

std::size_t bytes_of(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

/// Columns on a terminal: scripts from U+1100 on with three bytes or more (Korean, Chinese,
/// Japanese) take two.
std::size_t width_of(std::string_view text) {
  std::size_t columns = 0;
  for (std::size_t i = 0; i < text.size(); i += bytes_of(text[i]))
    columns += bytes_of(text[i]) >= 3 ? 2 : 1;
  return columns;
}

std::string shortened(const std::string& name) {
  const std::string text = printable(name);
  if (width_of(text) <= kLongestName) return text;
  std::size_t end = 0;
  while (width_of(std::string_view(text).substr(0, end + bytes_of(text[end]))) < kLongestName)
    end += bytes_of(text[end]);
  return text.substr(0, end) + "~";
}

using Row = std::vector<std::string>;

/// First column to the left, the others to the right.
std::string table(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  std::string text;
  for (const auto& row : rows) {
    text.append("  ").append(row[0]).append(widths[0] - width_of(row[0]), ' ');
    for (std::size_t i = 1; i < row.size(); ++i)
      text.append(2 + widths[i] - width_of(row[i]), ' ').append(row[i]);
    text += "\n";
  }
  return text;
}

std::string shown(const Figure& figure) { return rate_text(figure); }

std::string percent(const Figure& figure) { return percent_text(figure); }

std::string at_most(const Figure& bound) {
  return bound.defined() ? percent_at_most(*bound.value, 2) : percent(bound);
}

std::string between(const std::optional<Interval>& interval) {
  return interval ? percent_at_least(interval->low, 2) + " to " + percent_at_most(interval->high, 2)
                  : "no interval";
}

std::string of_line(const Figure& figure, double whole) {
  return figure.defined() ? rounded(*figure.value, whole, 1) : "-";
}

std::string operating_text(const OperatingPoint& point) {
  const auto& f = point.figures;
  const std::string sure = fmt::format("{:g} % confidence", 100.0 * f.confidence);
  std::string text =
      fmt::format("Operating point: {}{}\n", point.origin,
                  point.threshold.defined() ? fmt::format(" = {}", *point.threshold.value) : "");
  text += fmt::format("  escapes    {} of {} defective ({}; at most {} with {})\n", f.escapes,
                      f.defective, percent(f.escape_rate), at_most(f.escape_rate_upper), sure);
  text += fmt::format("  overkills  {} of {} good ({}; {} with {})\n", f.overkills, f.good,
                      percent(f.overkill_rate), between(f.overkill_rate_interval), sure);
  text += fmt::format("  recall     {} ({} with {})\n", shown(f.recall), between(f.recall_interval),
                      sure);
  text += fmt::format("  precision  {}   F1 {}\n", shown(f.precision), shown(f.f1));
  text += fmt::format("  accuracy   {}   (passing everything: {})\n", shown(f.accuracy),
                      shown(f.always_pass_accuracy));
  if (f.not_judged_defective + f.not_judged_good > 0)
    text += fmt::format("  in ERROR   {} defective (not passed, not found), {} good (overkills)\n",
                        f.not_judged_defective, f.not_judged_good);
  if (f.missing_defective + f.missing_good > 0)
    text += fmt::format(
        "  missing    {} defective (escapes), {} good (overkills) without any "
        "prediction\n",
        f.missing_defective, f.missing_good);
  if (point.line)
    text += fmt::format(
        "  at {:g} % defective parts: {} overkills per 1,000 parts, {} ppm "
        "defective among the passed\n",
        100.0 * *point.defect_rate, of_line(point.line->overkill_per_1000, 1000),
        of_line(point.line->outgoing_ppm, 1e6));
  return text;
}

std::string verdict_table(const std::vector<TruthRow>& truths) {
  std::vector<Row> rows{{"truth", "", "PASS", "REVIEW", "REJECT", "ERROR", "missing"}};
  for (const auto& truth : truths) {
    Row row{shortened(truth.name), truth.defect ? "defect" : "good"};
    for (const auto count : truth.verdicts) row.push_back(std::to_string(count));
    rows.push_back(std::move(row));
  }
  return "Verdict by true class\n" + table(rows);
}

std::string regression_text(const RegressionFigures& f) {
  std::string text = fmt::format("Values: {} images with a prediction\n", f.samples);
  text += fmt::format("  MAE {}   RMSE {}   MSE {}\n", shown(f.mae), shown(f.rmse), shown(f.mse));
  text += fmt::format("  median error {}   largest {}   R2 {}\n", shown(f.median_ae),
                      shown(f.max_error), shown(f.r2));
  text += fmt::format("  MAPE {} ({} targets of zero left out)\n", percent(f.mape),
                      f.mape_zero_targets);
  return text;
}

std::string class_table(const Evaluation& evaluation) {
  const auto& report = *evaluation.classification;
  const auto& f = report.figures;
  std::string text = fmt::format(
      "Classes: accuracy {}, balanced {}, macro-F1 {}, MCC {}, kappa {}, macro ROC-AUC {}\n",
      shown(f.accuracy), shown(f.balanced_accuracy), shown(f.macro.f1), shown(f.mcc),
      shown(f.cohen_kappa), shown(report.ranking.roc_auc_macro));
  std::vector<Row> rows{{"class", "images", "precision", "recall", "F1", "ROC-AUC", "AP"}};
  for (std::size_t k = 0; k < evaluation.classes.size(); ++k) {
    const auto& figures = f.classes[k];
    const auto& ranking = report.ranking.classes[k];
    rows.push_back({shortened(evaluation.classes[k]), std::to_string(figures.support),
                    shown(figures.precision), shown(figures.recall), shown(figures.f1),
                    shown(ranking.roc_auc), shown(ranking.average_precision)});
  }
  return text + table(rows);
}

std::string matrix_table(const Evaluation& evaluation) {
  const auto& matrix = evaluation.classification->matrix;
  if (matrix.classes() > kMostColumns)
    return fmt::format("Confusion matrix: {} classes, see {}\n", matrix.classes(), kConfusionFile);
  const bool some_missing = matrix.unpredicted() > 0;
  Row head{""};
  for (const auto& name : evaluation.classes) head.push_back(shortened(name));
  if (some_missing) head.emplace_back("(none)");
  std::vector<Row> rows{head};
  for (std::size_t i = 0; i < matrix.classes(); ++i) {
    Row row{shortened(evaluation.classes[i])};
    for (std::size_t j = 0; j < matrix.classes(); ++j)
      row.push_back(std::to_string(matrix.count(i, j)));
    if (some_missing) row.push_back(std::to_string(matrix.unpredicted(i)));
    rows.push_back(std::move(row));
  }
  return "Confusion matrix (rows = truth, columns = prediction)\n" + table(rows);
}

}  // namespace

std::string metrics_text(const Evaluation& evaluation) {
  std::string text =
      fmt::format("Images: {} with ground truth ({}); predictions: {}\n", evaluation.images,
                  evaluation.gt_format, evaluation.predictions_format);
  if (evaluation.unlabelled > 0)
    text +=
        fmt::format("  {} predictions without ground truth were left out\n", evaluation.unlabelled);
  text += "\n";
  if (evaluation.regression) return text + regression_text(*evaluation.regression);
  text += evaluation.operating_point
              ? operating_text(*evaluation.operating_point)
              : fmt::format("Operating point: none ({})\n", evaluation.no_operating_point);
  if (evaluation.defect_score)
    text += fmt::format("  defect score by itself: ROC-AUC {}, average precision {}\n",
                        shown(evaluation.defect_score->roc_auc),
                        shown(evaluation.defect_score->average_precision));
  if (evaluation.operating_point)
    text.append("\n").append(certificate_text(certificate_of(evaluation)));
  if (evaluation.has_verdicts) text.append("\n").append(verdict_table(evaluation.truths));
  if (evaluation.segmentation)
    text.append("\n").append(segmentation_text(*evaluation.segmentation));
  if (evaluation.pod) text.append("\n").append(pod_text(*evaluation.pod));
  if (evaluation.detection) text.append("\n").append(detection_text(*evaluation.detection));
  if (evaluation.classification)
    text.append("\n").append(class_table(evaluation)).append("\n").append(matrix_table(evaluation));
  return text;
}

}  // namespace zeromiss
