#include "support/catch.hpp"

#include <zeromiss/metrics/operating_point.hpp>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

using namespace zeromiss;

namespace {

DecisionCounts counts(std::uint64_t passed, std::uint64_t flagged, std::uint64_t not_judged = 0,
                      std::uint64_t missing = 0) {
  return {passed, flagged, not_judged, missing};
}

}  // namespace

TEST_CASE("a score equal to the threshold is flagged and one ULP less passes") {
  CHECK(decide(0.5, 0.5) == Decision::flagged);
  CHECK(decide(std::nextafter(0.5, 0.0), 0.5) == Decision::passed);
}

TEST_CASE("nothing that is not a number passes") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(decide(std::nullopt, 0.5) == Decision::not_judged);
  CHECK(decide(nan, 0.5) == Decision::flagged);
  CHECK(decide(0.1, nan) == Decision::flagged);
}

TEST_CASE("the zero-miss threshold flags every defective image, ties with good ones included") {
  const std::vector<ScoredSample> samples{
      {0.9, true}, {0.3, true}, {0.3, false}, {0.2, false}, {0.1, false}};
  const auto threshold = zero_miss_threshold(samples);
  REQUIRE(threshold == 0.3);
  DecisionCounts defective, good;
  for (const auto& sample : samples)
    (sample.positive ? defective : good).add(decide(sample.score, *threshold));
  const auto figures = operating_figures(defective, good, 0.95);
  CHECK(figures.escapes == 0);
  CHECK(figures.overkills == 1);  // the tie
  CHECK_FALSE(zero_miss_threshold(std::vector<ScoredSample>{{0.3, false}}).has_value());
}

TEST_CASE("the worked example of 299 defective and 1000 good parts comes out") {
  // 0 missed, 63 good rejected: accuracy .9515, miss <= .997 % (95 %), Wilson of overkill 4.95-7.98
  // %
  const auto figures = operating_figures(counts(0, 299), counts(937, 63), 0.95);
  CHECK(figures.recall.value == 1.0);
  CHECK(figures.accuracy.or_zero() == Approx(0.9515).margin(5e-5));
  CHECK(figures.always_pass_accuracy.or_zero() == Approx(1000.0 / 1299.0).margin(1e-15));
  CHECK(figures.escape_rate.value == 0.0);
  CHECK(figures.escape_rate_upper.or_zero() == Approx(0.00997).margin(5e-6));
  CHECK(figures.overkill_rate.value == 0.063);
  CHECK(figures.overkill_rate_interval->low == Approx(0.0495).margin(1e-4));
  CHECK(figures.overkill_rate_interval->high == Approx(0.0798).margin(1e-4));
  CHECK(figures.precision.or_zero() == Approx(299.0 / 362.0).margin(1e-15));
}

TEST_CASE("a defective image without a prediction is an escape, a good one an overkill") {
  const auto figures = operating_figures(counts(0, 3, 0, 1), counts(4, 0, 0, 2), 0.95);
  CHECK(figures.escapes == 1);
  CHECK(figures.overkills == 2);
  CHECK(figures.recall.value == 0.75);
  CHECK(figures.missing_defective == 1);
  CHECK(figures.missing_good == 2);
  CHECK(figures.accuracy.value == 0.7);  // 3 + 4 of 10
}

TEST_CASE("an image in ERROR is never right, and a defective one is no escape") {
  const auto figures = operating_figures(counts(1, 7, 2), counts(5, 0, 5), 0.95);
  CHECK(figures.escapes == 1);
  CHECK(figures.not_judged_defective == 2);
  CHECK(figures.escape_rate.value == 0.1);
  CHECK(figures.recall.value == 0.7);
  CHECK(figures.overkills == 5);
  CHECK(figures.accuracy.value == 0.6);  // 7 + 5 of 20
  CHECK(figures.judged_defective() == 8);
}

TEST_CASE("an image in ERROR shows nothing of the escape rate") {
  CHECK(operating_figures(counts(0, 8, 300), counts(5, 0), 0.95).escape_rate_upper.value ==
        operating_figures(counts(0, 8), counts(5, 0), 0.95).escape_rate_upper.value);
  const auto blind = operating_figures(counts(0, 0, 300), counts(5, 0), 0.95);
  CHECK(blind.escape_rate_upper.reason == "no_judged_defective_images");
}

TEST_CASE("rates without any image of their kind are undefined") {
  const auto no_defects = operating_figures(counts(0, 0), counts(4, 1), 0.95);
  CHECK(no_defects.recall.reason == "no_defective_images");
  CHECK(no_defects.escape_rate_upper.reason == "no_defective_images");
  CHECK_FALSE(no_defects.recall_interval.has_value());
  CHECK(no_defects.precision.value == 0.0);
  const auto nothing = operating_figures(counts(0, 0), counts(0, 0), 0.95);
  CHECK(nothing.accuracy.reason == "no_images");
  CHECK(nothing.overkill_rate.reason == "no_good_images");
  CHECK(nothing.precision.reason == "nothing_flagged");
}

TEST_CASE("the outgoing level follows from the defect rate of the line") {
  // 1 % defective, 1 of 1000 missed, 5 % overkill:
  // 1e6 * .01 * .001 / (.01 * .001 + .99 * .95) = 10.63 ppm; 1000 * .99 * .05 = 49.5
  const auto figures = operating_figures(counts(1, 999), counts(950, 50), 0.95);
  const auto line = line_figures(figures, 0.01);
  CHECK(line.outgoing_ppm.or_zero() == Approx(10.63).margin(0.005));
  CHECK(line.overkill_per_1000.or_zero() == Approx(49.5).margin(1e-9));
  CHECK_THROWS_AS(line_figures(figures, 1.5), std::invalid_argument);
}
