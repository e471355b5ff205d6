#pragma once

#include <zeromiss/metrics/figure.hpp>
#include <zeromiss/metrics/segmentation.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace zeromiss {

struct RegionOptions {
  std::size_t classes = 2;
  std::uint16_t background = 0;          ///< has no regions
  std::optional<std::uint16_t> ignored;  ///< pixels whose truth is this are in no region at all
  /// Share of a true region's pixels that must be predicted as its class, 0 < overlap <= 1.
  double overlap = 0.5;
};

struct RegionCounts {
  std::uint64_t regions = 0;        ///< connected groups of true pixels of the class
  std::uint64_t found = 0;          ///< of these, by the share of the options
  std::uint64_t found_as_any = 0;   ///< the same where any class but the background will do
  std::uint64_t false_regions = 0;  ///< groups of predicted pixels without one true pixel
};

/// One group of connected true pixels.
struct TrueRegion {
  std::uint16_t label = 0;
  std::uint64_t pixels = 0;
  bool found = false;  ///< as its class
};

/// Counts defects, not pixels: pixels of one class that touch, also by a corner, are one region.
class RegionSamples {
 public:
  /// @throws std::invalid_argument for an overlap or background that makes no sense
  explicit RegionSamples(const RegionOptions& options);

  /// @throws std::invalid_argument as SegmentationSamples::add
  void add(const LabelImage& truth, const LabelImage& predicted);

  [[nodiscard]] const std::vector<RegionCounts>& counts() const { return counts_; }
  /// Of all pictures, in the order of add(), in reading order inside a picture.
  [[nodiscard]] const std::vector<TrueRegion>& regions() const { return regions_; }

 private:
  RegionOptions options_;
  std::vector<RegionCounts> counts_;
  std::vector<TrueRegion> regions_;
};

struct RegionFigures {
  RegionCounts counts;
  Figure recall;         ///< found / regions
  Figure recall_as_any;  ///< found_as_any / regions: what is left is seen nowhere
};
RegionFigures region_figures(const RegionCounts& counts);
/// All classes together.
RegionCounts sum(const std::vector<RegionCounts>& counts);

/// The number of the region that each pixel is in, counted from 1 in reading order; 0 for
/// `background` and everything in `outside` (empty: nothing is).
struct Regions {
  std::uint32_t count = 0;
  std::vector<std::uint32_t> of;
};
Regions connected_regions(const LabelImage& image, std::uint16_t background,
                          const std::vector<bool>& outside);

}  // namespace zeromiss
