#pragma once

#include "bench_sample.hpp"
#include "slice_runner.hpp"
#include "spread.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace zeromiss {

/// inspect's own pipeline, measured from outside while it writes real records.
struct EndToEnd {
  Spread images_per_s;          ///< over the windows
  std::vector<double> windows;  ///< images/s of each
  bool warm = false;            ///< two windows of the warm-up agreed
  std::uint64_t images = 0;     ///< of all windows
  double seconds = 0;           ///< of all windows
  double stage_coverage = 0;    ///< sum of the stages' times / (workers x wall time)
  std::string lines;            ///< the records of one pass over the sample
};

std::vector<Record> records_of(const EndToEnd& measured);

/// What a pipeline needs, beside how long it runs.
struct PipelineSetup {
  const BenchSample& sample;
  const ModelPackage& package;
  const Limits& limits;
  const Preparer& preparer;
  Engine& engine;
  int batch, workers;
  std::filesystem::path scratch;  ///< an existing folder for results.jsonl
  const std::function<double()>& now;
};

/// Warms up until two windows in a row agree within 5 % (at most ten), then measures windows that
/// together last `seconds`.
/// @throws Error(input) when an image becomes an ERROR that was none when the sample was taken
EndToEnd measure_pipeline(const PipelineSetup& setup, double seconds);

/// Seconds from a file to its record, one image at a time, everything else idle. Sorted.
/// @param lines  records of the sample (EndToEnd); others than its ERRORs are refused as above
/// @param setup  with a batch of 1, or pictures that are cut, whose tiles fill batches
std::vector<double> measure_latency(const PipelineSetup& setup, const std::string& lines,
                                    double seconds);

/// @throws Error(evidence) after SIGINT or SIGTERM: figures that were cut short are none
void require_not_stopped();

}  // namespace zeromiss
