#include "support/catch.hpp"
#include "support/near.hpp"

#include <zeromiss/base/mask.hpp>

#include <limits>
#include <stdexcept>
#include <vector>

using namespace zeromiss;

namespace {

using Counts = std::vector<std::int64_t>;
using Pixels = std::vector<std::uint8_t>;

/// A 3 x 3 picture, written as people read it.
Mask nine(const Pixels& pixels) { return mask_from_pixels(3, 3, pixels); }

}  // namespace

TEST_CASE("runs go down the columns and begin outside") {
  // . x .
  // . x .
  // . . x   down the columns: 3 outside, 2 inside, 3 outside, 1 inside
  const Mask mask = nine({0, 1, 0, 0, 1, 0, 0, 0, 1});
  CHECK(mask.runs == std::vector<std::uint32_t>{3, 2, 3, 1});
  CHECK(mask_pixels(mask) == Pixels{0, 1, 0, 0, 1, 0, 0, 0, 1});
  CHECK(mask_area(mask) == 3);
  CHECK(mask_box(mask) == Box{1, 0, 2, 3});
}

TEST_CASE("a mask that begins inside has an empty first run") {
  CHECK(nine({1, 1, 1, 1, 1, 1, 1, 1, 1}).runs == std::vector<std::uint32_t>{0, 9});
}

TEST_CASE("an empty mask has no area, no box and no overlap with itself") {
  const Mask empty = mask_from_counts(3, 3, Counts{9});
  CHECK(mask_area(empty) == 0);
  CHECK(mask_box(empty) == Box{});
  CHECK(mask_box(mask_from_counts(3, 3, Counts{9, 0})) == Box{});
  CHECK(mask_iou(empty, empty, false) == 0.0);
}

TEST_CASE("counts that are no picture are refused with the reason") {
  CHECK_THROWS_WITH(mask_from_counts(2, 2, Counts{2, 1}),
                    "the runs of the mask add up to 3, not to its 2 x 2 = 4 pixels");
  CHECK_THROWS_WITH(mask_from_counts(2, 2, Counts{2, 3}),
                    "the runs of the mask go past its 2 x 2 pixels");
  CHECK_THROWS_WITH(mask_from_counts(2, 2, Counts{5, -1}),
                    "the runs of the mask go past its 2 x 2 pixels");
  CHECK_THROWS_WITH(mask_from_counts(2, 2, Counts{2, -1, 3}), "run 2 of the mask is negative");
  CHECK_THROWS_AS(mask_from_counts(2, 2, Counts{}), std::invalid_argument);
  CHECK_THROWS_AS(mask_from_counts(0, 2, Counts{}), std::invalid_argument);
  CHECK_THROWS_AS(mask_from_counts(65536, 65536, Counts{}), std::invalid_argument);
}

TEST_CASE("texts that are no runs are refused") {
  // 2 x 2, runs 1 2 1 is "121".
  CHECK(mask_from_text(2, 2, "121").runs == std::vector<std::uint32_t>{1, 2, 1});
  CHECK_THROWS_WITH(mask_from_text(2, 2, "12Q"), "the text of the mask is cut off inside a number");
  CHECK_THROWS_WITH(mask_from_text(2, 2, "1 1"),
                    "character 2 of the mask's text is none of COCO's");
  CHECK_THROWS_AS(mask_from_text(2, 2, "12p"), std::invalid_argument);  // one past the last
  CHECK_THROWS_AS(mask_from_text(2, 2, "oooooooooooooooo0"), std::invalid_argument);
  CHECK_THROWS_AS(mask_from_text(2, 2, ""), std::invalid_argument);
}

TEST_CASE("polygons that are none are refused") {
  CHECK_THROWS_AS(mask_from_polygon(5, 5, std::vector<double>{0, 0, 4, 4}), std::invalid_argument);
  CHECK_THROWS_AS(mask_from_polygon(5, 5, std::vector<double>{0, 0, 4, 0, 4, 4, 1}),
                  std::invalid_argument);
  for (const double bad : {1e6, -1e6, std::numeric_limits<double>::quiet_NaN(),
                           std::numeric_limits<double>::infinity()})
    CHECK_THROWS_AS(mask_from_polygon(5, 5, std::vector<double>{0, 0, bad, 0, 4, 4}),
                    std::invalid_argument);
}

