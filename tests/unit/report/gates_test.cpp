#include "support/catch.hpp"
#include "support/near.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/report/gates.hpp>
#include <zeromiss/report/metrics_report.hpp>

#include <nlohmann/json.hpp>
#include <pugixml.hpp>

using namespace zeromiss;
using Catch::Matchers::ContainsSubstring;

namespace {

/// 299 defective parts without a miss, 63 of 1,000 good ones rejected (reference/metrics.md 9.6).
nlohmann::ordered_json metrics() {
  return nlohmann::ordered_json::parse(R"({
    "operating_point": {"escapes": 0, "overkills": 63, "defective": 299, "good": 1000,
      "recall": 1.0, "precision": null, "escape_rate": 0.0, "overkill_rate": 0.063,
      "classes": [{"name": "a.b", "images": 29, "escapes": 0, "recall": 1.0},
                  {"name": "empty", "images": 0, "escapes": 0, "recall": null}]},
    "classification": {"samples": 1299, "macro": {"f1": 0.75}, "mcc": 0.5}})");
}

Gate applied(const char* expression) { return apply_gate(parse_gate(expression), metrics()); }

}  // namespace

TEST_CASE("a gate compares the figure itself") {
  CHECK(applied("recall >= 1").state == GateState::pass);
  CHECK(applied("recall>1").state == GateState::fail);
  CHECK(applied("escapes == 0").state == GateState::pass);
  CHECK(applied("overkills <= 62").state == GateState::fail);
  CHECK(applied("overkills < 64").state == GateState::pass);
  CHECK(applied("operating_point.overkill_rate <= 0.07").state == GateState::pass);
  CHECK(applied("classification.macro.f1 >= 0.75").state == GateState::pass);
  CHECK(applied("operating_point.classes.a.b.recall == 1").state == GateState::pass);
}

TEST_CASE("no miss among nothing is no evidence") {
  const auto metrics = nlohmann::ordered_json::parse(R"({
    "operating_point": {"escapes": 0, "overkills": 0, "defective": 0, "good": 0,
      "missing": {"defective": 0, "good": 0},
      "classes": [{"name": "dent", "images": 0, "escapes": 0, "not_judged": 0}]},
    "certificate": {"overall": {"defective": 0, "escapes": 0, "images": 0, "escapes_whole": 0}},
    "detection": {"classes": [{"name": "dent", "tp": 0, "fp": 3, "fn": 0, "errors": {"missed": 0}},
                              {"name": "hole", "tp": 1, "fp": 0, "fn": 0, "errors": {"missed": 0}}]},
    "pod": {"targets": 0, "missed_in_passed_images": 0}})");
  const auto state = [&](const std::string& expression) {
    INFO(expression);
    const Gate gate = apply_gate(parse_gate(expression), metrics);
    CHECK(gate.reason.empty() == (gate.state == GateState::pass));
    return gate.state;
  };
  for (const char* key :
       {"escapes", "overkills", "missing.defective", "missing.good", "classes.dent.escapes",
        "operating_point.classes.dent.not_judged", "certificate.overall.escapes",
        "certificate.overall.escapes_whole", "detection.classes.dent.fn",
        "detection.classes.dent.errors.missed", "pod.missed_in_passed_images"}) {
    CHECK(state(std::string(key) + " == 0") == GateState::insufficient_evidence);
    CHECK(state(std::string(key) + " >= 1") == GateState::fail);
  }
  for (const char* key : {"defective", "detection.classes.hole.fn",
                          "detection.classes.hole.errors.missed", "pod.targets"})
    CHECK(state(std::string(key) + " <= 1") == GateState::pass);
  CHECK(apply_gate(parse_gate("escapes == 0"), metrics).reason == "there is no defective image");
}

