#pragma once

#include <zeromiss/base/progress.hpp>
#include <zeromiss/dataset/seal.hpp>
#include <zeromiss/report/metrics_report.hpp>
#include <zeromiss/tools/score.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace zeromiss {

/// Files and their SHA-256 by path.
struct HashedFiles {
  std::map<std::string, std::string, std::less<>> hashes;    ///< empty: the file cannot be read
  std::map<std::string, std::string, std::less<>> problems;  ///< why, of those
  std::uint64_t bytes = 0;
};

/// Hashes with all CPUs, in bounded memory. @param base  what the paths are relative to
/// @throws Error: interrupted (exit 130 or 143 by the caller's signal) is Error(refused)
HashedFiles hash_files(const std::vector<std::string>& paths, const std::filesystem::path& base,
                       Progress& progress);

/// A seal and how the files differ from it now.
struct CheckedSeal {
  Seal seal;
  SealDifference difference;
  std::map<std::string, std::string, std::less<>> problems;  ///< of files that cannot be read
  std::filesystem::path base;                                ///< folder of the seal
};
CheckedSeal check_seal_file(const std::filesystem::path& file, ProgressMode progress);

/// --seal: nothing was changed, added or lost, the labels belong to it, and records of inspect are
/// of the sealed images. No value without --seal.
/// @throws Error(refused) naming what is not so
std::optional<CheckedSeal> check_seal(const ScoreOptions& options);

/// The same of each label file that was really read: --gt alone may lead to others, and a seal
/// leaves hidden and system files out.
/// @throws Error(refused) naming them
void require_sealed_files(const CheckedSeal& checked, const Evaluation& evaluation,
                          const ScoreOptions& options);

}  // namespace zeromiss
