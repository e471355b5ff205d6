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
