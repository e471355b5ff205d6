// The examples in scikit-learn's documentation, ../shared/vectors/sklearn-docs/cases.json.
#include "support/catch.hpp"
#include "support/shared_file.hpp"

#include <zeromiss/metrics/classification.hpp>
#include <zeromiss/metrics/regression.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace zeromiss;
using Json = nlohmann::json;

namespace {

constexpr double kTolerance = 1e-9;

void check_near(const Json& expected, const std::vector<double>& found) {
  REQUIRE(expected.size() == found.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    CHECK(found[i] == Approx(expected[i].get<double>()).margin(kTolerance));
}

void check_near(const Json& expected, const Figure& found) {
  REQUIRE(found.defined());
  CHECK(*found.value == Approx(expected.get<double>()).margin(kTolerance));
}

/// scikit-learn's default class list: every label seen, ascending; or the case's own `labels`.
std::vector<int> labels_of(const Json& input) {
  if (input.contains("labels")) return input["labels"].get<std::vector<int>>();
  std::set<int> seen;
  for (const char* key : {"y_true", "y_pred"})
    for (const auto& label : input[key]) seen.insert(label.get<int>());
  return {seen.begin(), seen.end()};
}

ConfusionMatrix matrix_of(const Json& input) {
  const auto labels = labels_of(input);
  const auto index = [&](const Json& label) -> std::optional<std::size_t> {
    const auto found = std::find(labels.begin(), labels.end(), label.get<int>());
    if (found == labels.end()) return std::nullopt;
    return static_cast<std::size_t>(found - labels.begin());
  };
  ConfusionMatrix matrix(labels.size());
  for (std::size_t i = 0; i < input["y_true"].size(); ++i) {
    const auto truth = index(input["y_true"][i]), predicted = index(input["y_pred"][i]);
    truth ? matrix.add(*truth, predicted) : matrix.add_foreign(predicted);
  }
  return matrix;
}

Ranking ranking_of(const Json& input) {
  std::vector<ScoredSample> samples;
  for (std::size_t i = 0; i < input["y_true"].size(); ++i)
    samples.push_back({input["y_score"][i].get<double>(), input["y_true"][i].get<int>() == 1});
  return rank_samples(samples);
}

RegressionFigures regression_of(const Json& input) {
  return regression_figures(input["y_true"].get<std::vector<double>>(),
                            input["y_pred"].get<std::vector<double>>());
}

std::vector<double> values(const Averages& averages) {
  return {averages.precision.or_zero(), averages.recall.or_zero(), averages.f1.or_zero()};
}

void check_averages(const Json& input, const Json& expected) {
  const auto figures = confusion_figures(matrix_of(input));
  const std::string average = input["average"].get<std::string>();
  check_near(expected, values(average == "macro"   ? figures.macro
                              : average == "micro" ? figures.micro
                                                   : figures.weighted));
}

void check_per_class(const Json& input, const Json& expected, Figure ClassFigures::*pick) {
  std::vector<double> found;
  for (const auto& figures : confusion_figures(matrix_of(input)).classes)
    found.push_back((figures.*pick).or_zero());
  check_near(expected, found);
}

void check_report(const Json& input, const Json& expected) {
  const auto matrix = matrix_of(input);
  const auto figures = confusion_figures(matrix);
  const auto labels = labels_of(input);
  const auto row = [&](const std::string& name) {
    const Json& one = expected[name];
    return Json{one["precision"], one["recall"], one["f1-score"]};
  };
  for (std::size_t k = 0; k < labels.size(); ++k) {
    const auto& found = figures.classes[k];
    check_near(row(std::to_string(labels[k])),
               {found.precision.or_zero(), found.recall.or_zero(), found.f1.or_zero()});
    CHECK(found.support == expected[std::to_string(labels[k])]["support"].get<std::uint64_t>());
  }
  check_near(row("macro avg"), values(figures.macro));
  check_near(row("weighted avg"), values(figures.weighted));
  if (expected.contains("micro avg")) check_near(row("micro avg"), values(figures.micro));
  if (expected.contains("accuracy")) check_near(expected["accuracy"], figures.accuracy);
}

void check_matrix(const Json& input, const Json& expected) {
  const auto matrix = matrix_of(input);
  std::vector<double> found, flat;
  for (std::size_t i = 0; i < matrix.classes(); ++i)
    for (std::size_t j = 0; j < matrix.classes(); ++j)
      found.push_back(static_cast<double>(matrix.count(i, j)));
  for (const auto& row : expected)
    for (const auto& cell : row) flat.push_back(cell.get<double>());  // a number is its own row
  check_near(Json(flat), found);
}

void check_pr_curve(const Json& input, const Json& expected) {
  const auto curve = pr_curve(ranking_of(input));
  check_near(expected["precision"], curve.precision);
  check_near(expected["recall"], curve.recall);
  check_near(expected["thresholds"], curve.thresholds);
}

void check_roc_curve(const Json& input, const Json& expected) {
  const auto curve = roc_curve(ranking_of(input), true);
  check_near(expected["fpr"], curve.fpr);
  check_near(expected["tpr"], curve.tpr);
  REQUIRE(curve.thresholds.size() == expected["thresholds"].size());
  CHECK_FALSE(curve.thresholds[0].has_value());  // "above every score"; 1.8 before scikit-learn 1.3
  for (std::size_t i = 1; i < curve.thresholds.size(); ++i)
    CHECK(curve.thresholds[i] == expected["thresholds"][i].get<double>());
}

using Check = std::function<void(const Json& input, const Json& expected)>;

const std::map<std::string, Check>& checks() {
  using J = const Json&;
  static const std::map<std::string, Check> all{
      {"confusion_matrix", check_matrix},
      {"confusion_matrix binary tn fp fn tp", check_matrix},
      {"accuracy_score",
       [](J in, J out) { check_near(out, confusion_figures(matrix_of(in)).accuracy); }},
      {"precision/recall/f1 macro", check_averages},
      {"precision/recall/f1 micro", check_averages},
      {"precision/recall/f1 weighted", check_averages},
      {"precision per class",
       [](J in, J out) { check_per_class(in, out, &ClassFigures::precision); }},
      {"recall zero_division",
       [](J in, J out) { check_per_class(in, out["zd0"], &ClassFigures::recall); }},
      {"precision zero_division",
       [](J in, J out) { check_per_class(in, out["zd0"], &ClassFigures::precision); }},
      {"classification_report 1", check_report},
      {"classification_report labels=[1,2,3]", check_report},
      {"precision_recall_curve", check_pr_curve},
      {"average_precision_score",
       [](J in, J out) { check_near(out, average_precision(ranking_of(in))); }},
      {"roc_curve (first threshold: 1.8 in sklearn<1.3, inf since 1.3)", check_roc_curve},
      {"roc_auc_score", [](J in, J out) { check_near(out, roc_auc(ranking_of(in))); }},
      {"balanced_accuracy_score",
       [](J in, J out) { check_near(out, confusion_figures(matrix_of(in)).balanced_accuracy); }},
      {"matthews_corrcoef",
       [](J in, J out) { check_near(out, confusion_figures(matrix_of(in)).mcc); }},
      {"mean_absolute_error", [](J in, J out) { check_near(out, regression_of(in).mae); }},
      {"mean_squared_error", [](J in, J out) { check_near(out, regression_of(in).mse); }},
      {"rmse", [](J in, J out) { check_near(out, regression_of(in).rmse); }},
      {"mape", [](J in, J out) { check_near(out, regression_of(in).mape); }},
      {"r2_score", [](J in, J out) { check_near(out, regression_of(in).r2); }},
      {"mape near zero",
       [](J in, J out) {
         const auto found = regression_of(in).mape_sklearn;  // 1e14: relative tolerance
         REQUIRE(found.defined());
         CHECK(*found.value == Approx(out.get<double>()).epsilon(1e-12));
       }},
      {"torchmetrics mape doc example (eps 1.17e-06)",
       [](J in, J out) { check_near(out, regression_of(in).mape); }},
  };
  return all;
}

/// Figures that this program does not offer for classification.
const std::set<std::string> kNotOffered{"jaccard_score multiclass average=None"};

}  // namespace

TEST_CASE("every documented scikit-learn example comes out to 1e-9") {
  const auto cases = shared_json("vectors/sklearn-docs/cases.json");
  if (!cases) return;
  for (const auto& one : *cases) {
    const std::string name = one["name"].get<std::string>();
    INFO(name);
    if (kNotOffered.count(name) > 0) continue;
    REQUIRE(checks().count(name) == 1);
    checks().at(name)(one["input"], one["value"]);
  }
}
