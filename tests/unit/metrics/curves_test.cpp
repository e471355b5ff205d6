#include "support/catch.hpp"

#include <zeromiss/metrics/curves.hpp>

#include <cmath>
#include <limits>
#include <stdexcept>

using namespace zeromiss;

TEST_CASE("samples with equal scores are one point of the ranking") {
  const auto ranking = rank_samples({{0.5, true}, {0.9, true}, {0.5, false}, {0.5, true}});
  REQUIRE(ranking.points.size() == 2);
  CHECK(ranking.points[0].threshold == 0.9);
  CHECK(ranking.points[0].tp == 1);
  CHECK(ranking.points[1].tp == 3);
  CHECK(ranking.points[1].fp == 1);
}

TEST_CASE("scores one ULP apart are two points") {
  const double above = std::nextafter(0.5, 1.0);
  const auto ranking = rank_samples({{0.5, true}, {above, false}});
  CHECK(ranking.points.size() == 2);
  CHECK(roc_auc(ranking).value == 0.0);  // the good one is ranked above
}

TEST_CASE("a tie between a positive and a negative counts half in the AUC") {
  // pairs: (0.9 over 0.5) 1, (0.9 over 0.1) 1, (0.5 ties 0.5) 1/2, (0.5 over 0.1) 1 -> 3.5 of 4
  const auto ranking = rank_samples({{0.9, true}, {0.5, true}, {0.5, false}, {0.1, false}});
  CHECK(roc_auc(ranking).value == 0.875);
}

TEST_CASE("average precision of one tied group is the share of positives") {
  const auto ranking = rank_samples({{0.5, true}, {0.5, false}, {0.5, false}, {0.5, false}});
  CHECK(average_precision(ranking).value == 0.25);
}

TEST_CASE("average precision steps only where recall rises") {
  // by falling score: +, -, + -> (1/2)(1/1) + (1/2)(2/3) = 5/6
  const auto ranking = rank_samples({{3, true}, {2, false}, {1, true}});
  CHECK(average_precision(ranking).or_zero() == Approx(5.0 / 6.0).margin(1e-15));
}

TEST_CASE("areas are undefined without positives or negatives") {
  const auto only_good = rank_samples({{0.1, false}, {0.2, false}});
  CHECK(roc_auc(only_good).reason == "no_positives");
  CHECK(average_precision(only_good).reason == "no_positives");
  CHECK(roc_curve(only_good, true).fpr.empty());
  CHECK(pr_curve(only_good).recall.empty());
  const auto only_bad = rank_samples({{0.1, true}});
  CHECK(roc_auc(only_bad).reason == "no_negatives");
  CHECK(average_precision(only_bad).value == 1.0);
  CHECK(roc_auc(rank_samples({})).reason == "no_positives");
}

TEST_CASE("dropping intermediate points keeps the corners") {
  // four positives above two negatives: (0,1) (0,2) (0,3) (0,4) (1,4) (2,4); scikit-learn 1.2 keeps
  // fpr 0 0 0 1, tpr 0 .25 1 1
  const auto ranking =
      rank_samples({{6, true}, {5, true}, {4, true}, {3, true}, {2, false}, {1, false}});
  const auto curve = roc_curve(ranking, true);
  CHECK(curve.fpr == std::vector<double>{0, 0, 0, 1});
  CHECK(curve.tpr == std::vector<double>{0, 0.25, 1, 1});
  CHECK_FALSE(curve.thresholds[0].has_value());
  CHECK(curve.thresholds[2] == 3.0);
  CHECK(roc_curve(ranking, false).fpr.size() == 7);
}

TEST_CASE("a score that is not finite never reaches the sort") {
  CHECK_THROWS_AS(rank_samples({{std::numeric_limits<double>::quiet_NaN(), true}}),
                  std::invalid_argument);
  CHECK_THROWS_AS(rank_samples({{std::numeric_limits<double>::infinity(), true}}),
                  std::invalid_argument);
}

TEST_CASE("a thinned ranking keeps its ends and its totals") {
  std::vector<ScoredSample> samples;
  for (int i = 0; i < 1000; ++i) samples.push_back({static_cast<double>(i), i % 2 == 0});
  const auto ranking = rank_samples(samples);
  const auto fewer = thinned(ranking, 11);
  REQUIRE(fewer.points.size() == 11);
  CHECK(fewer.points.front().threshold == 999.0);
  CHECK(fewer.points.back().threshold == 0.0);
  CHECK(fewer.positives == 500);
  CHECK(thinned(ranking, 1000).points.size() == 1000);
}
