#pragma once

#include <zeromiss/base/box.hpp>
#include <zeromiss/image/transform.hpp>

#include <opencv2/core/matx.hpp>
#include <opencv2/core/types.hpp>

namespace zeromiss {

/// Where a network's input lies on the picture it was made from: one invertible mapping between
/// their coordinates. Both are continuous: pixel (0, 0) covers [0, 1] x [0, 1], its centre is
/// (1/2, 1/2). The original is the decoded picture (after its EXIF orientation was applied), the
/// one whose width and height the record has.
class Placement {
 public:
  /// @param to_network  homogeneous: (u w, v w, w) = to_network * (x, y, 1)
  /// @throws std::logic_error when it cannot be inverted
  Placement(cv::Size original, cv::Size network, const cv::Matx33d& to_network);

  [[nodiscard]] cv::Point2d to_network(cv::Point2d original) const;
  [[nodiscard]] cv::Point2d to_original(cv::Point2d network) const;

  /// The smallest upright box around the four corners.
  [[nodiscard]] Box to_network(const Box& original) const;
  /// The same, cut to the original picture; a box beside it has no area and lies at its border.
  [[nodiscard]] Box to_original(const Box& network) const;

  [[nodiscard]] cv::Size original() const { return original_; }
  [[nodiscard]] cv::Size network() const { return network_; }
  [[nodiscard]] const cv::Matx33d& matrix() const { return to_network_; }

 private:
  cv::Size original_, network_;
  cv::Matx33d to_network_, to_original_;
};

/// The mapping of all steps for a picture of this size.
/// @throws ItemError image.too_small or image.too_large, as apply_steps()
Placement placement_of(const InputSpec& spec, cv::Size original);

}  // namespace zeromiss
