#pragma once

#include <zeromiss/base/machine.hpp>
#include <zeromiss/base/progress.hpp>
#include <zeromiss/model/prepare.hpp>
#include <zeromiss/tools/inspect.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace zeromiss {

inline constexpr const char* kBenchmarkFile = "benchmark.json";

/// Everything `benchmark` can be told; the same names as its options (apps/README.md).
struct BenchmarkOptions {
  std::filesystem::path model;
  std::filesystem::path compare;  ///< the same model in another format, to run beside it; or empty
  std::vector<std::filesystem::path> inputs;
  std::string files_from;  ///< a file, "-" for stdin, or empty
  bool nul_separated = false;
  std::filesystem::path output;  ///< empty: only the page for the terminal

  std::string device = "auto";
  int batch = 8;                          ///< images a forward pass; 0: find the fastest first
  int threads = 0;                        ///< 0: every CPU this process may use
  Precision precision = Precision::fp32;  ///< measured also where no limits were set at it
  PrepareOptions prepare;

  double target_fps = 1;                          ///< images/s that are asked for
  std::optional<std::uint64_t> images_per_night;  ///< adds the hours for so many
  double seconds = 10;                            ///< length of the end-to-end measurement
  std::vector<std::string> sweep;  ///< "batch=1,2,4", "threads=1,2", "precision=fp32,bf16"

  bool overwrite = false;
  ProgressMode progress = ProgressMode::automatic;
  bool quiet = false, verbose = false;
};

/// What a measurement looks at; other ones in tests, for example a clock that stumbles.
struct BenchmarkProbes {
  std::function<double()> now;  ///< seconds, never backwards
  std::function<MachineCounters()> machine;
  bool debug_build = false;
  bool cpu_has_bf16 = false;
};
BenchmarkProbes real_probes();

/// Measures what this PC gives with this model on these images: end to end, by stage, at batch 1,
/// and what would help (DESIGN §3.5). Writes benchmark.json and report.html into options.output and
/// a page for people to `out`, whose first line is VALID or INVALID and why.
/// @return 0, or 8 when the measurement is not valid
/// @throws Error; input (3) when no image can be decoded
int benchmark(const BenchmarkOptions& options, const EngineLoader& load,
              const BenchmarkProbes& probes, std::ostream& out);

}  // namespace zeromiss
