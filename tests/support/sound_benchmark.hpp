#pragma once

#include "../../lib/tools/bench_result.hpp"

namespace zeromiss::test {

/// A result that nothing can be said against: 2 workers, 10 ms of model and 1 ms of each other
/// stage.
inline BenchResult sound_result() {
  BenchResult result;
  result.workers = 2;
  result.batch = 8;
  result.stages.fill({0.001, 0.0});
  result.stages[static_cast<std::size_t>(Stage::infer)] = {0.010, 0.0};
  result.end_to_end.images_per_s = {130, 1};
  result.end_to_end.warm = true;
  result.end_to_end.stage_coverage = 0.99;
  result.one_worker = {66, 1};
  result.latencies = {0.015};
  result.measured_s = 10;
  return result;
}

inline BenchSample sound_sample() {
  BenchSample sample;
  sample.listed = 20;
  sample.images.resize(20);
  sample.bytes.resize(20);
  return sample;
}

}  // namespace zeromiss::test
