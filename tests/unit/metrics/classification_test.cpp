#include "support/catch.hpp"

#include <zeromiss/metrics/classification.hpp>

#include <array>
#include <limits>
#include <stdexcept>

using namespace zeromiss;

namespace {

void add(ClassificationSamples& samples, std::size_t truth, std::size_t predicted,
         std::array<double, 3> probabilities) {
  samples.add(truth, predicted, probabilities);
}

/// scikit-learn 1.9.1 on these six gives the same: roc_auc_score(ovr, macro) 0.7708333333333334,
/// (ovo, macro) 0.7708333333333334, average precision 1, 2/3, 3/4, top_k_accuracy_score(k=2) 2/3.
ClassificationSamples six() {
  ClassificationSamples samples(3);
  add(samples, 0, 0, {0.7, 0.2, 0.1});
  add(samples, 0, 0, {0.5, 0.3, 0.2});
  add(samples, 1, 1, {0.1, 0.8, 0.1});
  add(samples, 1, 2, {0.4, 0.15, 0.45});
  add(samples, 2, 2, {0.1, 0.3, 0.6});
  add(samples, 2, 0, {0.45, 0.35, 0.2});
  return samples;
}

}  // namespace

TEST_CASE("ranking figures of six samples equal the pairs counted by hand") {
  const auto figures = ranking_figures(six(), 100);
  // class 0: positives .7 .5 against .1 .4 .1 .45 -> 8 of 8
  CHECK(figures.classes[0].roc_auc.value == 1.0);
  // class 1: .8 beats all 4; .15 beats none of .2 .3 .3 .35 -> 4 of 8
  CHECK(figures.classes[1].roc_auc.value == 0.5);
  // class 2: .6 beats 4; .2 against .1 .2 .1 .45 -> 1 + 1/2 + 1 + 0 = 2.5 -> 6.5 of 8
  CHECK(figures.classes[2].roc_auc.value == 0.8125);
  CHECK(figures.roc_auc_macro.or_zero() == Approx((1.0 + 0.5 + 0.8125) / 3.0).margin(1e-15));
  CHECK(figures.classes[1].average_precision.or_zero() == Approx(2.0 / 3.0).margin(1e-15));
  // class 2 by falling score: .6 (+), .45 (-), {.2 (+), .2 (-)} -> 1/2*1 + 1/2*(2/4)
  CHECK(figures.classes[2].average_precision.or_zero() == Approx(0.75).margin(1e-15));
}

TEST_CASE("Hand and Till averages over pairs of classes") {
  // A(0|1)=1 (.7 .5 over .1 .4), A(1|0): .8 beats both, .15 none -> 1/2; mean .75
  // A(0|2)=1, A(2|0): .6 beats .1 .2; .2 beats .1, ties .2 -> 3.5/4; mean .9375
  // A(1|2): .8 beats both, .15 none -> 1/2; A(2|1): .6 beats .1 .45; .2 beats .1 -> 3/4; mean .625
  const auto figures = ranking_figures(six(), 100);
  CHECK(figures.roc_auc_hand_till.or_zero() == Approx((0.75 + 0.9375 + 0.625) / 3.0).margin(1e-15));
}

TEST_CASE("a class that does not occur is left out of the macro AUC and counted") {
  ClassificationSamples samples(3);
  add(samples, 0, 0, {0.8, 0.1, 0.1});
  add(samples, 1, 1, {0.1, 0.8, 0.1});
  const auto figures = ranking_figures(samples, 100);
  CHECK(figures.classes[2].roc_auc.reason == "no_positives");
  CHECK(figures.roc_auc_undefined == 1);
  CHECK(figures.roc_auc_macro.value == 1.0);
  CHECK(figures.roc_auc_hand_till.value == 1.0);
}

TEST_CASE("top-k counts the true class among the k most probable ones") {
  const auto samples = six();
  // ranks of the truth: 0 0 0 | .15 is third | 0 | .2 is third
  CHECK(top_k_accuracy(samples, 1).or_zero() == Approx(4.0 / 6.0).margin(1e-15));
  CHECK(top_k_accuracy(samples, 2).or_zero() == Approx(4.0 / 6.0).margin(1e-15));
  CHECK(top_k_accuracy(samples, 3).value == 1.0);
}

TEST_CASE("of equal probabilities the class listed first ranks first") {
  ClassificationSamples samples(3);
  add(samples, 0, 0, {0.4, 0.4, 0.2});
  add(samples, 1, 0, {0.4, 0.4, 0.2});
  CHECK(top_k_accuracy(samples, 1).value == 0.5);
  CHECK(top_k_accuracy(samples, 2).value == 1.0);
}

TEST_CASE("a sample without probabilities is wrong in top-k and absent from curves") {
  auto samples = six();
  samples.add(2, std::nullopt, {});
  CHECK(top_k_accuracy(samples, 3).or_zero() == Approx(6.0 / 7.0).margin(1e-15));
  const auto figures = ranking_figures(samples, 100);
  CHECK(figures.scored == 6);
  CHECK(figures.unscored == 1);
  CHECK(figures.classes[2].roc_auc.value == 0.8125);
}

TEST_CASE("probabilities that do not fit the class list are refused") {
  ClassificationSamples samples(3);
  CHECK_THROWS_AS(samples.add(0, 0, std::array<double, 2>{0.5, 0.5}), std::invalid_argument);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(samples.add(0, 0, std::array<double, 3>{nan, 0.5, 0.5}), std::invalid_argument);
  CHECK(samples.matrix().samples() == 0);
}
