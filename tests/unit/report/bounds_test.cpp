#include "support/catch.hpp"

#include <zeromiss/report/bounds.hpp>

using namespace zeromiss;

TEST_CASE("an upper bound is rounded up", "[bounds]") {
  // 298 images without an escape show 1 - 0.05^(1/298) = 1.00024 % with 95 %: no claim of 1 %.
  CHECK(percent_at_most(0.0100024, 2) == "1.01 %");
  CHECK(percent_at_most(0.0100024, 3) == "1.001 %");
  CHECK(percent_at_most(0.000002, 2) == "0.01 %");
  CHECK(percent_at_most(0.07, 2) == "7.00 %");  // 0.07 * 100 is 7.000000000000001
  CHECK(percent_at_most(0.29, 2) == "29.00 %");
  CHECK(percent_at_most(0, 2) == "0.00 %");
  CHECK(percent_at_most(0.999999, 2) == "100.00 %");
  CHECK(percent_at_most(1, 3) == "100.000 %");
}

TEST_CASE("an imperfect rate never reads as a perfect one", "[bounds]") {
  CHECK(rate_text(1.0 - 4.0 / 90000) == "0.99996");
  CHECK(percent_text(4.0 / 90000) == "0.004 %");
  CHECK(percent_text(1.0 - 4.0 / 90000) == "99.996 %");
  CHECK(rate_text(1e-7) == "0.0000001");
  CHECK(rate_text(0.98765) == "0.9877");
  CHECK(rate_text(1.0) == "1.0000");
  CHECK(rate_text(1.0 - 0x1p-52) == "1.0000");  // COCO's perfect AP
  CHECK(rate_text(0.0) == "0.0000");
  CHECK(percent_text(1.0) == "100.00 %");
  CHECK(rounded(0.04, 1e6, 1) == "0.04");
  CHECK(rate_text(Figure::undefined("no_good_images")) == "-");
  CHECK(percent_text(Figure::undefined("no_good_images")) == "-");
}

TEST_CASE("a lower bound is rounded down", "[bounds]") {
  CHECK(percent_at_least(0.987779, 2) == "98.77 %");
  CHECK(percent_at_least(0.999999, 2) == "99.99 %");
  CHECK(percent_at_least(0.29, 2) == "29.00 %");
  CHECK(percent_at_least(0.07, 2) == "7.00 %");
  CHECK(percent_at_least(0, 2) == "0.00 %");
  CHECK(percent_at_least(1, 2) == "100.00 %");
}
