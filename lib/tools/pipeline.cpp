#include "pipeline.hpp"

#include <zeromiss/base/stop.hpp>
#include <zeromiss/base/thread_order.hpp>

#include <oneapi/tbb/parallel_pipeline.h>
#include <oneapi/tbb/task_arena.h>

#include <chrono>
#include <map>
#include <mutex>
#include <utility>

namespace zeromiss {
namespace {

using namespace std::chrono_literals;
constexpr std::uint64_t kSyncRecords =
    64;  // a group that costs nothing measurable and loses little work
constexpr auto kSyncTime = 500ms;

/// Decides when a group of records is made durable.
class GroupSync {
 public:
  explicit GroupSync(const PipelineSinks& sinks) : sinks_(sinks) {}
  void append(const SliceResult& slice) {
    sinks_.append(slice);
    pending_ += slice.tally.images;
    const auto now = std::chrono::steady_clock::now();
    if (pending_ < kSyncRecords && now - last_ < kSyncTime) return;
    sinks_.sync();
    pending_ = 0;
    last_ = now;
  }

 private:
  const PipelineSinks& sinks_;
  std::uint64_t pending_ = 0;
  std::chrono::steady_clock::time_point
      last_{};  // the first slice is synced at once: it shows that all is well
};

/// Slices between their worker and the writer. Tokens are plain numbers, so that no object of ours
/// goes through oneTBB's own storage, which ThreadSanitizer cannot follow.
class Finished {
 public:
  void put(std::uint64_t slice, SliceResult result) {
    const std::lock_guard lock(mutex_);
    results_.emplace(slice, std::move(result));
  }
  SliceResult take(std::uint64_t slice) {
    const std::lock_guard lock(mutex_);
    return std::move(results_.extract(slice).mapped());
  }

 private:
  std::mutex mutex_;
  std::map<std::uint64_t, SliceResult> results_;
};

}  // namespace

void run_pipeline(const SliceRunner& runner, const SliceRange& range, int threads,
                  const PipelineSinks& sinks) {
  namespace tbb = oneapi::tbb;
  std::uint64_t next = range.first;
  const std::uint64_t end = range.end;
  GroupSync group(sinks);
  Finished finished;
  const auto take = [&](tbb::flow_control& control) -> std::uint64_t {
    const ParallelBody body;
    const SerialTurn turn(&next);
    if (next >= end || stop_signal() != 0) {
      control.stop();
      return end;
    }
    return next++;
  };
  const auto work = [&](std::uint64_t slice) {
    const ParallelBody body;
    finished.put(slice, runner.run(slice));
    return slice;
  };
  const auto write = [&](std::uint64_t slice) {
    const ParallelBody body;
    const SerialTurn turn(&group);
    group.append(finished.take(slice));
  };
  // Twice as many tokens as workers: a finished slice may wait for a slower one before it without
  // idling its worker.
  const auto tokens = static_cast<std::size_t>(threads) * 2;
  const auto filters =
      tbb::make_filter<void, std::uint64_t>(tbb::filter_mode::serial_in_order, take) &
      tbb::make_filter<std::uint64_t, std::uint64_t>(tbb::filter_mode::parallel, work) &
      tbb::make_filter<std::uint64_t, void>(tbb::filter_mode::serial_in_order, write);
  {
    const ParallelCall order;
    tbb::task_arena(threads).execute([&] { tbb::parallel_pipeline(tokens, filters); });
  }
  sinks.sync();
}

}  // namespace zeromiss
