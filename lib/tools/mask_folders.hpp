#pragma once

#include <zeromiss/metrics/segmentation.hpp>
#include <zeromiss/tools/score.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace zeromiss {

/// One class number a pixel, row by row.
struct LabelMask {
  std::uint32_t height = 0, width = 0;
  std::vector<std::uint16_t> labels;
  [[nodiscard]] LabelImage view() const { return {height, width, labels}; }
};

/// A true mask and the predicted one, as files; "" = none: a good image of MVTec AD has no true
/// mask, an image may have no predicted one.
struct MaskPair {
  std::string name;
  std::filesystem::path truth, predicted;
};

struct MaskPairs {
  std::vector<MaskPair> pairs;  ///< by name
  std::string gt_format;        ///< "mask" or "mvtec"
  std::uint64_t unlabelled = 0;
};

/// Pairs two folders of PNG masks by name (without extension and a "_mask" at the end), or MVTec
/// AD's masks with one. @throws Error(input) for a predicted mask without a true one, unless
/// allowed
MaskPairs pair_masks(const ScoreOptions& options);

/// @param threshold  -1: numbers as stored; else pixels from it on are 1, the others 0
/// @throws Error(input) naming the file
LabelMask read_mask(const std::filesystem::path& file, int threshold);

}  // namespace zeromiss
