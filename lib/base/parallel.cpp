#include <zeromiss/base/parallel.hpp>
#include <zeromiss/base/thread_order.hpp>

#ifdef ZEROMISS_TSAN

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace zeromiss {

// The tasks that oneTBB's headers make and use again look like races to ThreadSanitizer, since its
// library is not instrumented. What the bodies do to each other shows with threads of our own.
void parallel_for(int threads, std::size_t count, const std::function<void(std::size_t)>& body) {
  std::atomic<std::size_t> next = 0;
  std::mutex lock;
  std::exception_ptr problem;
  const auto work = [&] {
    for (std::size_t i = next++; i < count; i = next++) try {
        body(i);
      } catch (...) {
        const std::lock_guard hold(lock);
        problem = std::current_exception();
        next = count;
      }
  };
  {
    std::vector<std::jthread> workers;
    for (std::size_t i = 0; i < std::min(count, static_cast<std::size_t>(threads)); ++i)
      workers.emplace_back(work);
  }
  if (problem) std::rethrow_exception(problem);
}

}  // namespace zeromiss

#else

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/partitioner.h>
#include <oneapi/tbb/task_arena.h>

namespace zeromiss {

namespace tbb = oneapi::tbb;

void parallel_for(int threads, std::size_t count, const std::function<void(std::size_t)>& body) {
  tbb::task_arena(threads).execute([&] {
    tbb::parallel_for(
        tbb::blocked_range<std::size_t>(0, count, 1),
        [&](const tbb::blocked_range<std::size_t>& range) {
          for (std::size_t i = range.begin(); i < range.end(); ++i) body(i);
        },
        tbb::simple_partitioner());
  });
}

}  // namespace zeromiss

#endif
