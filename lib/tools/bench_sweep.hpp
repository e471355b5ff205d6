#pragma once

#include "bench_pipeline.hpp"
#include "bench_result.hpp"

#include <zeromiss/model/engine.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace zeromiss {

/// The combinations that --sweep asks for; both lists empty when it was not given.
struct SweepPlan {
  std::vector<int> batches, threads;
};
/// "batch=1,2,4" and "threads=1,2"; what is not given stays at the run's own value.
/// @throws Error(usage)
SweepPlan parse_sweep(const std::vector<std::string>& texts, int batch, int threads);

/// The largest number of workers of a sweep, 1 without one.
int most_threads(const std::vector<std::string>& texts);

/// End-to-end rate of every combination, two rounds in turn so that a drift meets all alike.
/// @param load   the engine for a batch size
/// @param setup  the pipeline for an engine, batch size and number of workers
std::vector<SweepRow> sweep(
    const SweepPlan& plan, const std::function<std::unique_ptr<Engine>(int)>& load,
    const std::function<PipelineSetup(Engine&, int batch, int workers)>& setup, double seconds);

}  // namespace zeromiss
