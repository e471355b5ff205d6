// The same scikit-learn examples through the command line: tables in, metrics.json out.
#include "support/catch.hpp"
#include "support/near.hpp"
#include "support/shared_file.hpp"
#include "support/temp_folder.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <functional>
#include <map>
#include <set>
#include <string>

using zeromiss::test::read_file;
using zeromiss::test::TempFolder;
using zeromiss::test::write_file;
using Json = nlohmann::json;

namespace {

constexpr double kTolerance = 1e-9;

/// Writes the two lists as tables with the given column names, evaluates, gives metrics.json (and
/// curves.json under "curves").
Json evaluate(const Json& input, const char* truth_name, const char* predicted_name,
              const std::string& positive = "") {
  const TempFolder folder;
  std::string truth = fmt::format("image,{}\n", truth_name);
  std::string predicted = fmt::format("image,{}\n", predicted_name);
  const Json& guesses = input.contains("y_score") ? input["y_score"] : input["y_pred"];
  for (std::size_t i = 0; i < guesses.size(); ++i) {
    truth += fmt::format("{}.png,{}\n", i, input["y_true"][i].dump());
    predicted += fmt::format("{}.png,{}\n", i, guesses[i].dump());
  }
  write_file(folder / "gt.csv", truth);
  write_file(folder / "predictions.csv", predicted);
  const std::string command = fmt::format(
      "'{0}' -p '{1}/predictions.csv' -g '{1}/gt.csv' -o '{1}/out' -q --no-html {2} > '{1}/page'",
      ZEROMISS_EVALUATE, folder.path().string(),
      positive.empty() ? std::string() : "--positive " + positive);
  REQUIRE(std::system(command.c_str()) == 0);  // NOLINT(cert-env33-c,concurrency-mt-unsafe)
  Json metrics = Json::parse(read_file(folder / "out/metrics.json"));
  metrics["curves"] = Json::parse(read_file(folder / "out/curves.json"));
  return metrics;
}

/// null is scikit-learn's 0 of `zero_division=0`.
double number(const Json& value) { return value.is_null() ? 0.0 : value.get<double>(); }

void check_near(const Json& expected, const Json& found) {
  if (expected.is_array()) {
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) check_near(expected[i], found[i]);
    return;
  }
  CHECK(number(found) == near(expected.get<double>(), kTolerance));
}

Json classification(const Json& input) {
  return evaluate(input, "label", "label")["classification"];
}

Json of_classes(const Json& report, const char* figure) {
  Json values = Json::array();
  for (const auto& one : report["classes"]) values.push_back(one[figure]);
  return values;
}

Json triple(const Json& averages) {
  return {averages["precision"], averages["recall"], averages["f1"]};
}

void check_averages(const Json& in, const Json& out) {
  check_near(out, triple(classification(in)[in["average"].get<std::string>()]));
}

void check_report(const Json& in, const Json& out) {
  const Json report = classification(in);
  for (const auto& one : report["classes"]) {
    const Json& row = out[one["name"].get<std::string>()];
    check_near({row["precision"], row["recall"], row["f1-score"]}, triple(one));
    CHECK(one["support"] == row["support"]);
  }
  for (const auto& [name, key] :
       {std::pair("macro avg", "macro"), std::pair("weighted avg", "weighted")}) {
    const Json& row = out[name];
    check_near({row["precision"], row["recall"], row["f1-score"]}, triple(report[key]));
  }
  check_near(out["accuracy"], report["accuracy"]);
}

/// Class "1" is the positive one: its figures, and those of the defect score, are sklearn's.
Json ranked(const Json& in) { return evaluate(in, "label", "score", "1"); }

void check_rank_figure(const Json& in, const Json& out, const char* figure) {
  const Json metrics = ranked(in);
  check_near(out, metrics["defect_score"][figure]);
  check_near(out, metrics["classification"]["classes"][1][figure]);
}

using Check = std::function<void(const Json& input, const Json& expected)>;

Check class_figure(const char* figure) {
  return [figure](const Json& in, const Json& out) {
    check_near(out.is_object() ? out["zd0"] : out, of_classes(classification(in), figure));
  };
}

Check report_figure(const char* figure) {
  return [figure](const Json& in, const Json& out) { check_near(out, classification(in)[figure]); };
}

Check regression_figure(const char* figure) {
  return [figure](const Json& in, const Json& out) {
    const double expected = out.get<double>();
    CHECK(number(evaluate(in, "value", "value")["regression"][figure]) ==
          Approx(expected).epsilon(kTolerance));
  };
}

const std::map<std::string, Check>& checks() {
  using J = const Json&;
  static const std::map<std::string, Check> all{
      {"confusion_matrix",
       [](J in, J out) { CHECK(classification(in)["confusion_matrix"]["counts"] == out); }},
      {"confusion_matrix binary tn fp fn tp",
       [](J in, J out) {
         CHECK(classification(in)["confusion_matrix"]["counts"] ==
               Json{{out[0], out[1]}, {out[2], out[3]}});
       }},
      {"accuracy_score", report_figure("accuracy")},
      {"precision/recall/f1 macro", check_averages},
      {"precision/recall/f1 micro", check_averages},
      {"precision/recall/f1 weighted", check_averages},
      {"precision per class", class_figure("precision")},
      {"recall zero_division", class_figure("recall")},
      {"precision zero_division", class_figure("precision")},
      {"classification_report 1", check_report},
      {"precision_recall_curve",
       [](J in, J out) {
         const Json curve = ranked(in)["curves"]["defect_score"]["pr"];
         for (const char* key : {"precision", "recall", "thresholds"})
           check_near(out[key], curve[key]);
       }},
      {"average_precision_score",
       [](J in, J out) { check_rank_figure(in, out, "average_precision"); }},
      {"roc_curve (first threshold: 1.8 in sklearn<1.3, inf since 1.3)",
       [](J in, J out) {
         const Json curve = ranked(in)["curves"]["defect_score"]["roc"];
         check_near(out["fpr"], curve["fpr"]);
         check_near(out["tpr"], curve["tpr"]);
         CHECK(curve["thresholds"][0].is_null());
       }},
      {"roc_auc_score", [](J in, J out) { check_rank_figure(in, out, "roc_auc"); }},
      {"balanced_accuracy_score", report_figure("balanced_accuracy")},
      {"matthews_corrcoef", report_figure("mcc")},
      {"mean_absolute_error", regression_figure("mae")},
      {"mean_squared_error", regression_figure("mse")},
      {"rmse", regression_figure("rmse")},
      {"mape", regression_figure("mape")},
      {"r2_score", regression_figure("r2")},
      {"mape near zero", regression_figure("mape_sklearn")},
      {"torchmetrics mape doc example (eps 1.17e-06)", regression_figure("mape")},
  };
  return all;
}

/// sklearn's `labels=` leaves out a class that is there; here --classes must name all that occur.
/// The other figure is not offered for classification.
const std::set<std::string> kNotOffered{"classification_report labels=[1,2,3]",
                                        "jaccard_score multiclass average=None"};

}  // namespace

TEST_CASE("every documented scikit-learn example comes out of tables, to 1e-9") {
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
