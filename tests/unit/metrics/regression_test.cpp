#include "support/catch.hpp"

#include <zeromiss/metrics/regression.hpp>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

using namespace zeromiss;

TEST_CASE("errors of four samples equal the hand calculation") {
  const std::vector<double> truth{1, 2, 4, -2}, predicted{1.5, 1, 4, -5};
  const auto figures = regression_figures(truth, predicted);  // errors .5 -1 0 -3
  CHECK(figures.mae.value == 1.125);
  CHECK(figures.mse.value == 10.25 / 4.0);
  CHECK(figures.rmse.value == std::sqrt(10.25 / 4.0));
  CHECK(figures.median_ae.value == 0.75);
  CHECK(figures.max_error.value == 3.0);
  CHECK(figures.mape.or_zero() == Approx((0.5 + 0.5 + 0.0 + 1.5) / 4.0).margin(1e-15));
  CHECK(figures.mape_percent.or_zero() == Approx(62.5).margin(1e-12));
  // mean 1.25, total .0625 + .5625 + 7.5625 + 10.5625 = 18.75
  CHECK(figures.r2.or_zero() == Approx(1.0 - 10.25 / 18.75).margin(1e-15));
}

TEST_CASE("zero targets are left out of MAPE and counted") {
  const auto figures = regression_figures(std::vector<double>{0, 2}, std::vector<double>{1, 1});
  CHECK(figures.mape.value == 0.5);
  CHECK(figures.mape_zero_targets == 1);
  const auto zeros = regression_figures(std::vector<double>{0, 0}, std::vector<double>{1, 1});
  CHECK(zeros.mape.reason == "only_zero_targets");
  CHECK(zeros.mape_percent.reason == "only_zero_targets");
}

TEST_CASE("R2 is undefined for one sample and for a constant target") {
  CHECK(regression_figures(std::vector<double>{1}, std::vector<double>{1}).r2.reason ==
        "fewer_than_two_samples");
  CHECK(regression_figures(std::vector<double>{2, 2}, std::vector<double>{2, 2}).r2.reason ==
        "constant_target");
}

TEST_CASE("what a divisor of next to nothing makes too large is undefined") {
  const double tiny = std::numeric_limits<double>::denorm_min();
  const auto figures = regression_figures(std::vector<double>{tiny, 0}, std::vector<double>{1, 0});
  CHECK(figures.mape.reason == "too_large");  // 1 / 4.9e-324
  CHECK(figures.mape_percent.reason == "too_large");
  CHECK(figures.r2.reason == "too_large");  // the squares of 4.9e-324 are 0
  CHECK(figures.mae.value == 0.5);
}

TEST_CASE("sums are compensated") {
  // ten times 0.1 added one by one is 0.9999999999999999; the sum of these ten doubles rounds to 1
  const std::vector<double> truth(10, 0.0), predicted(10, 0.1);
  CHECK(regression_figures(truth, predicted).mae.value == 1.0 / 10.0);
}

TEST_CASE("unusable input is refused and no samples give reasons") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(regression_figures(std::vector<double>{1}, std::vector<double>{}),
                  std::invalid_argument);
  CHECK_THROWS_AS(regression_figures(std::vector<double>{1}, std::vector<double>{nan}),
                  std::invalid_argument);
  CHECK(regression_figures({}, {}).mae.reason == "no_samples");
}
