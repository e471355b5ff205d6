#pragma once

#include <zeromiss/model/package.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace zeromiss {

/// Where predictions come from, and what is known of the model behind them.
struct PredictedRun {
  std::filesystem::path results;  ///< results.jsonl
  std::string format;             ///< in words, for reports
  bool has_run_file = false, has_summary = false;
  // From run.json; empty without it.
  std::optional<Task> task;
  std::vector<ClassInfo> classes;
  std::optional<Limits> limits;
  std::uint64_t images = 0;
};

/// @param place  an `inspect` output folder, or the results.jsonl in one
/// @throws Error(input)
PredictedRun open_predictions(const std::filesystem::path& place);

}  // namespace zeromiss
