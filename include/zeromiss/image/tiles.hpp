#pragma once

#include <zeromiss/image/image.hpp>
#include <zeromiss/image/transform.hpp>

#include <opencv2/core/mat.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

namespace zeromiss {

/// The tile step of a spec, if it has one.
std::optional<TileStep> tile_step(const InputSpec& spec);

/// The tiles of a picture, row by row, each of step.width x step.height: a tile begins every
/// (side - overlap) pixels, and the last one of a row or column is moved back to end at the edge.
/// So every pixel is in a tile, and every window of overlap x overlap pixels is whole in one.
/// @throws ItemError image.too_small when the picture is smaller than a tile, image.too_large when
///         it has more than 65536 tiles
std::vector<cv::Rect> tile_areas(cv::Size picture, const TileStep& step);

/// A spec in which the tile step is the crop of one tile: what happens to that tile, for geometry.
InputSpec tile_spec(const InputSpec& spec, cv::Rect area);

/// A spec with the steps before the tile step alone: from the original to the picture that is cut.
InputSpec before_tiles(const InputSpec& spec);

/// Sees the picture after the colour conversion and after each step: in R, G, B order where
/// spec.color is bgr, one channel where it stands for three equal ones.
using StepObserver = std::function<void(const cv::Mat&)>;

/// One picture on its way into the network: colour conversion and the steps before the tile step
/// are done once, the rest when a tile is asked for, so that memory holds one picture and no copies
/// of its tiles. Without a tile step the whole picture is the only tile.
class TiledPicture {
 public:
  /// @param spec  must outlive it
  /// @throws ItemError as apply_steps and tile_areas
  TiledPicture(const Image& image, const InputSpec& spec, const StepObserver& observer = {});

  /// In pixels of the picture before the tile step.
  [[nodiscard]] const std::vector<cv::Rect>& areas() const { return areas_; }
  [[nodiscard]] cv::Size size() const { return picture_.size(); }
  /// CV_8UC1 or CV_8UC3 of output_size(), channels in the order of spec.color. Thread-safe.
  /// @throws ItemError as apply_steps
  [[nodiscard]] cv::Mat pixels(std::size_t tile, const StepObserver& observer = {}) const;

 private:
  const InputSpec* spec_;
  std::size_t each_tile_ = 0;  ///< the first step that works on a tile
  cv::Mat picture_;
  bool triple_ = false;  ///< one channel stands for three equal ones
  bool swap_ = false;    ///< RGB now, BGR at the end
  std::vector<cv::Rect> areas_;
};

}  // namespace zeromiss