TEST_CASE("what nobody predicted makes no figure of the predicted ones better") {
  auto metrics = nlohmann::ordered_json::parse(R"({
    "images": 9, "missing_predictions": 0, "errors": 0,
    "operating_point": {"overkills": 0, "defective": 5, "good": 4, "precision": 1.0},
    "defect_score": {"roc_auc": 1.0, "average_precision": 1.0},
    "classification": {"roc_auc_macro": 1.0, "classes": [{"name": "a", "predicted": 90, "fp": 0,
       "specificity": 1.0, "precision": 1.0, "recall": 1.0, "roc_auc": 1.0}]},
    "detection": {"at_operating_score": {"tp": 1, "fp": 0, "errors": {"background": 0}}},
    "segmentation": {"regions": {"false_regions": 0}}})");
  const auto state = [&](const std::string& expression) {
    return apply_gate(parse_gate(expression), metrics).state;
  };
  const std::vector<std::string> demands{"classification.classes.a.fp == 0",
                                         "classification.classes.a.specificity >= 1",
                                         "classification.classes.a.precision >= 0.9 @ 0.95",
                                         "classification.classes.a.roc_auc >= 1",
                                         "classification.roc_auc_macro >= 1",
                                         "defect_score.roc_auc >= 1",
                                         "defect_score.average_precision >= 1",
                                         "detection.at_operating_score.fp == 0",
                                         "detection.at_operating_score.errors.background == 0",
                                         "segmentation.regions.false_regions == 0"};
  for (const char* key : {"", "missing_predictions", "errors"}) {
    if (*key != '\0') metrics[key] = 1U;
    for (const auto& demand : demands) {
      INFO(key << ": " << demand);
      CHECK(state(demand) == (*key == '\0' ? GateState::pass : GateState::insufficient_evidence));
    }
    CHECK(state("precision >= 1") == GateState::pass);  // missing images are overkills there
    CHECK(state("classification.classes.a.recall >= 1") == GateState::pass);
    if (*key != '\0') metrics[key] = 0U;
  }
}

TEST_CASE("a defective image in ERROR is no evidence that it would not escape") {
  auto metrics = nlohmann::ordered_json::parse(R"({
    "operating_point": {"escapes": 0, "overkills": 0, "defective": 300, "good": 10, "recall": 0.9,
      "escape_rate": 0.0, "escape_rate_upper": 0.009, "outgoing_ppm": 0.0,
      "not_judged": {"defective": 1, "good": 0},
      "classes": [{"name": "dent", "images": 300, "escapes": 0, "not_judged": 1,
                   "escape_rate": 0.0}]},
    "certificate": {"overall": {"defective": 300, "escapes": 0, "not_judged": 1,
      "escape_rate_upper": 0.009, "more_for_1_percent": 0}}})");
  const std::vector<std::string> demands{"escapes == 0",
                                         "escape_rate <= 0.01",
                                         "escape_rate <= 0.01 @ 0.95",
                                         "escape_rate_upper <= 0.01",
                                         "outgoing_ppm <= 1",
                                         "classes.dent.escapes == 0",
                                         "classes.dent.escape_rate <= 0.01 @ 0.95",
                                         "certificate.overall.escapes == 0",
                                         "certificate.overall.escape_rate_upper <= 0.01",
                                         "certificate.overall.more_for_1_percent == 0"};
  const auto check_all = [&](GateState wanted) {
    for (const auto& demand : demands) {
      INFO(demand);
      CHECK(apply_gate(parse_gate(demand), metrics).state == wanted);
    }
  };
  check_all(GateState::insufficient_evidence);
  CHECK(apply_gate(parse_gate("recall >= 0.9"), metrics).state == GateState::pass);
  CHECK_THAT(apply_gate(parse_gate("escapes == 0"), metrics).reason,
             ContainsSubstring("1 of 300 defective images are in ERROR"));
  metrics["operating_point"]["not_judged"]["defective"] = 0U;
  metrics["operating_point"]["classes"][0]["not_judged"] = 0U;
  metrics["certificate"]["overall"]["not_judged"] = 0U;
  check_all(GateState::pass);
}

TEST_CASE("a figure that is missing or null fails") {
  for (const char* expression :
       {"recal >= 0", "precision >= 0", "classes.empty.recall >= 0", "classification.macro >= 0",
        "classes.none.recall <= 1", "precision >= 0 @ 0.95", "operating_point. >= 0"}) {
    INFO(expression);
    const Gate gate = applied(expression);
    CHECK(gate.state == GateState::fail);
    CHECK_FALSE(gate.value.has_value());
    CHECK_FALSE(gate.reason.empty());
  }
}

