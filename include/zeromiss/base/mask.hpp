#pragma once

#include <zeromiss/base/box.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zeromiss {

/// A set of pixels as COCO writes it: lengths of runs, column by column from the top left, the
/// first run outside. The runs always add up to height x width.
struct Mask {
  std::uint32_t height = 0, width = 0;
  std::vector<std::uint32_t> runs;

  bool operator==(const Mask&) const = default;
};

/// COCO's `counts` as a list of numbers.
/// @throws std::invalid_argument saying what is wrong: a picture of no size or of more than 2^31
/// pixels, a run that is negative, runs that do not add up
Mask mask_from_counts(std::uint32_t height, std::uint32_t width,
                      std::span<const std::int64_t> counts);

/// COCO's `counts` as a text ("compressed RLE").
/// @throws std::invalid_argument as above, and for a text that is cut off or no such text
Mask mask_from_text(std::uint32_t height, std::uint32_t width, std::string_view text);
std::string mask_to_text(const Mask& mask);

/// One closed polygon x1, y1, x2, y2, …, filled as COCO does it (corners on a grid five times as
/// fine, so not simply "pixel centre inside").
/// @throws std::invalid_argument for fewer than three corners, an odd count, or a coordinate that
/// is not finite or beyond +-100,000
Mask mask_from_polygon(std::uint32_t height, std::uint32_t width, std::span<const double> corners);
Mask mask_from_box(std::uint32_t height, std::uint32_t width, const Box& box);

/// @param pixels  row by row, anything but 0 is inside
Mask mask_from_pixels(std::uint32_t height, std::uint32_t width,
                      std::span<const std::uint8_t> pixels);
/// A patch of pixels in an otherwise empty picture: its work does not grow with the picture.
/// @param left, top  of the patch; it lies inside the picture
/// @param pixels     patch_height x patch_width, row by row, anything but 0 is inside
/// @throws std::invalid_argument for a patch that is not inside, or another number of pixels
Mask mask_from_patch(std::uint32_t height, std::uint32_t width, std::uint32_t left,
                     std::uint32_t top, std::uint32_t patch_height, std::uint32_t patch_width,
                     std::span<const std::uint8_t> pixels);
/// Row by row, 0 or 1.
std::vector<std::uint8_t> mask_pixels(const Mask& mask);

/// The pixels of a patch of it, row by row, 0 or 1; see mask_from_patch().
/// @throws std::invalid_argument for a patch that is not inside
std::vector<std::uint8_t> mask_patch(const Mask& mask, std::uint32_t left, std::uint32_t top,
                                     std::uint32_t patch_height, std::uint32_t patch_width);

/// Union, for the several polygons of one object; or intersection.
/// @throws std::invalid_argument for no masks, or masks of different sizes
enum class MaskMerge { unite, intersect };
Mask merge_masks(std::span<const Mask> masks, MaskMerge how);

std::uint64_t mask_area(const Mask& mask);
/// The smallest box around it; all zeros when the mask is empty.
Box mask_box(const Mask& mask);

/// Overlap over union; 0 when nothing overlaps, also for two empty masks. For a crowd it is the
/// overlap over the detection's own area.
/// @throws std::invalid_argument for masks of different sizes
double mask_iou(const Mask& detection, const Mask& truth, bool crowd);

}  // namespace zeromiss
