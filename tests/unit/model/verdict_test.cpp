#include "support/catch.hpp"

#include <zeromiss/model/verdict.hpp>

#include <cmath>
#include <limits>

using namespace zeromiss;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

ModelPackage two_classes(Task task = Task::classification) {
  ModelPackage package{};
  package.task = task;
  package.classes = {{"good", false}, {"scratch", true}};
  return package;
}

VerdictKind anomaly(double score, Limits limits) {
  return judge(Anomaly{score}, two_classes(Task::anomaly), limits).kind();
}

std::string refusal(const Prediction& prediction, const ModelPackage& package) {
  try {
    judge(prediction, package, {0.2, 0.8});
  } catch (const ItemError& error) {
    return error.code();
  }
  return "judged";
}

}  // namespace

TEST_CASE("a score at a limit belongs to the worse side, one ULP below to the better",
          "[verdict]") {
  const Limits limits{0.25, 0.75};
  CHECK(anomaly(std::nextafter(0.25, 0.0), limits) == VerdictKind::pass);
  CHECK(anomaly(0.25, limits) == VerdictKind::review);
  CHECK(anomaly(std::nextafter(0.25, 1.0), limits) == VerdictKind::review);
  CHECK(anomaly(std::nextafter(0.75, 0.0), limits) == VerdictKind::review);
  CHECK(anomaly(0.75, limits) == VerdictKind::reject);
  CHECK(anomaly(std::nextafter(0.75, 1.0), limits) == VerdictKind::reject);
}

TEST_CASE("equal limits leave no room for review", "[verdict]") {
  const Limits limits{0.5, 0.5};
  CHECK(anomaly(std::nextafter(0.5, 0.0), limits) == VerdictKind::pass);
  CHECK(anomaly(0.5, limits) == VerdictKind::reject);
}

TEST_CASE("NaN and infinities have no verdict", "[verdict][error]") {
  const double score = GENERATE(values({kNan, kInfinity, -kInfinity}));
  CAPTURE(score);
  CHECK(refusal(Anomaly{score}, two_classes(Task::anomaly)) == "model.nonfinite");
  CHECK(refusal(Classification{{score, 0.5}}, two_classes()) == "model.nonfinite");
  CHECK(refusal(Classification{{0.5, score}}, two_classes()) == "model.nonfinite");
}

TEST_CASE("a NaN limit never lets a picture pass", "[verdict][error]") {
  CHECK(anomaly(-1e300, {kNan, 0.5}) != VerdictKind::pass);
  CHECK(anomaly(-1e300, {0.5, kNan}) != VerdictKind::pass);
}

TEST_CASE("a wrong number of classes has no verdict", "[verdict][error]") {
  CHECK(refusal(Classification{{1.0}}, two_classes()) == "model.output");
  CHECK(refusal(Classification{{0.5, 0.25, 0.25}}, two_classes()) == "model.output");
  CHECK(refusal(Classification{{}}, two_classes()) == "model.output");
}

TEST_CASE("a probability outside [0, 1] has no verdict", "[verdict][error]") {
  CHECK(refusal(Classification{{1.5, -0.5}}, two_classes()) == "model.output");
  CHECK(refusal(Classification{{2.0, 0.0}}, two_classes()) == "model.output");
}

TEST_CASE("the score is one minus what is certain to be good", "[verdict]") {
  ModelPackage package{};
  package.classes = {
      {"good", false}, {"scratch", true}, {"dust, harmless", false}, {"crack", true}};
  // 1 - (0.5 + 0.125) = 0.375, and scratch is not the largest
  const Verdict verdict = judge(Classification{{0.5, 0.25, 0.125, 0.125}}, package, {0.2, 0.8});
  CHECK(verdict.score() == 0.375);
  CHECK(verdict.label() == "good");
  CHECK(verdict.kind() == VerdictKind::review);
}

TEST_CASE("the first of equal probabilities names the class", "[verdict]") {
  CHECK(judge(Classification{{0.5, 0.5}}, two_classes(), {0.2, 0.8}).label() == "good");
}

TEST_CASE("rounding of the sum never makes a negative score", "[verdict]") {
  ModelPackage package{};
  package.classes = {{"a", false}, {"b", false}, {"c", false}, {"d", true}};
  // 0.7 + 0.2 + 0.1 is 0.9999999999999999 in doubles; 0.6 + 0.3 + 0.1 likewise; 1 + 1e-17 is 1
  const Verdict verdict = judge(Classification{{1.0, 1e-16, 1e-16, 0.0}}, package, {0.2, 0.8});
  CHECK(verdict.score() >= 0.0);
  CHECK(verdict.kind() == VerdictKind::pass);
}

