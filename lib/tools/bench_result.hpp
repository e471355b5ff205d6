#pragma once

#include "bench_engines.hpp"
#include "bench_pipeline.hpp"
#include "bench_sample.hpp"
#include "slice_runner.hpp"
#include "spread.hpp"

#include <zeromiss/base/machine.hpp>
#include <zeromiss/model/package.hpp>
#include <zeromiss/tools/benchmark.hpp>

#include <nlohmann/json.hpp>

#include <array>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace zeromiss {

/// One combination of a sweep.
struct SweepRow {
  int batch = 1, threads = 1;
  Precision precision = Precision::fp32;
  Spread images_per_s;
};

/// Everything that was measured; what follows from it by calculation is in the functions below.
struct BenchResult {
  int batch = 1, workers = 1;
  int in_flight = 0;  ///< batches that compute on a GPU beside the workers
  Precision precision = Precision::fp32;
  std::string device, device_reason, engine;
  EndToEnd end_to_end;
  Spread one_worker;  ///< images/s of the same pipeline with one worker
  std::array<Spread, kStageNames.size()> stages{};  ///< seconds an image and worker
  std::map<std::string, Spread> formats;            ///< decode seconds from other encodings
  std::vector<double> latencies;                    ///< seconds, sorted
  double cold_start_s = 0, peak_rss_mib = 0, cold_read_s = 0;
  std::optional<std::uint64_t> peak_vram_bytes;
  std::vector<SweepRow> sweep;
  /// Seconds an image and worker of the model alone in bf16; none: why_no_bf16 says why.
  std::optional<Spread> bf16_infer;
  std::string why_no_bf16;
  std::optional<EngineComparison> engines;
  MachineCounters before, after;
  double measured_s = 0;  ///< between these two

  [[nodiscard]] double stage(Stage stage) const {
    return stages[static_cast<std::size_t>(stage)].median;
  }
  [[nodiscard]] double stage_sum() const;
  /// C / sum of the stages: nothing can be faster with these workers. With a GPU the model takes
  /// none of their time: the smaller of its rate and C / sum of the others.
  [[nodiscard]] double bound() const;
  [[nodiscard]] double model_only() const { return (workers + in_flight) / stage(Stage::infer); }
  [[nodiscard]] double efficiency() const { return end_to_end.images_per_s.median / bound(); }
  [[nodiscard]] double scaling() const {
    return end_to_end.images_per_s.median / (workers * one_worker.median);
  }
};

/// Why figures must not be quoted, in words that i18n.json has as "benchmark.reason.<code>".
struct InvalidReason {
  std::string code;
  nlohmann::ordered_json values;  ///< texts
};
std::string sentence(const InvalidReason& reason);

/// Empty when they may be quoted.
std::vector<InvalidReason> invalid_reasons(const BenchResult& result, const BenchSample& sample,
                                           bool debug_build);

/// What the user should do. The words are chosen where it is shown.
enum class Advice { fast_enough, gpu_helps, gpu_not_enough, this_gpu_enough, this_gpu_too_slow };
struct WhatIf {
  Advice advice = Advice::fast_enough;
  Stage limiting = Stage::infer;         ///< the stage that takes most
  double infinite_gpu_images_per_s = 0;  ///< computed: the model's time taken as nothing
  /// Computed: whole workers; none where the GPU is too slow for any number of them.
  std::optional<double> cores_for_target;
  double double_cores_images_per_s = 0;                ///< computed
  std::map<std::string, double> formats_images_per_s;  ///< computed from measured decode times
  std::optional<double> bf16_images_per_s;  ///< computed from the model's measured time in bf16
  std::optional<double> bf16_measured_images_per_s;  ///< where the sweep has the same settings
};
WhatIf what_if(const BenchResult& result, double target_fps);
std::string_view advice_name(Advice advice);

/// benchmark.json, schema zeromiss-benchmark/1 (DESIGN §3.5).
nlohmann::ordered_json benchmark_json(const BenchResult& result, const BenchSample& sample,
                                      const ModelPackage& package, const BenchmarkOptions& options,
                                      const std::vector<InvalidReason>& reasons);

/// The page for the terminal, from benchmark.json alone.
void print_benchmark(const nlohmann::ordered_json& json, std::ostream& out);

}  // namespace zeromiss
