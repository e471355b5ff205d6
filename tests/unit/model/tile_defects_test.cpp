// Defects of tiles put together: the pictures are 200 x 100, cut at x = 0 and 90 into tiles of
// 110 x 100 (overlap 20), with numbers worked out by hand.
#include "tile_defects.hpp"

#include "support/catch.hpp"

using namespace zeromiss;

namespace {

const cv::Size kPicture(200, 100);
const cv::Rect kLeft(0, 0, 110, 100), kRight(90, 0, 110, 100);
constexpr double kIou = 0.45;

TileDefect part(std::size_t tile, const Box& box, double score = 0.5, std::size_t label = 1) {
  const cv::Rect area = tile == 0 ? kLeft : kRight;
  return {{label, score, box, box.width * box.height, std::nullopt}, area, tile, box, area};
}

/// A part whose mask is its whole box.
TileDefect masked(std::size_t tile, const Box& box, double score = 0.5, std::size_t label = 1) {
  TileDefect result = part(tile, box, score, label);
  result.defect.mask =
      mask_from_box(static_cast<std::uint32_t>(result.window.height),
                    static_cast<std::uint32_t>(result.window.width),
                    {box.x - result.window.x, box.y - result.window.y, box.width, box.height});
  return result;
}

std::vector<Defect> merged(const std::vector<TileDefect>& parts) {
  return merge_tile_defects(parts, kPicture, kPicture, kIou);
}

}  // namespace

TEST_CASE("a defect that two tiles see whole is listed once", "[tiles]") {
  const auto defects = merged({part(0, {92, 10, 10, 10}, 0.6), part(1, {93, 10, 10, 10}, 0.8)});
  REQUIRE(defects.size() == 1);  // IoU 90 / 110
  CHECK(defects[0].score == 0.8);
  CHECK(defects[0].box == Box{92, 10, 11, 10});
  CHECK(defects[0].area == 110);
}

TEST_CASE("defects of other classes, tiles' own ones, and neighbours stay apart", "[tiles]") {
  CHECK(merged({part(0, {92, 10, 10, 10}), part(1, {92, 10, 10, 10}, 0.5, 2)}).size() == 2);
  CHECK(merged({part(0, {92, 10, 10, 10}), part(0, {93, 10, 10, 10})}).size() == 2);
  // IoU 50 / 150, and no seam near either
  CHECK(merged({part(0, {92, 10, 10, 10}), part(1, {97, 10, 10, 10})}).size() == 2);
}

TEST_CASE("a box that a seam cuts grows by what goes on behind it", "[tiles]") {
  // 70..150 in truth; the left tile ends at 110, the right one begins at 90: IoU 20 x 10 / 80 x 10
  const auto defects = merged({part(0, {70, 40, 40, 10}, 0.9), part(1, {90, 40, 60, 10}, 0.7)});
  REQUIRE(defects.size() == 1);
  CHECK(defects[0].box == Box{70, 40, 80, 10});
  CHECK(defects[0].area == 800);
  CHECK(defects[0].score == 0.9);
}

TEST_CASE("a cut piece belongs to the whole that another tile sees", "[tiles]") {
  // 88..118 is whole in no tile but the right one from 90 on; the left sees 88..110
  const auto defects = merged({part(0, {100, 20, 10, 30}), part(1, {100, 20, 40, 30})});
  REQUIRE(defects.size() == 1);
  CHECK(defects[0].box == Box{100, 20, 40, 30});
}

TEST_CASE("pieces at the same seam but not of one height stay apart", "[tiles]") {
  CHECK(merged({part(0, {70, 10, 40, 10}), part(1, {90, 16, 60, 10})}).size() == 2);  // 4 of 10
  CHECK(merged({part(0, {70, 10, 40, 10}), part(1, {90, 15, 60, 10})}).size() == 1);  // 5 of 10
}

TEST_CASE("the border of the picture is no seam", "[tiles]") {
  // The first ends 2 pixels before it, and the second, in a tile of its own, begins there.
  const cv::Rect lower(90, 50, 110, 50);
  TileDefect a = part(1, {150, 60, 48, 10}), b = part(2, {198, 61, 2, 8});
  b.area = b.window = lower;
  CHECK(merged({a, b}).size() == 2);
}

TEST_CASE("masks that share or touch pixels are one defect with its whole area", "[tiles]") {
  SECTION("overlapping") {
    const auto defects = merged({masked(0, {70, 40, 40, 10}), masked(1, {90, 40, 60, 10})});
    REQUIRE(defects.size() == 1);
    CHECK(defects[0].area == 800);
    CHECK(defects[0].box == Box{70, 40, 80, 10});
    CHECK(*defects[0].mask == mask_from_box(100, 200, {70, 40, 80, 10}));
  }
  SECTION("touching at a corner") {
    const auto defects = merged({masked(0, {80, 40, 20, 10}), masked(1, {100, 50, 7, 3})});
    REQUIRE(defects.size() == 1);
    CHECK(defects[0].area == 221);
    CHECK(mask_area(*defects[0].mask) == 221);
  }
  SECTION("one pixel between them") {
    CHECK(merged({masked(0, {80, 40, 19, 10}), masked(1, {100, 40, 7, 3})}).size() == 2);
  }
  SECTION("chained by a third") {
    const auto defects = merged({masked(0, {60, 10, 50, 5}), masked(0, {60, 30, 50, 5}),
                                 masked(1, {105, 10, 5, 25}, 0.95)});
    REQUIRE(defects.size() == 1);
    CHECK(defects[0].area == 50 * 5 * 2 + 5 * 25 - 2 * 25);
    CHECK(defects[0].score == 0.95);
  }
}

TEST_CASE("a single tile's mask is moved to its place in the picture", "[tiles]") {
  const auto defects = merged({masked(1, {120, 30, 4, 5})});
  REQUIRE(defects.size() == 1);
  CHECK(*defects[0].mask == mask_from_box(100, 200, {120, 30, 4, 5}));
  CHECK(defects[0].area == 20);
}

TEST_CASE("a part without a mask counts with its box beside one with a mask", "[tiles][law]") {
  SECTION("on either side of the seam") {
    // The right tile's mask is 2 x 1 pixels at the left end of its box.
    TileDefect right = part(1, {110, 40, 20, 10}, 0.7);
    right.defect.mask = mask_from_box(100, 110, {20, 45, 2, 1});
    right.defect.area = 2;
    const auto defects = merged({part(0, {80, 40, 30, 10}, 0.9), right});
    REQUIRE(defects.size() == 1);
    CHECK(defects[0].area == 30 * 10 + 2);
    CHECK(mask_area(*defects[0].mask) == 302);
    CHECK(defects[0].box == Box{80, 40, 50, 10});
  }
  SECTION("one upon the other, with a box that ends inside pixels") {
    // IoU 25.5 / 54.5. The box touches columns 95..105, of the mask's 97..106, in three rows of 4.
    const auto defects = merged({part(0, {95.5, 40, 10, 4}), masked(1, {97, 41, 10, 4})});
    REQUIRE(defects.size() == 1);
    CHECK(defects[0].area == 11 * 4 + 10 * 4 - 9 * 3);
  }
  SECTION("without a pixel") {
    const auto defects = merged({part(0, {110, 40, 0, 10}), masked(1, {108, 40, 10, 10})});
    REQUIRE(defects.size() == 1);
    CHECK(defects[0].area == 100);
  }
}
