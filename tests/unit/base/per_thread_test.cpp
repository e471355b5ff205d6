#include "support/catch.hpp"

#include <zeromiss/base/per_thread.hpp>

#include <atomic>
#include <thread>

using namespace zeromiss;

namespace {

std::atomic<int> alive = 0;

struct Counted {
  Counted() { ++alive; }
  ~Counted() { --alive; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
};

}  // namespace

TEST_CASE("each thread has its own, once, and takes it along", "[per_thread]") {
  std::thread([] {
    CHECK(alive == 0);
    const Counted* first = &per_thread<Counted>();
    CHECK(&per_thread<Counted>() == first);
    CHECK(alive == 1);
    std::thread([&] {
      CHECK(&per_thread<Counted>() != first);
      CHECK(alive == 2);
    }).join();
    CHECK(alive == 1);
  }).join();
  CHECK(alive == 0);
}
