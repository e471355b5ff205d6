#include <zeromiss/base/parallel.hpp>
#include <zeromiss/base/thread_order.hpp>

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/partitioner.h>
#include <oneapi/tbb/task_arena.h>

namespace zeromiss {

namespace tbb = oneapi::tbb;

void parallel_for(int threads, std::size_t count, const std::function<void(std::size_t)>& body) {
  const auto range_body = [&](const tbb::blocked_range<std::size_t>& range) {
    const ParallelBody order;
    for (std::size_t i = range.begin(); i < range.end(); ++i) body(i);
  };
  parallel_begins();
  tbb::task_arena(threads).execute([&] {
    tbb::parallel_for(tbb::blocked_range<std::size_t>(0, count, 1), range_body,
                      tbb::simple_partitioner());
  });
  parallel_ended();
}

}  // namespace zeromiss
