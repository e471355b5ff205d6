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
