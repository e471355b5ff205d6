#include "steps.hpp"

#include <zeromiss/image/placement.hpp>

#include <opencv2/core.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

namespace zeromiss {
namespace {

cv::Point2d through(const cv::Matx33d& matrix, cv::Point2d point) {
  const cv::Vec3d mapped = matrix * cv::Vec3d(point.x, point.y, 1.0);
  return {mapped[0] / mapped[2], mapped[1] / mapped[2]};
}

Box around(const cv::Matx33d& matrix, const Box& box) {
  const std::array<cv::Point2d, 4> corners{
      through(matrix, {box.x, box.y}), through(matrix, {box.x + box.width, box.y}),
      through(matrix, {box.x, box.y + box.height}),
      through(matrix, {box.x + box.width, box.y + box.height})};
  const auto by_x = std::minmax_element(corners.begin(), corners.end(),
                                        [](const auto& a, const auto& b) { return a.x < b.x; });
  const auto by_y = std::minmax_element(corners.begin(), corners.end(),
                                        [](const auto& a, const auto& b) { return a.y < b.y; });
  return {by_x.first->x, by_y.first->y, by_x.second->x - by_x.first->x,
          by_y.second->y - by_y.first->y};
}

cv::Matx33d inverted(const cv::Matx33d& matrix) {
  bool possible = false;
  const cv::Matx33d inverse = matrix.inv(cv::DECOMP_LU, &possible);
  if (!possible) throw std::logic_error("a transform that cannot be inverted");
  return inverse;
}

}  // namespace

Placement::Placement(cv::Size original, cv::Size network, const cv::Matx33d& to_network)
    : original_(original),
      network_(network),
      to_network_(to_network),
      to_original_(inverted(to_network)) {}

cv::Point2d Placement::to_network(cv::Point2d original) const {
  return through(to_network_, original);
}

cv::Point2d Placement::to_original(cv::Point2d network) const {
  return through(to_original_, network);
}

Box Placement::to_network(const Box& original) const { return around(to_network_, original); }

Box Placement::to_original(const Box& network) const {
  const Box box = around(to_original_, network);
  const double left = std::clamp(box.x, 0.0, static_cast<double>(original_.width));
  const double top = std::clamp(box.y, 0.0, static_cast<double>(original_.height));
  const double right = std::clamp(box.x + box.width, 0.0, static_cast<double>(original_.width));
  const double bottom = std::clamp(box.y + box.height, 0.0, static_cast<double>(original_.height));
  return {left, top, right - left, bottom - top};
}

Placement placement_of(const InputSpec& spec, cv::Size original) {
  cv::Matx33d all = cv::Matx33d::eye();
  cv::Size size = original;
  for (const Step& step : spec.steps) {
    all = std::visit([&](const auto& s) { return steps::mapping(s, size); }, step) * all;
    size = *std::visit([&](const auto& s) { return steps::size_after(s, size); }, step);
  }
  return {original, size, all};
}

}  // namespace zeromiss
