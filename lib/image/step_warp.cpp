#include "steps.hpp"

#include <fmt/format.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace zeromiss::steps {
namespace {

constexpr int kMaxWarpSide = 32'766;  ///< beyond it OpenCV's 16-bit coordinates stop, silently
constexpr double kMaxEntry = 1e6;
constexpr double kSingular = 1e-12;

WarpSampling parse_warp_sampling(const JsonNode& node) {
  const Filter filter = parse_filter(node);
  if (filter == Filter::box)
    node.at("filter").fail(
        "\"box\" is for resize alone: expected nearest, bilinear, bicubic or lanczos");
  return {filter, parse_fill(node)};
}

cv::Size parse_warp_size(const JsonNode& node) {
  const cv::Size size = parse_size(node);
  for (const char* key : {"width", "height"})
    static_cast<void>(node.at(key).integer(1, kMaxWarpSide));
  return size;
}

template <std::size_t Rows, std::size_t Columns>
std::array<double, Rows * Columns> parse_matrix(const JsonNode& node) {
  const JsonNode matrix = node.at("matrix");
  if (matrix.size() != Rows)
    matrix.fail(fmt::format("expected {} rows, found {}", Rows, matrix.size()));
  std::array<double, Rows * Columns> values{};
  for (std::size_t r = 0; r < Rows; ++r) {
    const JsonNode row = matrix.at(r);
    if (row.size() != Columns)
      row.fail(fmt::format("expected {} numbers, found {}", Columns, row.size()));
    for (std::size_t c = 0; c < Columns; ++c)
      values[r * Columns + c] = row.at(c).number(-kMaxEntry, kMaxEntry);
  }
  return values;
}

/// A matrix that squeezes the picture to a line shows the network nothing of it.
template <int Side>
void require_invertible(const cv::Matx<double, Side, Side>& matrix, const JsonNode& node) {
  double lengths = 1;
  for (int r = 0; r < Side; ++r) lengths *= cv::norm(matrix.row(r));
  if (!(std::abs(cv::determinant(matrix)) > kSingular * lengths))
    node.at("matrix").fail("expected a matrix that can be inverted");
}

void require_warpable(cv::Size size, std::string_view op) {
  if (size.width <= kMaxWarpSide && size.height <= kMaxWarpSide) return;
  throw ItemError(
      "image.too_large",
      fmt::format("{} takes and makes pictures of at most {} pixels a side, found {}x{}", op,
                  kMaxWarpSide, size.width, size.height));
}

/// Where a rotation puts things.
struct Turn {
  cv::Matx23d matrix;
  cv::Size size;
};

Turn turn(const RotateAnyStep& step, cv::Size before) {
  const cv::Point2f centre(static_cast<float>(before.width - 1) / 2.0F,
                           static_cast<float>(before.height - 1) / 2.0F);
  Turn result{cv::getRotationMatrix2D(centre, step.degrees, 1.0), before};
  if (!step.expand) return result;
  const double cosine = std::abs(result.matrix(0, 0)), sine = std::abs(result.matrix(0, 1));
  constexpr double kRounding = 1e-6;  // cos 90 degrees is 6e-17, and must not add a column
  const auto side = [&](double length) { return static_cast<int>(std::ceil(length - kRounding)); };
  result.size = cv::Size(side(before.width * cosine + before.height * sine),
                         side(before.width * sine + before.height * cosine));
  result.matrix(0, 2) += (result.size.width - before.width) / 2.0;
  result.matrix(1, 2) += (result.size.height - before.height) / 2.0;
  return result;
}

cv::Scalar scalar(const std::array<int, 3>& fill) {
  return {fill[0] * 1.0, fill[1] * 1.0, fill[2] * 1.0};
}

/// OpenCV's matrices have the centre of pixel (0, 0) at 0; Placement has it at 1/2.
cv::Matx33d between_corners(const cv::Matx33d& between_centres) {
  return cv::Matx33d(1, 0, 0.5, 0, 1, 0.5, 0, 0, 1) * between_centres *
         cv::Matx33d(1, 0, -0.5, 0, 1, -0.5, 0, 0, 1);
}

cv::Matx33d between_corners(const cv::Matx23d& m) {
  return between_corners(
      cv::Matx33d(m(0, 0), m(0, 1), m(0, 2), m(1, 0), m(1, 1), m(1, 2), 0, 0, 1));
}

cv::Mat warp_affine(const cv::Mat& picture, const cv::Matx23d& matrix, cv::Size size,
                    const WarpSampling& sampling) {
  cv::Mat result;
  cv::warpAffine(picture, result, matrix, size, opencv_flag(sampling.filter), cv::BORDER_CONSTANT,
                 scalar(sampling.fill));
  return result;
}

}  // namespace

