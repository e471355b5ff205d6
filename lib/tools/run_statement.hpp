#pragma once

#include <zeromiss/report/metrics_report.hpp>

#include <filesystem>
#include <optional>

namespace zeromiss {

/// What is known of the run of inspect behind predictions: an output folder, its results.jsonl, or
/// its masks/. No value for any other predictions, and for records without run.json.
/// @throws Error(input) when run.json is damaged
std::optional<RunStatement> run_statement(const std::filesystem::path& predictions);

/// SHA-256 of a results.jsonl, read in bounded memory. @throws Error(input)
std::string results_sha256(const std::filesystem::path& results);

}  // namespace zeromiss
