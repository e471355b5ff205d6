#pragma once

#include "slice_runner.hpp"

#include <zeromiss/tools/shard.hpp>

#include <cstdint>
#include <functional>

namespace zeromiss {

struct PipelineSinks {
  /// Takes each slice's records, in list order, one call at a time.
  std::function<void(const SliceResult&)> append;
  /// Makes everything appended so far durable.
  std::function<void()> sync;
};

/// Runs the slices of `range` on `threads` workers (oneTBB parallel_pipeline): each worker
/// takes a whole slice from its files to its records, so that no stage waits for another and memory
/// is bounded by the slices in flight. Stops early when a signal asked for it; the slices in hand
/// are finished first. Rethrows what a sink throws.
void run_pipeline(const SliceRunner& runner, const SliceRange& range, int threads,
                  const PipelineSinks& sinks);

}  // namespace zeromiss
