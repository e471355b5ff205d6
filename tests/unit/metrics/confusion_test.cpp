#include "support/catch.hpp"

#include <zeromiss/metrics/confusion.hpp>

#include <cmath>
#include <stdexcept>

using namespace zeromiss;

namespace {

/// Truth 0: 3 right, 1 as class 1. Truth 1: 2 right. Class 2 never occurs and is never predicted.
ConfusionMatrix three_classes() {
  ConfusionMatrix matrix(3);
  matrix.add(0, 0, 3);
  matrix.add(0, 1);
  matrix.add(1, 1, 2);
  return matrix;
}

}  // namespace

TEST_CASE("rows of the confusion matrix are the truth") {
  const auto matrix = three_classes();
  CHECK(matrix.count(0, 1) == 1);
  CHECK(matrix.count(1, 0) == 0);
  CHECK(matrix.support(0) == 4);
  CHECK(matrix.predicted(1) == 3);
  CHECK(matrix.samples() == 6);
  CHECK(matrix.correct() == 5);
}

TEST_CASE("a class that never occurs has undefined figures, not zeros") {
  const auto absent = confusion_figures(three_classes()).classes[2];
  CHECK(absent.precision.reason == "no_predictions");
  CHECK(absent.recall.reason == "no_positives");
  CHECK(absent.f1.reason == "no_positives_and_no_predictions");
  CHECK(absent.specificity.value == 1.0);  // all 6 samples are true negatives
}

TEST_CASE("per class figures follow from the counts") {
  const auto first = confusion_figures(three_classes()).classes[0];
  CHECK(first.tp == 3);
  CHECK(first.fp == 0);
  CHECK(first.fn == 1);
  CHECK(first.tn == 2);
  CHECK(first.precision.value == 1.0);
  CHECK(first.recall.value == 0.75);
  CHECK(first.f1.or_zero() == Approx(6.0 / 7.0).margin(1e-15));  // 2*3 / (2*3 + 0 + 1)
}

TEST_CASE("macro counts an absent class as zero and macro_present leaves it out") {
  const auto figures = confusion_figures(three_classes());
  // precision 1, 2/3, 0/0; recall 3/4, 1, 0/0
  CHECK(figures.macro.precision.or_zero() == Approx(5.0 / 9.0).margin(1e-15));
  CHECK(figures.macro_present.precision.or_zero() == Approx(5.0 / 6.0).margin(1e-15));
  CHECK(figures.macro.recall.or_zero() == Approx(1.75 / 3.0).margin(1e-15));
  CHECK(figures.macro_present.recall.or_zero() == Approx(0.875).margin(1e-15));
}

TEST_CASE("micro precision is the accuracy when every sample has a prediction") {
  const auto figures = confusion_figures(three_classes());
  CHECK(figures.accuracy.or_zero() == Approx(5.0 / 6.0).margin(1e-15));
  CHECK(figures.micro.precision.value == figures.accuracy.value);
  CHECK(figures.micro.recall.value == figures.accuracy.value);
}

TEST_CASE("a sample without prediction counts as wrong and not as a false positive") {
  auto matrix = three_classes();
  matrix.add(1, std::nullopt, 2);
  const auto figures = confusion_figures(matrix);
  CHECK(figures.samples == 8);
  CHECK(figures.unpredicted == 2);
  CHECK(figures.accuracy.value == 5.0 / 8.0);
  CHECK(figures.classes[1].recall.value == 0.5);  // 2 of 4
  CHECK(figures.classes[1].fn == 2);
  CHECK(figures.classes[1].fp == 1);
  CHECK(figures.classes[0].tn == 2);  // not 4: two were never told apart from class 0
  CHECK(figures.classes[0].specificity.value == 0.5);
  CHECK(figures.micro.precision.or_zero() == Approx(5.0 / 6.0).margin(1e-15));
  // As scikit-learn has it for truth 0000 1111 and prediction 0001 11?? with "?" as one more label
  // (0.4364357804719848 and 0.4):
  // c=5 s=8 t=(4,4) p=(3,3,2): (40-24)/sqrt(64-22)/sqrt(64-32); (5/8-24/64)/(1-24/64)
  CHECK(figures.mcc.or_zero() == Approx(16.0 / std::sqrt(42.0 * 32.0)).margin(1e-15));
  CHECK(figures.cohen_kappa.or_zero() == Approx(0.4).margin(1e-15));
}

TEST_CASE("MCC and kappa are undefined when everything is one class") {
  ConfusionMatrix matrix(2);
  matrix.add(1, 1, 5);
  const auto figures = confusion_figures(matrix);
  CHECK(figures.mcc.reason == "single_class");
  CHECK(figures.cohen_kappa.reason == "single_class");
  CHECK(figures.accuracy.value == 1.0);
}

TEST_CASE("an empty matrix gives reasons and no numbers") {
  const auto figures = confusion_figures(ConfusionMatrix(2));
  CHECK(figures.accuracy.reason == "no_samples");
  CHECK(figures.balanced_accuracy.reason == "no_samples");
  CHECK(figures.mcc.reason == "no_samples");
  CHECK(figures.weighted.f1.reason == "no_samples");
  CHECK(figures.micro.f1.reason == "no_positives_and_no_predictions");
}

TEST_CASE("a class outside the list is refused") {
  ConfusionMatrix matrix(2);
  CHECK_THROWS_AS(matrix.add(2, 0), std::out_of_range);
  CHECK_THROWS_AS(matrix.add(0, 2), std::out_of_range);
  CHECK_THROWS_AS(matrix.merge(ConfusionMatrix(3)), std::invalid_argument);
}
