#include "support/catch.hpp"

#include <zeromiss/metrics/independence.hpp>

using namespace zeromiss;

TEST_CASE("chi-square: the worked table of Agresti 2007, table 2.5 (party by gender)") {
  // Agresti, An Introduction to Categorical Data Analysis, 2nd ed., 2.4.4: X² = 30.07 with 2
  // degrees of freedom.
  const auto result = test_independence({{762, 327, 468}, {484, 239, 477}});
  CHECK(result.chi_square == Approx(30.07).margin(0.005));
  CHECK(result.degrees == 2);
  REQUIRE(result.p_value.defined());
  CHECK(*result.p_value.value < 0.0001);
  // sqrt(30.07 / 2757)
  CHECK(*result.cramers_v.value == Approx(0.10444).margin(1e-4));
}

TEST_CASE("chi-square: 2 x 2 by hand, and what says nothing") {
  // Expected 15 everywhere: 4 * 25 / 15 = 6.6667; p of 1 degree: erfc(sqrt(6.6667 / 2)) = 0.00982.
  const auto result = test_independence({{10, 20}, {20, 10}});
  CHECK(result.chi_square == Approx(20.0 / 3));
  CHECK(*result.p_value.value == Approx(0.009823).margin(1e-6));
  CHECK(result.smallest_expected == Approx(15));
  CHECK(!test_independence({{3, 4}}).p_value.defined());
  CHECK(!test_independence({{3, 0}, {4, 0}}).p_value.defined());
  CHECK(!test_independence({}).p_value.defined());
  // A class without any image is no column.
  CHECK(test_independence({{10, 0, 20}, {20, 0, 10}}).degrees == 1);
}
