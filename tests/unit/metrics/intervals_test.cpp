#include "support/catch.hpp"
#include "support/near.hpp"

#include <zeromiss/metrics/intervals.hpp>

#include <cmath>
#include <stdexcept>

using namespace zeromiss;

TEST_CASE("zero misses give the exact form of the rule of three") {
  for (const int n : {1, 29, 59, 100, 299, 1000})
    CHECK(*upper_bound(0, static_cast<std::uint64_t>(n), 0.95) ==
          Approx(1.0 - std::pow(0.05, 1.0 / n)).margin(1e-14));
  // Hanley and Lippman-Hand 1983: 3/n is slightly conservative
  CHECK(*upper_bound(0, 299, 0.95) < 3.0 / 299.0);
  CHECK(*upper_bound(0, 299, 0.95) == Approx(0.00997).margin(5e-6));
}

TEST_CASE("one-sided bounds equal R's binom.test") {
  // binom.test(k, n, alternative = "less", conf.level = .95)$conf.int[2], four digits of percent
  CHECK(*upper_bound(1, 300, 0.95) == Approx(0.01571).margin(5e-6));
  CHECK(*upper_bound(4, 300, 0.95) == Approx(0.03025).margin(5e-6));
  CHECK(*upper_bound(2, 1000, 0.95) == Approx(0.00628).margin(5e-6));
  CHECK(*upper_bound(7, 7, 0.95) == 1.0);
  CHECK(*lower_bound(0, 7, 0.95) == 0.0);
}

TEST_CASE("lower and upper bounds mirror each other") {
  CHECK(*lower_bound(7, 20, 0.9) == Approx(1.0 - *upper_bound(13, 20, 0.9)).margin(1e-15));
  const auto both = *clopper_pearson(7, 20, 0.9);
  CHECK(both.low == Approx(*lower_bound(7, 20, 0.95)).margin(1e-15));
  CHECK(both.high == Approx(*upper_bound(7, 20, 0.95)).margin(1e-15));
}

TEST_CASE("Wilson's interval stays inside 0 and 1 and touches them only at the ends") {
  CHECK(wilson(0, 20, 0.95)->low == 0.0);
  CHECK(wilson(20, 20, 0.95)->high == 1.0);
  CHECK(wilson(1, 20, 0.95)->low > 0.0);
}

TEST_CASE("no trials give no interval") {
  CHECK_FALSE(clopper_pearson(0, 0, 0.95).has_value());
  CHECK_FALSE(wilson(0, 0, 0.95).has_value());
  CHECK_FALSE(upper_bound(0, 0, 0.95).has_value());
}

TEST_CASE("impossible counts and confidences are refused") {
  CHECK_THROWS_AS(clopper_pearson(3, 2, 0.95), std::invalid_argument);
  CHECK_THROWS_AS(wilson(1, 2, 1.0), std::invalid_argument);
  CHECK_THROWS_AS(upper_bound(1, 2, std::nan("")), std::invalid_argument);
}

TEST_CASE("demonstration sizes follow ln(1 - confidence) / ln(1 - rate)") {
  CHECK(demonstration_size(0, 0.01, 0.95) == 299);    // ln .05 / ln .99 = 298.07
  CHECK(demonstration_size(0, 0.001, 0.99) == 4603);  // ln .01 / ln .999 = 4602.9
  CHECK(demonstration_size(1, 0.01, 0.95) == 473);
  CHECK(demonstration_size(5, 0.02, 0.95) == 523);
  // -ln .05 / 1e-12 = 2,995,732,273,554; the rate's square is far below the last digits.
  CHECK(double(demonstration_size(0, 1e-12, 0.95).value()) == near(2'995'732'273'554.0, 1e4));
  CHECK(demonstration_size(0, 1e-20, 0.95) == std::nullopt);  // 3e20 are more than 2^64
  CHECK(demonstration_size(3, 5e-324, 0.95) == std::nullopt);
}
