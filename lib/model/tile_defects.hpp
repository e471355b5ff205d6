#pragma once

#include <zeromiss/model/prediction.hpp>

#include <opencv2/core/types.hpp>

#include <cstddef>
#include <vector>

namespace zeromiss {

/// A defect as one tile sees it.
struct TileDefect {
  Defect defect;     ///< in pixels of the original; its mask in those of `window`
  cv::Rect window;   ///< of the original: what the tile covers
  std::size_t tile;  ///< number of the tile
  Box flat;          ///< its box in the picture that was cut, where seams are straight
  cv::Rect area;     ///< of the tile in that picture
};

/// Makes one defect of those that several tiles saw: no doubles in the overlap, and a defect that
/// seams cut is one with its whole area. Two defects of different tiles and one class are the same
///   with masks: when the masks share a pixel or touch (8 neighbours);
///   without: when their boxes' IoU is above `iou`; or, where a seam cuts one of them (it ends
///   within 2 % of the tile's side, at least 2 pixels, of the seam), when half of the smaller lies
///   in the other, or the other goes on there with half of the shorter side along the seam in
///   common.
/// Transitively: a long defect may cross many tiles. Mask and box are unions (beside masks a part
/// without one counts with every pixel its box touches), the score is the highest, masks are of
/// `original`'s size.
/// @param cut  size of the picture that was cut: its borders are no seams
/// @throws ItemError("model.output") for more than 65536 parts
std::vector<Defect> merge_tile_defects(const std::vector<TileDefect>& parts, cv::Size original,
                                       cv::Size cut, double iou);

}  // namespace zeromiss
