#pragma once

#include <zeromiss/metrics/confusion.hpp>
#include <zeromiss/metrics/figure.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace zeromiss {

/// The class of every pixel, row by row.
struct LabelImage {
  std::uint32_t height = 0, width = 0;
  std::span<const std::uint16_t> labels;
};

/// Counts pixels of (truth, prediction) over all images. A pixel whose truth is the ignored label
/// does not count; one that is only predicted so is a pixel without usable prediction.
class SegmentationSamples {
 public:
  explicit SegmentationSamples(std::size_t classes,
                               std::optional<std::uint16_t> ignored = std::nullopt);

  /// @throws std::invalid_argument for pictures of different sizes, and for a label that is neither
  /// a class nor the ignored one, naming row and column
  void add(const LabelImage& truth, const LabelImage& predicted);

  [[nodiscard]] const ConfusionMatrix& matrix() const { return matrix_; }

 private:
  std::optional<std::uint16_t> ignored_;
  ConfusionMatrix matrix_;
};

struct SegmentationClass {
  std::uint64_t pixels = 0;             ///< of the truth
  std::uint64_t predicted = 0;          ///< of the prediction
  Figure iou, dice, precision, recall;  ///< a class that is in neither has none
};

/// Over all pixels of all images at once: one big defect weighs as much as many small ones of the
/// same area (regions.hpp counts defects).
struct SegmentationFigures {
  std::uint64_t pixels = 0;
  Figure pixel_accuracy;
  Figure mean_accuracy;        ///< mean recall of the classes in the truth
  Figure mean_iou, mean_dice;  ///< means over the classes that are in truth or prediction
  Figure mean_iou_foreground, mean_dice_foreground;  ///< the same without class 0
  Figure frequency_weighted_iou;
  std::vector<SegmentationClass> classes;
};

SegmentationFigures segmentation_figures(const ConfusionMatrix& pixels);

}  // namespace zeromiss
