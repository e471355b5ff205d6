#include "support/catch.hpp"
#include "support/near.hpp"

#include <zeromiss/metrics/paired.hpp>

using namespace zeromiss;

TEST_CASE("pairs are counted by who was right") {
  PairedCounts counts;
  counts.add(true, true);
  counts.add(true, false);
  counts.add(true, false);
  counts.add(false, true);
  counts.add(false, false);
  CHECK(counts.both == 1);
  CHECK(counts.first_only == 2);
  CHECK(counts.second_only == 1);
  CHECK(counts.neither == 1);
  CHECK(counts.total() == 5);
}

// By hand: 0 against 6 is 2 / 2^6; 1 against 7 is 2 (1 + 8) / 2^8; mid-p takes off 8 / 2^8.
TEST_CASE("McNemar's exact test counts the tails of a fair coin") {
  CHECK(mcnemar_exact({10, 0, 6, 3}) == near(2.0 / 64, 1e-12));
  CHECK(mcnemar_exact({10, 6, 0, 3}) == near(2.0 / 64, 1e-12));
  CHECK(mcnemar_exact({0, 1, 7, 0}) == near(18.0 / 256, 1e-12));
  CHECK(mcnemar_mid_p({0, 1, 7, 0}) == near(10.0 / 256, 1e-12));
}

TEST_CASE("one new miss alone is nothing that McNemar's test can see") {
  CHECK(mcnemar_exact({99, 1, 0, 0}) == 1.0);
  CHECK(mcnemar_mid_p({99, 1, 0, 0}) == near(0.5, 1e-12));
}

TEST_CASE("without a discordant pair nothing speaks for a difference") {
  CHECK(mcnemar_exact({5, 0, 0, 2}) == 1.0);
  CHECK(mcnemar_mid_p({5, 0, 0, 2}) == 1.0);
  CHECK(mcnemar_exact({5, 3, 3, 2}) == 1.0);
  CHECK(mcnemar_mid_p({5, 3, 3, 2}) == near(1.0 - 20.0 / 64 / 2, 1e-12));  // C(6, 3) = 20
}

TEST_CASE("many discordant pairs do not overflow") {
  const double p = mcnemar_exact({0, 500'000, 501'000, 0});
  CHECK(p > 0.3);  // z = -1000 / sqrt(1001000) = -1.0: p = 0.317
  CHECK(p < 0.33);
}

// reference/metrics.md 9.7: 500 good parts, 453 both right, 22 only one's, 7 only the other's.
TEST_CASE("Newcombe's interval of a worked example comes out") {
  const PairedCounts counts{453, 22, 7, 18};
  CHECK(paired_difference(counts).or_zero() == near(0.03, 1e-12));
  const auto interval = newcombe_paired(counts, 0.95);
  REQUIRE(interval.has_value());
  CHECK(interval->low == near(0.0087, 5e-5));
  CHECK(interval->high == near(0.0531, 5e-5));
  CHECK(mcnemar_exact(counts) == near(0.0081, 5e-5));
}

TEST_CASE("Newcombe's interval turns round with the order") {
  const auto one = newcombe_paired({40, 9, 2, 5}, 0.95),
             other = newcombe_paired({40, 2, 9, 5}, 0.95);
  REQUIRE((one.has_value() && other.has_value()));
  CHECK(one->low == near(-other->high, 1e-12));
  CHECK(one->high == near(-other->low, 1e-12));
}

// All right both times: the shares are 1, their Wilson limits n / (n + z^2) and 1, phi is 0.
TEST_CASE("two perfect answers still leave an interval") {
  const auto interval = newcombe_paired({30, 0, 0, 0}, 0.95);
  REQUIRE(interval.has_value());
  CHECK(interval->low == near(-(1.0 - 30.0 / (30.0 + 3.841459)), 1e-6));
  CHECK(interval->high == near(1.0 - 30.0 / (30.0 + 3.841459), 1e-6));
  CHECK_FALSE(newcombe_paired({}, 0.95).has_value());
  CHECK_FALSE(paired_difference({}).defined());
}