Step parse_rotate(const JsonNode& node) {
  const bool any = node.find("filter") || node.find("expand") || node.find("fill");
  if (!any) return parse_quarter_turn(node);
  node.only({"op", "degrees", "filter", "expand", "fill"});
  return RotateAnyStep{node.at("degrees").number(-360, 360), node.at("expand").boolean(),
                       parse_warp_sampling(node)};
}

MaybeSize size_after(const RotateAnyStep& step, MaybeSize before) {
  if (!before) return std::nullopt;
  require_warpable(*before, "rotate");
  const cv::Size size = turn(step, *before).size;
  require_warpable(size, "rotate");
  if (std::int64_t{size.width} * size.height > kMaxPixels)
    throw ItemError(
        "image.too_large",
        fmt::format("a picture of {}x{} rotated and expanded would be {}x{}: more than "
                    "{} pixels",
                    before->width, before->height, size.width, size.height, kMaxPixels));
  return size;
}

cv::Mat run(const RotateAnyStep& step, const cv::Mat& picture) {
  static_cast<void>(size_after(step, picture.size()));  // refuses what is too large
  const auto [matrix, size] = turn(step, picture.size());
  return warp_affine(picture, matrix, size, step.sampling);
}

cv::Matx33d mapping(const RotateAnyStep& step, cv::Size before) {
  static_cast<void>(size_after(step, before));
  return between_corners(turn(step, before).matrix);
}

Step parse_affine(const JsonNode& node) {
  node.only({"op", "matrix", "width", "height", "filter", "fill"});
  const auto matrix = parse_matrix<2, 3>(node);
  require_invertible<2>({matrix[0], matrix[1], matrix[3], matrix[4]}, node);
  const cv::Size size = parse_warp_size(node);
  return AffineStep{matrix, size.width, size.height, parse_warp_sampling(node)};
}

MaybeSize size_after(const AffineStep& step, MaybeSize before) {
  if (before) require_warpable(*before, "affine");
  return cv::Size(step.width, step.height);
}

cv::Mat run(const AffineStep& step, const cv::Mat& picture) {
  require_warpable(picture.size(), "affine");
  return warp_affine(picture, cv::Matx23d(step.matrix.data()), cv::Size(step.width, step.height),
                     step.sampling);
}

cv::Matx33d mapping(const AffineStep& step, cv::Size) {
  return between_corners(cv::Matx23d(step.matrix.data()));
}

Step parse_perspective(const JsonNode& node) {
  node.only({"op", "matrix", "width", "height", "filter", "fill"});
  const auto matrix = parse_matrix<3, 3>(node);
  require_invertible<3>(cv::Matx33d(matrix.data()), node);
  const cv::Size size = parse_warp_size(node);
  return PerspectiveStep{matrix, size.width, size.height, parse_warp_sampling(node)};
}

MaybeSize size_after(const PerspectiveStep& step, MaybeSize before) {
  if (before) require_warpable(*before, "perspective");
  return cv::Size(step.width, step.height);
}

cv::Mat run(const PerspectiveStep& step, const cv::Mat& picture) {
  require_warpable(picture.size(), "perspective");
  cv::Mat result;
  cv::warpPerspective(picture, result, cv::Matx33d(step.matrix.data()),
                      cv::Size(step.width, step.height), opencv_flag(step.sampling.filter),
                      cv::BORDER_CONSTANT, scalar(step.sampling.fill));
  return result;
}

cv::Matx33d mapping(const PerspectiveStep& step, cv::Size) {
  return between_corners(cv::Matx33d(step.matrix.data()));
}

}  // namespace zeromiss::steps
