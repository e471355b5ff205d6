#include "steps.hpp"

#include <fmt/format.h>

#include <cmath>

namespace zeromiss::steps {
namespace {

void require_inside(cv::Size before, cv::Rect crop, std::string_view op) {
  if (crop.x >= 0 && crop.y >= 0 && crop.br().x <= before.width && crop.br().y <= before.height)
    return;
  throw ItemError("image.too_small",
                  fmt::format("{} needs a picture of at least {}x{}, found {}x{}", op,
                              crop.x < 0 ? crop.width : crop.br().x,
                              crop.y < 0 ? crop.height : crop.br().y, before.width, before.height));
}

/// Halves go to the even neighbour, as in Python.
int margin(int outer, int inner) { return static_cast<int>(std::nearbyint((outer - inner) / 2.0)); }

cv::Rect area(const CenterCropStep& step, cv::Size before) {
  if (step.width > before.width || step.height > before.height)
    require_inside(before, cv::Rect(0, 0, step.width, step.height), "center_crop");
  return {margin(before.width, step.width), margin(before.height, step.height), step.width,
          step.height};
}

cv::Rect area(const CropStep& step, cv::Size before) {
  const cv::Rect crop(step.x, step.y, step.width, step.height);
  require_inside(before, crop, "crop");
  return crop;
}

cv::Matx33d shift(cv::Rect crop) {
  return {1, 0, -static_cast<double>(crop.x), 0, 1, -static_cast<double>(crop.y), 0, 0, 1};
}

}  // namespace

Step parse_center_crop(const JsonNode& node) {
  node.only({"op", "width", "height"});
  const cv::Size size = parse_size(node);
  return CenterCropStep{size.width, size.height};
}

MaybeSize size_after(const CenterCropStep& step, MaybeSize before) {
  return before ? area(step, *before).size() : cv::Size(step.width, step.height);
}

cv::Mat run(const CenterCropStep& step, const cv::Mat& picture) {
  return picture(area(step, picture.size()));
}

cv::Matx33d mapping(const CenterCropStep& step, cv::Size before) {
  return shift(area(step, before));
}

Step parse_crop(const JsonNode& node) {
  node.only({"op", "x", "y", "width", "height"});
  const cv::Size size = parse_size(node);
  return CropStep{static_cast<int>(node.at("x").integer(0, kMaxSide)),
                  static_cast<int>(node.at("y").integer(0, kMaxSide)), size.width, size.height};
}

MaybeSize size_after(const CropStep& step, MaybeSize before) {
  return before ? area(step, *before).size() : cv::Size(step.width, step.height);
}

cv::Mat run(const CropStep& step, const cv::Mat& picture) {
  return picture(area(step, picture.size()));
}

cv::Matx33d mapping(const CropStep& step, cv::Size before) { return shift(area(step, before)); }

}  // namespace zeromiss::steps
