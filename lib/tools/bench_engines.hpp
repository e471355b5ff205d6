#pragma once

#include "bench_pipeline.hpp"
#include "spread.hpp"

#include <zeromiss/model/package.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

namespace zeromiss {

/// What one of the two packages gave.
struct EngineFigures {
  std::string package;  ///< its folder, as the user named it
  std::string format, library, sha256;
  Spread model_only, end_to_end;  ///< images/s
};

/// The same model in two formats, on the same images.
struct EngineComparison {
  std::vector<EngineFigures> engines;  ///< that of --model, that of --compare
  std::uint64_t images = 0;            ///< of the sample
  std::uint64_t other_verdicts = 0;    ///< images whose verdicts differ
  double score_difference = 0;         ///< the largest; of images that both gave a score
};

/// other_faster and the rest speak of the package of --compare.
enum class EngineAdvice { other_faster, other_slower, no_difference, verdicts_differ };
EngineAdvice engine_advice(const EngineComparison& comparison);

/// Refuses a package that is not the same model: another task, input, output or classes.
/// @throws Error(usage) naming the difference
void require_same_model(const ModelPackage& model, const ModelPackage& other);

/// One side: its pipeline, and what the page says of it.
struct ComparedEngine {
  PipelineSetup setup;
  std::filesystem::path package;
};

/// Measures both in turn, several rounds, so that a drift of the machine meets them alike.
EngineComparison compare_engines(const ComparedEngine& model, const ComparedEngine& other,
                                 double seconds);

/// Puts "engines" and "engine_comparison" into benchmark.json.
void add_engines(nlohmann::ordered_json& json, const EngineComparison& comparison);
/// Their table and one sentence, from benchmark.json alone; nothing where they are not there.
void print_engines(const nlohmann::ordered_json& json, std::ostream& out);

}  // namespace zeromiss