TEST_CASE("a polygon that reaches out of the picture is cut at its border") {
  const std::vector<double> corners = {-3, -3, 8, -3, 8, 2, -3, 2};
  CHECK(mask_pixels(mask_from_polygon(3, 3, corners)) == Pixels{1, 1, 1, 1, 1, 1, 0, 0, 0});
}

TEST_CASE("overlap of masks counts pixels") {
  const Mask left = nine({1, 1, 0, 1, 1, 0, 0, 0, 0}), right = nine({0, 1, 1, 0, 1, 1, 0, 1, 1});
  CHECK(mask_iou(left, right, false) == near(2.0 / 8.0, 1e-15));  // 4 + 6 - 2
  CHECK(mask_iou(left, right, true) == near(2.0 / 4.0, 1e-15));   // over the first one's area
  const std::vector<Mask> both = {left, right};
  CHECK(mask_pixels(merge_masks(both, MaskMerge::unite)) == Pixels{1, 1, 1, 1, 1, 1, 0, 1, 1});
  CHECK(mask_pixels(merge_masks(both, MaskMerge::intersect)) == Pixels{0, 1, 0, 0, 1, 0, 0, 0, 0});
  CHECK_THROWS_AS(mask_iou(left, mask_from_counts(3, 4, Counts{12}), false), std::invalid_argument);
}

TEST_CASE("a patch is the same mask as the whole picture around it", "[mask]") {
  const std::uint32_t height = 5, width = 4;
  struct Place {
    std::uint32_t left, top, patch_height, patch_width;
  };
  const Place place = GENERATE(
      values<Place>({{0, 0, 5, 4}, {1, 1, 3, 2}, {2, 0, 5, 2}, {0, 3, 2, 4}, {3, 4, 1, 1}}));
  const int pattern = GENERATE(0, 1, 2, 3);
  std::vector<std::uint8_t> patch, whole(height * width);
  for (std::uint32_t y = 0; y < place.patch_height; ++y)
    for (std::uint32_t x = 0; x < place.patch_width; ++x) {
      const bool inside = pattern == 0   ? false
                          : pattern == 1 ? true
                                         : (x + y) % 2 == static_cast<std::uint32_t>(pattern - 2);
      patch.push_back(inside ? 7 : 0);
      whole[(place.top + y) * width + place.left + x] = inside ? 1 : 0;
    }
  const Mask found = mask_from_patch(height, width, place.left, place.top, place.patch_height,
                                     place.patch_width, patch);
  CAPTURE(place.left, place.top, place.patch_height, place.patch_width, pattern);
  CHECK(found == mask_from_pixels(height, width, whole));
  CHECK(mask_pixels(found) == whole);
  for (std::uint8_t& pixel : patch) pixel = pixel == 0 ? 0 : 1;
  CHECK(mask_patch(found, place.left, place.top, place.patch_height, place.patch_width) == patch);
  CHECK(mask_patch(found, 0, 0, height, width) == whole);
}

TEST_CASE("a patch as high as the picture ends with its last column") {
  // 2 x 4, column 1 inside: 2 pixels outside, 2 inside, 4 outside
  const std::vector<std::uint8_t> column{1, 1};
  CHECK(mask_from_patch(2, 4, 1, 0, 2, 1, column).runs == std::vector<std::uint32_t>{2, 2, 4});
  CHECK(mask_from_patch(2, 2, 1, 0, 2, 1, column).runs == std::vector<std::uint32_t>{2, 2});
  const std::vector<std::uint8_t> lower{0, 1};
  CHECK(mask_from_patch(2, 4, 1, 0, 2, 1, lower).runs == std::vector<std::uint32_t>{3, 1, 4});
}

TEST_CASE("a patch beyond the picture is refused", "[mask][error]") {
  const std::vector<std::uint8_t> two(2);
  CHECK_THROWS_AS(mask_from_patch(2, 2, 1, 0, 1, 2, two), std::invalid_argument);
  CHECK_THROWS_AS(mask_from_patch(2, 2, 0, 1, 2, 1, two), std::invalid_argument);
  CHECK_THROWS_AS(mask_from_patch(2, 2, 0, 0, 1, 1, two), std::invalid_argument);
}
