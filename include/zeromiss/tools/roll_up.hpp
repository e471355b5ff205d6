#pragma once

#include <zeromiss/dataset/listing.hpp>
#include <zeromiss/report/wafers.hpp>

#include <cstdint>
#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

namespace zeromiss {

/// How images belong to parts and to wafers; the same names as the options of `inspect`.
struct RollUpOptions {
  std::string part_pattern;  ///< "{part}_{view}"; empty: no parts
  std::uint64_t part_images = 0;
  std::vector<std::string> part_views;
  std::string id_pattern;  ///< "{lot}_{wafer}_{x}_{y}"; empty: no wafers
  std::filesystem::path die_list;
  WaferGeometry geometry;
};

/// @throws Error(usage) for patterns and numbers that make no sense
void check_roll_up(const RollUpOptions& options);
/// Before the first image is inspected: every name must fit, the die list be readable, and the dies
/// have their places on wafers. @throws Error(input) naming the first that does not
void check_names(const RollUpOptions& options, const Listing& listing);

/// Rolls the records of DIR/results.jsonl up, writes parts.csv and wafers/ into `output`, and says
/// to `out` what came of it. @return true when a part or die is in ERROR or missing
bool roll_up(const std::filesystem::path& folder, const std::filesystem::path& output,
             const RollUpOptions& options, std::ostream& out);

/// Everything `inspect export` can be told.
struct ExportOptions {
  std::filesystem::path run;     ///< output folder of a complete run
  std::filesystem::path output;  ///< for parts.csv and wafers/; empty: the run's own folder
  std::filesystem::path sqlite;  ///< database to write; empty: none
  RollUpOptions roll_up;
};
/// @return 0, or 4 when a part or die is in ERROR or missing
int export_run(const ExportOptions& options, std::ostream& out);

}  // namespace zeromiss
