#pragma once

#include "tile_defects.hpp"

#include <zeromiss/image/placement.hpp>
#include <zeromiss/model/package.hpp>
#include <zeromiss/model/prediction.hpp>
#include <zeromiss/model/verdict.hpp>

#include <optional>
#include <vector>

namespace zeromiss {

/// What a tile covers of the original, and where the network's input lies on that part.
struct TilePlace {
  cv::Rect window;
  Placement placement;  ///< from pixels of `window`
};

/// The package for a single tile: no part of a defect is too small or too weak before it was put
/// together with the others. In a tile's NMS a part that is too weak by itself gives way to one
/// that is not.
ModelPackage package_of_tiles(const ModelPackage& package);

/// Makes one prediction of those of a picture's tiles, added in their order.
class TileMerger {
 public:
  /// @param original  the decoded picture; all arguments must outlive it
  TileMerger(const ModelPackage& package, const Limits& limits, cv::Size original);

  [[nodiscard]] TilePlace place(cv::Rect area) const;
  /// @param tile  in pixels of place.window, by package_of_tiles()
  /// @return the tile's own score
  /// @throws ItemError what judge() refuses
  double add(Prediction tile, const TilePlace& place, cv::Rect area);
  /// @throws std::logic_error when no tile was added, ItemError model.output for too many defects
  [[nodiscard]] Prediction merged();

 private:
  [[nodiscard]] std::vector<Defect> merged_defects() const;

  const ModelPackage& package_;
  Limits limits_;
  Placement cut_;  ///< from the original to the picture that is cut
  std::optional<Prediction> worst_;
  Verdict worst_verdict_;
  std::vector<TileDefect> parts_;
  std::size_t tiles_ = 0;
};

}  // namespace zeromiss
