#pragma once

#include "bench_sample.hpp"
#include "slice_runner.hpp"
#include "spread.hpp"

#include <zeromiss/model/engine.hpp>
#include <zeromiss/model/package.hpp>
#include <zeromiss/model/prepare.hpp>
#include <zeromiss/report/record.hpp>

#include <array>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace zeromiss {

/// One stage of the way of an image, as a loop that can be measured by itself.
struct StageLoop {
  std::string name;
  std::size_t items = 1;       ///< distinct pieces of work; each pass of a worker does all of them
  double images_per_item = 1;  ///< a batch stands for several images
  std::function<void(int worker, std::size_t item)> work;  ///< called from all workers at once
  /// Instead of `work`: @return seconds of it that are this stage's
  std::function<double(int worker, std::size_t item)> part = {};
};

/// The loop, with an ItemError as Error(input): pictures and model were sound before, so it is
/// nobody's record. @param where  names an item; the stage is named without it
StageLoop refusing(StageLoop loop, const std::function<std::string(std::size_t item)>& where = {});

/// Seconds an image and worker, while `workers` run the loop at once; each counts whole passes that
/// together last `least_seconds` or more, and goes on uncounted until the last one has counted.
double seconds_per_image(const StageLoop& loop, int workers, double least_seconds,
                         const std::function<double()>& now);

/// All loops in turn, several rounds, so that a drift of the machine meets every stage alike.
std::vector<Spread> measure_loops(const std::vector<StageLoop>& loops, int workers, int rounds,
                                  double least_seconds, const std::function<double()>& now);

/// What the loops of all six stages work on.
struct StageInputs {
  const BenchSample& sample;
  const ModelPackage& package;
  const Limits& limits;
  const Preparer& preparer;
  Engine& engine;
  int batch, workers;
  const std::vector<Record>& records;  ///< of the sample's images
  std::filesystem::path scratch;       ///< an existing folder for the records of the write stage
};
/// The model alone, on the sample's pictures. The inputs must outlive the loop.
StageLoop infer_loop(const StageInputs& inputs);

/// In the order of kStageNames. The inputs must outlive the loops.
std::vector<StageLoop> stage_loops(const StageInputs& inputs);

/// Decoding the same pictures from other encodings: "jpeg" (quality 90), "png", "uncompressed".
/// The arguments must outlive the loops.
std::vector<StageLoop> format_loops(const BenchSample& sample, const Preparer& preparer,
                                    const ModelPackage& package);

}  // namespace zeromiss
