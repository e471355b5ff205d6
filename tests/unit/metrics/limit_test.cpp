#include "support/catch.hpp"

#include <zeromiss/metrics/limit.hpp>

#include <numeric>

using namespace zeromiss;

namespace {

std::vector<double> falling(std::size_t n) {
  std::vector<double> scores(n);
  std::iota(scores.rbegin(), scores.rend(), 1.0);
  return scores;
}

}  // namespace

// reference/metrics.md 9.5: escapes that a 1 % target allows at 95 %: none possible with 200, 0
// with 299, 1 with 500, 4 with 1000. The scores are 1..n, so k escapes put the limit at k + 1.
TEST_CASE("a target for the miss rate allows the published number of escapes") {
  CHECK_FALSE(risk_limit({}, 0.01, 0.95).has_value());
  CHECK_FALSE(risk_limit(falling(200), 0.01, 0.95).has_value());
  CHECK_FALSE(risk_limit(falling(298), 0.01, 0.95).has_value());
  CHECK(risk_limit(falling(299), 0.01, 0.95) == 1.0);
  CHECK(risk_limit(falling(500), 0.01, 0.95) == 2.0);
  CHECK(risk_limit(falling(1000), 0.01, 0.95) == 5.0);
  CHECK(risk_limit(falling(500), 0.05, 0.95) == 17.0);
}

TEST_CASE("equal scores are not counted as escapes") {
  CHECK(risk_limit(std::vector<double>(500, 0.5), 0.01, 0.95) == 0.5);
}

TEST_CASE("the leave-one-out margin is the gap between the two lowest scores") {
  CHECK(leave_one_out_limit(std::vector{0.75, 0.5, 0.875}) == 0.25);
  CHECK(leave_one_out_limit(std::vector{0.5, 0.5}) == 0.5);
  CHECK_FALSE(leave_one_out_limit(std::vector{0.5}).has_value());
}

// n = 10: P(the lowest of a resample is above the 3rd) = 0.7^10 = 0.028, above the 2nd 0.8^10 =
// 0.107: the 95 % quantile is the 3rd score. n = 2 and 3: the 2nd (0.5^2 = 0.25 lies above the 1st,
// (1/3)^3 = 0.037 above the 2nd).
TEST_CASE("the bootstrap margin is the distance to the quantile of the resamples' lowest") {
  CHECK(bootstrap_limit(falling(10), 0.95) == 1.0 - 2.0);
  CHECK(bootstrap_limit({0.75, 0.5}, 0.95) == 0.25);
  CHECK(bootstrap_limit({0.875, 0.5, 0.75}, 0.95) == 0.25);
  CHECK(bootstrap_limit({0.5, 0.5, 0.5, 0.75}, 0.95) == 0.5);
  CHECK_FALSE(bootstrap_limit({0.5}, 0.95).has_value());
  // 299: (1 - 3/299)^299 = 0.0488 but (1 - 2/299)^299 = 0.1344.
  CHECK(bootstrap_limit(falling(299), 0.95) == 1.0 - 2.0);
}

TEST_CASE("a review band ends where good images do not reach") {
  const std::vector<double> defective{0.25, 0.5, 0.75};
  CHECK(rejection_limit(defective, {0.125, 0.5}, 0.0, 0.25) == 0.75);
  CHECK(rejection_limit(defective, {0.125, 0.5}, 0.5, 0.25) == 0.25);
  CHECK(rejection_limit(defective, {0.125}, 0.0, 0.25) == 0.25);
  CHECK(rejection_limit(defective, {}, 0.0, 0.25) == 0.25);
  // A good image above all defects: just above it.
  const double above = rejection_limit(defective, {0.875}, 0.0, 0.25);
  CHECK(above > 0.875);
  CHECK(above < 0.8750001);
}
