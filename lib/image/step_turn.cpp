#include "steps.hpp"

#include <fmt/format.h>
#include <opencv2/core.hpp>

#include <array>
#include <stdexcept>

namespace zeromiss::steps {
namespace {

constexpr std::array<std::string_view, 2> kAxisNames{"horizontal", "vertical"};

int opencv_code(int degrees) {
  switch (degrees) {
    case 90:
      return cv::ROTATE_90_COUNTERCLOCKWISE;
    case 180:
      return cv::ROTATE_180;
    case 270:
      return cv::ROTATE_90_CLOCKWISE;
    default:
      throw std::logic_error(fmt::format("rotation by {} degrees", degrees));
  }
}

}  // namespace

Step parse_quarter_turn(const JsonNode& node) {
  node.only({"op", "degrees"});
  const double degrees = node.at("degrees").number();
  if (degrees != 90 && degrees != 180 && degrees != 270)
    node.at("degrees").fail(
        fmt::format("expected 90, 180 or 270, found {}; other angles need the keys "
                    "filter, expand and fill",
                    degrees));
  return RotateStep{static_cast<int>(node.at("degrees").integer(90, 270))};
}

MaybeSize size_after(const RotateStep& step, MaybeSize before) {
  if (!before || step.degrees == 180) return before;
  return cv::Size(before->height, before->width);
}

cv::Mat run(const RotateStep& step, const cv::Mat& picture) {
  cv::Mat result;
  cv::rotate(picture, result, opencv_code(step.degrees));
  return result;
}

cv::Matx33d mapping(const RotateStep& step, cv::Size before) {
  const double width = before.width, height = before.height;
  switch (step.degrees) {
    case 90:  // the right border becomes the upper one
      return {0, 1, 0, -1, 0, width, 0, 0, 1};
    case 180:
      return {-1, 0, width, 0, -1, height, 0, 0, 1};
    default:  // 270: the left border becomes the upper one
      return {0, -1, height, 1, 0, 0, 0, 0, 1};
  }
}

Step parse_flip(const JsonNode& node) {
  node.only({"op", "axis"});
  return FlipStep{static_cast<FlipAxis>(node.at("axis").one_of(kAxisNames))};
}

MaybeSize size_after(const FlipStep&, MaybeSize before) { return before; }

cv::Mat run(const FlipStep& step, const cv::Mat& picture) {
  cv::Mat result;
  cv::flip(picture, result, step.axis == FlipAxis::horizontal ? 1 : 0);
  return result;
}

cv::Matx33d mapping(const FlipStep& step, cv::Size before) {
  if (step.axis == FlipAxis::horizontal)
    return {-1, 0, static_cast<double>(before.width), 0, 1, 0, 0, 0, 1};
  return {1, 0, 0, 0, -1, static_cast<double>(before.height), 0, 0, 1};
}

}  // namespace zeromiss::steps