TEST_CASE("a name that several entries have fails, whatever the last one says") {
  auto twice = metrics();
  auto& classes = twice["operating_point"]["classes"];
  const nlohmann::ordered_json missed{{"name", "a.b"}, {"images", 9U}, {"recall", 0.0}};
  classes.insert(classes.begin(), missed);
  const Gate gate = apply_gate(parse_gate("classes.a.b.recall >= 1"), twice);
  CHECK(gate.state == GateState::fail);
  CHECK_THAT(gate.reason, ContainsSubstring("several entries"));
  CHECK_FALSE(figure_in(twice, "operating_point.classes.a.b.recall").has_value());
  CHECK(figure_in(twice, "classes.empty.images").has_value());
}

// 0 of 299: the miss rate is below 0.997 % with 95 %, below 1.53 % with 99 % confidence.
TEST_CASE("with a confidence the bounds decide") {
  const Gate shown = applied("recall >= 0.99 @ 0.95");
  CHECK(shown.state == GateState::pass);
  REQUIRE(shown.interval.has_value());
  CHECK(1.0 - shown.interval->low == near(0.00997, 5e-6));
  CHECK(shown.interval->high == 1.0);
  CHECK(applied("recall >= 0.99 @ 0.99").state == GateState::insufficient_evidence);
  CHECK(applied("escape_rate <= 0.01 @ 0.95").state == GateState::pass);
  CHECK(applied("escape_rate <= 0.001 @ 0.95").state == GateState::insufficient_evidence);
  CHECK(applied("overkill_rate <= 0.0772 @ 0.95").state == GateState::pass);  // scipy: 0.077125
  CHECK(applied("overkill_rate <= 0.0770 @ 0.95").state == GateState::insufficient_evidence);
  CHECK(applied("overkill_rate <= 0.03 @ 0.95").state == GateState::fail);
  CHECK(applied("overkill_rate == 0.06 @ 0.95").state == GateState::insufficient_evidence);
  CHECK(applied("overkill_rate == 0.5 @ 0.95").state == GateState::fail);
}

TEST_CASE("a class has its own bounds: 29 of 29 show 90 % and not 91 %") {
  CHECK(applied("classes.a.b.recall >= 0.9 @ 0.95").state == GateState::pass);
  CHECK(applied("classes.a.b.recall >= 0.91 @ 0.95").state == GateState::insufficient_evidence);
}

TEST_CASE("a figure without bounds fails when it is asked for them") {
  const Gate gate = applied("classification.mcc >= 0.1 @ 0.95");
  CHECK(gate.state == GateState::fail);
  CHECK_THAT(gate.reason, ContainsSubstring("no confidence bound"));
}

TEST_CASE("what is no gate is refused") {
  for (const char* expression :
       {"", "recall", ">= 0.9", "recall >= ", "recall >= 0,9", "recall => 0.9", "recall = 0.9",
        "recall >= nan", "recall >= 1 @", "recall >= 1 @ 95", "recall >= 1 @ 0",
        "recall >= 1 @ 0.9 @ 0.9"}) {
    INFO(expression);
    CHECK_THROWS_AS(parse_gate(expression), Error);
  }
}

TEST_CASE("junit.xml says each gate's state, whatever its name") {
  const std::string hostile = "classes.<a&\"b\">\x01\xEF\xBF\xBE.recall >= 1";
  const std::vector<Gate> gates{applied("escapes == 0"), applied("recall >= 0.99 @ 0.99"),
                                apply_gate(parse_gate(hostile), metrics())};
  pugi::xml_document document;
  Evaluation evaluation;
  evaluation.gates = gates;
  const std::string text = junit_xml(evaluation);
  REQUIRE(document.load_buffer(text.data(), text.size()));
  CHECK(text.find('\x01') == std::string::npos);
  CHECK(text.find("\xEF\xBF\xBE") == std::string::npos);
  const auto suite = document.child("testsuites").child("testsuite");
  CHECK(suite.attribute("tests").as_int() == 3);
  CHECK(suite.attribute("failures").as_int() == 2);
  auto test = suite.child("testcase");
  CHECK(test.attribute("name").value() == std::string("escapes == 0"));
  CHECK_FALSE(test.child("failure"));
  test = test.next_sibling();
  CHECK(test.child("failure").attribute("type").value() == std::string("INSUFFICIENT_EVIDENCE"));
  test = test.next_sibling();
  CHECK(test.attribute("name").value() == std::string("classes.<a&\"b\">??.recall >= 1"));
  CHECK(test.child("failure").attribute("type").value() == std::string("FAIL"));
}
