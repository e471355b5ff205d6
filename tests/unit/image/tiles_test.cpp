#include "golden.hpp"
#include "support/catch.hpp"

#include <zeromiss/image/tiles.hpp>

#include <algorithm>
#include <vector>

using namespace zeromiss;

namespace {

std::string code_of(cv::Size picture, const TileStep& step) {
  try {
    static_cast<void>(tile_areas(picture, step));
  } catch (const ItemError& error) {
    return error.code();
  }
  return "none";
}

std::vector<int> values(const cv::Mat& picture) {
  const cv::Mat whole = picture.clone();
  return {whole.data, whole.data + whole.total() * whole.elemSize()};
}

InputSpec with_steps(ColorSpace color, std::vector<Step> steps) {
  InputSpec spec;
  spec.color = color;
  spec.steps = std::move(steps);
  return spec;
}

}  // namespace

TEST_CASE("tiles begin every side less overlap, and the last ends at the edge") {
  // 10 wide, tiles of 4 with overlap 1: 0, 3, 6; 9 high, tiles of 5: 0, 4
  const std::vector<cv::Rect> expected{{0, 0, 4, 5}, {3, 0, 4, 5}, {6, 0, 4, 5},
                                       {0, 4, 4, 5}, {3, 4, 4, 5}, {6, 4, 4, 5}};
  CHECK(tile_areas({10, 9}, {4, 5, 1}) == expected);
  // 11 wide: 0, 3, 6 and, moved back from 9, 7
  const std::vector<cv::Rect> row{{0, 0, 4, 5}, {3, 0, 4, 5}, {6, 0, 4, 5}, {7, 0, 4, 5}};
  CHECK(tile_areas({11, 5}, {4, 5, 1}) == row);
  CHECK(tile_areas({4, 5}, {4, 5, 3}) == std::vector<cv::Rect>{{0, 0, 4, 5}});
  CHECK(tile_areas({8, 5}, {4, 5, 0}) == std::vector<cv::Rect>{{0, 0, 4, 5}, {4, 0, 4, 5}});
}

TEST_CASE("every window as large as the overlap is whole in a tile") {
  for (const TileStep step : {TileStep{7, 6, 3}, TileStep{5, 5, 4}, TileStep{9, 4, 1}})
    for (int width = step.width; width < 30; ++width)
      for (const int height : {step.height, step.height + 1, 23}) {
        const auto areas = tile_areas({width, height}, step);
        const int side = std::max(step.overlap, 1);
        for (int y = 0; y + side <= height; ++y)
          for (int x = 0; x + side <= width; ++x) {
            const cv::Rect window(x, y, side, side);
            CAPTURE(width, height, x, y);
            CHECK(std::any_of(areas.begin(), areas.end(),
                              [&](const cv::Rect& a) { return (a & window) == window; }));
          }
        for (const cv::Rect& a : areas) CHECK((a & cv::Rect(0, 0, width, height)) == a);
      }
}

TEST_CASE("a picture smaller than a tile or with too many of them is refused") {
  CHECK(code_of({4, 5}, {4, 5, 0}) == "none");
  CHECK(code_of({3, 5}, {4, 5, 0}) == "image.too_small");
  CHECK(code_of({4, 4}, {4, 5, 0}) == "image.too_small");
  CHECK(code_of({256, 256}, {1, 1, 0}) == "none");
  CHECK(code_of({257, 256}, {1, 1, 0}) == "image.too_large");
  CHECK(code_of({65'535, 65'535}, {2, 2, 1}) == "image.too_large");
}

TEST_CASE("a tile is what the same spec with a crop in its place gives") {
  const Image image{test::draw("noise", 50, 41, 3), ImageFormat::png, false};
  const Image gray{test::draw("noise", 50, 41, 1), ImageFormat::png, false};
  const FlipStep flip{FlipAxis::horizontal};
  const TileStep tile{16, 12, 5};
  const std::vector<std::vector<Step>> lists{
      {tile},
      {flip, tile},
      {tile, GaussianStep{5, 5, 2, 2}},  // nothing of the neighbours comes in
      {ResizeStep{40, 33, Filter::bilinear, true}, tile,
       LetterboxStep{20, 20, Filter::bilinear, false, {1, 2, 3}}}};
  for (const auto& steps : lists)
    for (const ColorSpace color : {ColorSpace::rgb, ColorSpace::bgr, ColorSpace::lab})
      for (const Image& source : {image, gray}) {
        const InputSpec spec = with_steps(color, steps);
        const TiledPicture picture(source, spec);
        REQUIRE(picture.areas().size() >= 12);
        for (std::size_t t = 0; t < picture.areas().size(); ++t)
          CHECK(values(picture.pixels(t)) ==
                values(apply_steps(source, tile_spec(spec, picture.areas()[t]))));
      }
}

TEST_CASE("without a tile step the picture is the only tile") {
  const Image image{test::draw("mixed", 30, 20, 3), ImageFormat::png, false};
  const InputSpec spec = with_steps(ColorSpace::bgr, {CropStep{2, 3, 9, 8}, BlurStep{3, 3}});
  std::vector<cv::Size> seen;
  const auto look = [&](const cv::Mat& picture) { seen.push_back(picture.size()); };
  const TiledPicture picture(image, spec, look);
  CHECK(picture.areas() == std::vector<cv::Rect>{{0, 0, 30, 20}});
  CHECK(values(picture.pixels(0, look)) == values(apply_steps(image, spec)));
  CHECK(seen == std::vector<cv::Size>{{30, 20}, {9, 8}, {9, 8}});
}

TEST_CASE("the network's input is one tile after the steps behind it") {
  CHECK(output_size(with_steps(ColorSpace::rgb, {TileStep{30, 20, 4}})) == cv::Size(30, 20));
  CHECK(output_size(with_steps(ColorSpace::rgb,
                               {TileStep{30, 20, 4}, ResizeShortestStep{10, Filter::box, true}})) ==
        cv::Size(15, 10));
}
