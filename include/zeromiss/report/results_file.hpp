#pragma once

#include <zeromiss/report/record.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace zeromiss {

/// Names of the files of an `inspect` output folder.
inline constexpr const char* kRunFile = "run.json";
inline constexpr const char* kResultsFile = "results.jsonl";
inline constexpr const char* kSummaryFile = "summary.json";
inline constexpr const char* kCsvFile = "results.csv";
inline constexpr const char* kHeldCsvFile = "held.csv";
inline constexpr const char* kHtmlFile = "report.html";
inline constexpr const char* kCocoFile = "predictions.coco.json";
inline constexpr const char* kOverlayFolder = "overlays";
inline constexpr const char* kMaskFolder = "masks";

/// summary.json names every file that was skipped: thirty million of them fit.
inline constexpr std::uintmax_t kMaxSummaryBytes = 4ULL << 30U;

/// Counts that every report begins with.
struct Tally {
  std::uint64_t images = 0, pass = 0, review = 0, reject = 0, error = 0;
  std::map<std::string, std::uint64_t> errors;  ///< by code
  std::uint64_t outside_guard = 0;              ///< with reasons of the package's guard
  std::uint64_t near_limit = 0, unstable = 0;   ///< judged again; of these, with a flip
  std::uint64_t unstable_reject = 0;            ///< of these, REJECT by themselves
  std::map<std::string, std::uint64_t> flips;   ///< images by cause
  void add(const Record& record);
  void add(const Tally& other);
};

/// Reads a file of lines in bounded memory and hands each over, without its end.
/// @return the number of lines
/// @throws Error(kind) naming file and line: not a regular file, a line beyond 64 MiB, a last line
///         without its end
std::uint64_t for_each_line(const std::filesystem::path& file, ErrorKind kind,
                            const std::function<void(std::string_view)>& use);

/// Reads results.jsonl line by line in bounded memory and hands each record over.
/// @return the number of records
/// @throws Error(kind) naming file and line; a line without its end is an error
std::uint64_t for_each_record(const std::filesystem::path& results, ErrorKind kind,
                              const std::function<void(const Record&)>& use);

}  // namespace zeromiss
