#pragma once

#include "bench_pipeline.hpp"
#include "bench_result.hpp"

#include <zeromiss/model/engine.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace zeromiss {

/// The combinations that --sweep asks for; all lists empty when it was not given.
struct SweepPlan {
  std::vector<int> batches, threads;
  std::vector<Precision> precisions;
};
/// "batch=1,2,4", "threads=1,2" and "precision=fp32,bf16"; what is not given stays at the run's own
/// value. @throws Error(usage)
SweepPlan parse_sweep(const std::vector<std::string>& texts, int batch, int threads,
                      Precision precision = Precision::fp32);

/// The largest number of workers of a sweep, 1 without one.
int most_threads(const std::vector<std::string>& texts);

/// End-to-end rate of every combination, measured in turn (batch_size.hpp).
/// @param load   the engine for a batch size and precision
/// @param setup  the pipeline for an engine, batch size and number of workers
std::vector<SweepRow> sweep(
    const SweepPlan& plan, const std::function<std::unique_ptr<Engine>(int, Precision)>& load,
    const std::function<PipelineSetup(Engine&, int batch, int workers)>& setup, double seconds);

}  // namespace zeromiss
