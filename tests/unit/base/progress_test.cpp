#include "support/catch.hpp"

#include <zeromiss/base/progress.hpp>

using namespace zeromiss;

TEST_CASE("a progress line says how much, how fast and how long", "[progress]") {
  // 12 in 4 s is 3/s; 48 more take 16 s.
  CHECK(Progress::line("images", 12, 60, 4.0) == "12 of 60 images (20 %), 3.0/s, 16 s left");
  CHECK(Progress::line("images", 60, 60, 20.0) == "60 of 60 images (100 %), 3.0/s");
  // 100,000 at 10/s: 9,999 s = 2 h 46 min
  CHECK(Progress::line("images", 10, 100000, 1.0) ==
        "10 of 100000 images (0 %), 10.0/s, 2 h 46 min left");
}

TEST_CASE("a first second without evidence makes no forecast", "[progress]") {
  CHECK(Progress::line("images", 5, 60, 0.2) == "5 of 60 images (8 %)");
  CHECK(Progress::line("files", 5, 0, 0.2) == "5 files");
}
