#pragma once

#include <cstdint>
#include <filesystem>

namespace zeromiss {

/// Writes the records of an `inspect` output folder into a new SQLite database: table `images` (one
/// row a record, its columns those of results.csv and `record`, the whole JSON), table `run` (key,
/// value: run.json and summary.json). Built under a temporary name in one transaction, synced, then
/// renamed over `file`.
/// @return the number of records
/// @throws Error(input) for a folder without a complete run, Error(output)
std::uint64_t export_sqlite(const std::filesystem::path& folder, const std::filesystem::path& file);

}  // namespace zeromiss
