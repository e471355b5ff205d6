#pragma once
// The measurements that a specification sheet is made from, and whether they belong together.

#include <zeromiss/model/package.hpp>
#include <zeromiss/tools/spec.hpp>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace zeromiss {

/// One JSON file, as it was read.
struct SpecFile {
  std::filesystem::path path;
  nlohmann::ordered_json json;
  std::string sha256;  ///< of its text
  [[nodiscard]] std::string name() const { return path.string(); }
};

/// One complete run of inspect.
struct SpecRun {
  SpecFile run, summary;
  std::filesystem::path results;
  std::string results_sha256;  ///< of the file, which is what summary.json says
};

struct SpecInputs {
  std::optional<SpecFile> benchmark, metrics;
  std::vector<SpecRun> runs;
  std::optional<ModelPackage> package;
};

/// @throws Error(input) for a file that is missing, damaged or of another kind; Error(refused) for
/// records that are not those of their summary.json
SpecInputs read_spec_inputs(const SpecOptions& options);

/// All of one model, one version of the tools, one set of settings, one list of images; metrics of
/// one of the runs, at the limits of the model; nothing older than the package; VALID.
/// @throws Error(refused) naming two files and two values
void require_agreement(const SpecInputs& inputs);

/// What differs between repeated runs; null with less than two.
nlohmann::ordered_json repeats_json(const std::vector<SpecRun>& runs);

/// spec.json, schema zeromiss-spec/1. @throws nlohmann::json::exception for a file without a key
/// that its tool writes
nlohmann::ordered_json spec_json(const SpecInputs& inputs);

}  // namespace zeromiss
