#include "support/catch.hpp"

#include <zeromiss/base/parallel.hpp>

#include <stdexcept>
#include <vector>

using zeromiss::parallel_for;

TEST_CASE("every number is worked on once, and its result is seen behind the loop") {
  for (const int threads : {1, 2, 5}) {
    std::vector<int> seen(1000);
    parallel_for(threads, seen.size(), [&](std::size_t i) { ++seen[i]; });
    CHECK(seen == std::vector<int>(1000, 1));
  }
}

TEST_CASE("nothing to do is no work") {
  parallel_for(2, 0, [](std::size_t) { FAIL("called"); });
}

TEST_CASE("what a body throws arrives at the caller") {
  const auto body = [](std::size_t i) {
    if (i == 7) throw std::runtime_error("seven");
  };
  CHECK_THROWS_WITH(parallel_for(2, 100, body), "seven");
}
