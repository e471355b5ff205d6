#include "steps.hpp"

#include <zeromiss/image/tiles.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>

namespace zeromiss {
namespace {

constexpr std::int64_t kMaxTiles = 65'536;

/// Where the tiles of one direction begin.
std::vector<int> starts(int length, int tile, int overlap) {
  std::vector<int> result;
  const int stride = tile - overlap;
  for (int at = 0; at + tile < length; at += stride) result.push_back(at);
  result.push_back(length - tile);
  return result;
}

std::int64_t count(int length, int tile, int overlap) {
  const int stride = tile - overlap;
  return (length - tile + stride - 1) / stride + 1;
}

}  // namespace

std::optional<TileStep> tile_step(const InputSpec& spec) {
  for (const Step& step : spec.steps)
    if (const auto* tile = std::get_if<TileStep>(&step)) return *tile;
  return std::nullopt;
}

std::vector<cv::Rect> tile_areas(cv::Size picture, const TileStep& step) {
  static_cast<void>(steps::size_after(step, picture));
  const std::vector<int> columns = starts(picture.width, step.width, step.overlap);
  std::vector<cv::Rect> areas;
  for (const int y : starts(picture.height, step.height, step.overlap))
    for (const int x : columns) areas.emplace_back(x, y, step.width, step.height);
  return areas;
}

InputSpec tile_spec(const InputSpec& spec, cv::Rect area) {
  InputSpec result = spec;
  for (Step& step : result.steps)
    if (std::holds_alternative<TileStep>(step))
      step = CropStep{area.x, area.y, area.width, area.height};
  return result;
}

InputSpec before_tiles(const InputSpec& spec) {
  InputSpec result = spec;
  const auto tile = std::find_if(result.steps.begin(), result.steps.end(), [](const Step& step) {
    return std::holds_alternative<TileStep>(step);
  });
  result.steps.erase(tile, result.steps.end());
  return result;
}

namespace steps {

Step parse_tile(const JsonNode& node) {
  node.only({"op", "width", "height", "overlap"});
  const cv::Size size = parse_size(node);
  const int most = std::min(size.width, size.height) - 1;
  return TileStep{size.width, size.height, static_cast<int>(node.at("overlap").integer(0, most))};
}

MaybeSize size_after(const TileStep& step, MaybeSize before) {
  const cv::Size tile(step.width, step.height);
  if (!before) return tile;
  if (before->width < step.width || before->height < step.height)
    throw ItemError("image.too_small",
                    fmt::format("tile needs a picture of at least {}x{}, found {}x{}", step.width,
                                step.height, before->width, before->height));
  const std::int64_t tiles = count(before->width, step.width, step.overlap) *
                             count(before->height, step.height, step.overlap);
  if (tiles > kMaxTiles)
    throw ItemError(
        "image.too_large",
        fmt::format("a picture of {}x{} has {} tiles of {}x{}, more than {}", before->width,
                    before->height, tiles, step.width, step.height, kMaxTiles));
  return tile;
}

cv::Mat run(const TileStep&, const cv::Mat&) {
  throw std::logic_error("a tile step has more than one result");
}

cv::Matx33d mapping(const TileStep&, cv::Size) {
  throw std::logic_error("a tile step has more than one place");
}

}  // namespace steps
}  // namespace zeromiss
