#pragma once

#include "match.hpp"

#include <zeromiss/base/hash.hpp>
#include <zeromiss/dataset/image_hashes.hpp>
#include <zeromiss/model/package.hpp>
#include <zeromiss/tools/score.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace zeromiss {

/// Keeps the images that chose a limit out of the report on it. With --zero-miss there is nothing
/// to keep apart: the report itself says that its limit comes from the same images.
class SplitGuard {
 public:
  /// @param folder  where calibration_images.txt is: an output folder of inspect, or a calibration
  /// @throws Error(refused) when the list is missing or not the one that is expected: then nobody
  /// can say that the images are others
  SplitGuard(const ScoreOptions& options, const std::filesystem::path& folder,
             const std::optional<CalibrationImages>& expected);

  /// One image that is scored.
  void see(const std::optional<Digest>& sha256, const std::string& image);
  /// @throws Error(refused) when one or more of them chose the limit
  void finish() const;

 private:
  std::optional<ImageHashes> chosen_;
  std::uint64_t shared_ = 0;
  std::vector<std::string> first_;
};

/// No image of `matched` may have chosen the limits of the run, or that of --calibration.
/// @throws Error(refused); Error(input) where another model, or another precision, chose that of
/// --calibration
void refuse_calibration_images(const ScoreOptions& options, const PredictedRun& run,
                               const Matched& matched, const GroundTruth& truth);

}  // namespace zeromiss
