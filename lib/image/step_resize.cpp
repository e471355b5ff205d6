#include "steps.hpp"

#include <zeromiss/image/resample.hpp>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace zeromiss::steps {
namespace {

constexpr std::array<std::string_view, 5> kFilterNames{"nearest", "box", "bilinear", "bicubic",
                                                       "lanczos"};

}  // namespace

int opencv_flag(Filter filter) {
  switch (filter) {
    case Filter::nearest:
      return cv::INTER_NEAREST;
    case Filter::box:
      return cv::INTER_AREA;
    case Filter::bilinear:
      return cv::INTER_LINEAR;
    case Filter::bicubic:
      return cv::INTER_CUBIC;
    case Filter::lanczos:
      return cv::INTER_LANCZOS4;
  }
  throw std::logic_error("a filter without a flag");
}

cv::Size parse_size(const JsonNode& node) {
  const cv::Size size(static_cast<int>(node.at("width").integer(1, kMaxSide)),
                      static_cast<int>(node.at("height").integer(1, kMaxSide)));
  if (std::int64_t{size.width} * size.height > kMaxPixels)
    node.fail(fmt::format("{}x{} is more than {} pixels: use a smaller size", size.width,
                          size.height, kMaxPixels));
  return size;
}

Filter parse_filter(const JsonNode& node) {
  return static_cast<Filter>(node.at("filter").one_of(kFilterNames));
}

Sampling parse_sampling(const JsonNode& node) {
  return {parse_filter(node), node.at("antialias").boolean()};
}

cv::Mat resize(const cv::Mat& picture, cv::Size size, Filter filter, bool antialias) {
  if (size == picture.size()) return picture;
  if (antialias) return resample_pillow(picture, size.width, size.height, filter);
  cv::Mat result;
  cv::resize(picture, result, size, 0, 0, opencv_flag(filter));
  return result;
}

cv::Matx33d stretch(cv::Size before, cv::Size after, double right, double down) {
  const double x = static_cast<double>(after.width) / before.width;
  const double y = static_cast<double>(after.height) / before.height;
  return {x, 0, right, 0, y, down, 0, 0, 1};
}

Step parse_resize(const JsonNode& node) {
  node.only({"op", "width", "height", "filter", "antialias"});
  const cv::Size size = parse_size(node);
  const auto [filter, antialias] = parse_sampling(node);
  return ResizeStep{size.width, size.height, filter, antialias};
}

MaybeSize size_after(const ResizeStep& step, MaybeSize) {
  return cv::Size(step.width, step.height);
}

cv::Mat run(const ResizeStep& step, const cv::Mat& picture) {
  return resize(picture, cv::Size(step.width, step.height), step.filter, step.antialias);
}

cv::Matx33d mapping(const ResizeStep& step, cv::Size before) {
  return stretch(before, cv::Size(step.width, step.height));
}

Step parse_resize_shortest(const JsonNode& node) {
  node.only({"op", "size", "filter", "antialias"});
  const int size = static_cast<int>(node.at("size").integer(1, kMaxSide));
  const auto [filter, antialias] = parse_sampling(node);
  return ResizeShortestStep{size, filter, antialias};
}

MaybeSize size_after(const ResizeShortestStep& step, MaybeSize before) {
  if (!before) return std::nullopt;
  const auto [shorter, longer] = std::minmax({before->width, before->height});
  // Python divides two whole numbers exactly rounded, as double does here; int() cuts off.
  const double grown = static_cast<double>(std::int64_t{step.size} * longer) / shorter;
  if (grown > kMaxSide || step.size * grown > static_cast<double>(kMaxPixels))
    throw ItemError("image.too_large",
                    fmt::format("a picture of {}x{} with its shorter side resized to {} would have "
                                "more than {} pixels or {} a side",
                                before->width, before->height, step.size, kMaxPixels, kMaxSide));
  const int other = static_cast<int>(grown);
  return before->width <= before->height ? cv::Size(step.size, other) : cv::Size(other, step.size);
}

cv::Mat run(const ResizeShortestStep& step, const cv::Mat& picture) {
  return resize(picture, *size_after(step, picture.size()), step.filter, step.antialias);
}

cv::Matx33d mapping(const ResizeShortestStep& step, cv::Size before) {
  return stretch(before, *size_after(step, before));
}

}  // namespace zeromiss::steps