TEST_CASE("a verdict that nobody made is ERROR", "[verdict]") {
  const Verdict verdict;
  CHECK(verdict.kind() == VerdictKind::error);
  CHECK_FALSE(verdict.score().has_value());
  CHECK(verdict_name(verdict.kind()) == "ERROR");
}

TEST_CASE("an anomaly is called by the class its side has", "[verdict]") {
  CHECK(judge(Anomaly{3.0}, two_classes(Task::anomaly), {1.0, 2.0}).label() == "scratch");
  CHECK(judge(Anomaly{1.5}, two_classes(Task::anomaly), {1.0, 2.0}).label() == "good");
  ModelPackage unnamed = two_classes(Task::anomaly);
  unnamed.classes = {{"anomaly", true}};
  CHECK(judge(Anomaly{0.0}, unnamed, {1.0, 2.0}).label().empty());
}

TEST_CASE("the worst defect that counts decides, none is a pass", "[verdict]") {
  ModelPackage package = two_classes(Task::detection);
  const auto judged = [&](const std::vector<Defect>& defects) {
    return judge(Objects{defects}, package, {0.2, 0.8});
  };
  CHECK(judged({}).kind() == VerdictKind::pass);
  CHECK(judged({}).score() == 0.0);
  CHECK(judged({}).label().empty());
  const Verdict review = judged({{1, 0.5, {}, 1}, {1, 0.7, {}, 1}});
  CHECK(review.kind() == VerdictKind::review);
  CHECK(review.score() == 0.7);
  CHECK(review.label() == "scratch");
  CHECK(judged({{1, 0.8, {}, 1}}).kind() == VerdictKind::reject);
  const Verdict weak = judged({{1, 0.1, {}, 1}});
  CHECK(weak.kind() == VerdictKind::pass);
  CHECK(weak.score() == 0.1);
  CHECK(weak.label().empty());  // no defect's name on a part that passes
}

TEST_CASE("a class's own limits make the verdict worse, never better", "[verdict]") {
  ModelPackage package = two_classes(Task::detection);
  package.classes.push_back({"crack", true, 0, 0, 0.05, 0.1});
  package.classes.push_back({"spot", true, 0, 0, 0.9, 0.95});
  const auto kind = [&](std::size_t label, double score) {
    return judge(Objects{{{label, score, {}, 1}}}, package, {0.2, 0.8}).kind();
  };
  CHECK(kind(2, 0.04) == VerdictKind::pass);
  CHECK(kind(2, 0.05) == VerdictKind::review);
  CHECK(kind(2, 0.1) == VerdictKind::reject);
  CHECK(kind(1, 0.1) == VerdictKind::pass);
  CHECK(kind(3, 0.5) == VerdictKind::review);
  CHECK(kind(3, 0.85) == VerdictKind::reject);
  // The worst of two counts, though the other has the higher score.
  const Verdict both = judge(Objects{{{1, 0.5, {}, 1}, {2, 0.1, {}, 1}}}, package, {0.2, 0.8});
  CHECK(both.kind() == VerdictKind::reject);
  CHECK(both.score() == 0.5);
}

TEST_CASE("defects with impossible numbers have no verdict", "[verdict][error]") {
  ModelPackage package = two_classes(Task::detection);
  const double bad = GENERATE(values({kNan, kInfinity}));
  CHECK(refusal(Objects{{{1, bad, {}, 1}}}, package) == "model.nonfinite");
  CHECK(refusal(Objects{{{1, 0.5, {bad, 0, 1, 1}, 1}}}, package) == "model.nonfinite");
  CHECK(refusal(Objects{{{1, 0.5, {}, bad}}}, package) == "model.nonfinite");
  CHECK(refusal(Objects{{{1, 1.5, {}, 1}}}, package) == "model.output");
  CHECK(refusal(Objects{{{0, 0.5, {}, 1}}}, package) == "model.output");  // no defect class
  CHECK(refusal(Objects{{{2, 0.5, {}, 1}}}, package) == "model.output");
}

TEST_CASE("several labels are as bad as the worst of them", "[verdict]") {
  ModelPackage package = two_classes();
  package.classes = {{"scratch", true}, {"clean", false}, {"dust", true}};
  const Verdict verdict = judge(MultiLabel{{0.3, 0.99, 0.7}}, package, {0.2, 0.8});
  CHECK(verdict.score() == 0.7);
  CHECK(verdict.kind() == VerdictKind::review);
  CHECK(verdict.label() == "clean");
  CHECK(judge(MultiLabel{{0.1, 0.05, 0.1}}, package, {0.2, 0.8}).label().empty());
  CHECK(refusal(MultiLabel{{0.1, 1.5, 0.1}}, package) == "model.output");
  CHECK(refusal(MultiLabel{{0.1, kNan, 0.1}}, package) == "model.nonfinite");
}
