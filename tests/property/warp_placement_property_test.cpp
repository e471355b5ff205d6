// Places through warps: there and back, and held against where OpenCV really puts a mark.
#include "support/catch.hpp"

#include <zeromiss/image/placement.hpp>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include <cmath>
#include <random>

using namespace zeromiss;

namespace {

using Random = std::mt19937;

double real(Random& random, double low, double high) {
  return std::uniform_real_distribution<double>(low, high)(random);
}
int between(Random& random, int low, int high) {
  return std::uniform_int_distribution<int>(low, high)(random);
}

/// Gentle enough that a mark stays a mark.
Step any_warp(Random& random) {
  const WarpSampling sampling{Filter::bilinear, {0, 0, 0}};
  const double turn = real(random, -3.1, 3.1), size = real(random, 0.7, 1.6);
  const double c = size * std::cos(turn), s = size * std::sin(turn);
  const int width = between(random, 150, 300), height = between(random, 150, 300);
  switch (between(random, 0, 2)) {
    case 0:
      return RotateAnyStep{real(random, -360, 360), between(random, 0, 1) == 1, sampling};
    case 1:
      return AffineStep{{c, s + 0.1, real(random, -60, 200), -s, c, real(random, -60, 200)},
                        width,
                        height,
                        sampling};
    default:
      return PerspectiveStep{{c, s, real(random, -60, 200), -s, c, real(random, -60, 200),
                              real(random, -2e-4, 2e-4), real(random, -2e-4, 2e-4), 1},
                             width,
                             height,
                             sampling};
  }
}

/// Centre of brightness in coordinates where pixel (0, 0) covers [0, 1] x [0, 1].
cv::Point2d centre(const cv::Mat& pixels) {
  const cv::Moments moments = cv::moments(pixels);
  return {moments.m10 / moments.m00 + 0.5, moments.m01 / moments.m00 + 0.5};
}

}  // namespace

TEST_CASE("a mark is found where the mapping of a warp says, and back", "[property]") {
  Random random(99);
  int seen = 0;
  for (int round = 0; round < 1500; ++round) {
    const cv::Size original(between(random, 100, 300), between(random, 100, 300));
    InputSpec spec;
    spec.color = ColorSpace::gray;
    if (between(random, 0, 1) == 1) spec.steps.push_back(CropStep{7, 3, 80, 85});
    spec.steps.push_back(any_warp(random));
    if (between(random, 0, 1) == 1) spec.steps.push_back(GaussianStep{5, 5, 1, 1});
    const Placement placement = placement_of(spec, original);
    cv::Mat pixels = cv::Mat::zeros(original, CV_8UC1);
    const cv::Rect mark(between(random, 0, original.width - 9),
                        between(random, 0, original.height - 9), 9, 9);
    pixels(mark).setTo(255);
    const cv::Point2d middle(mark.x + 4.5, mark.y + 4.5);
    const cv::Point2d expected = placement.to_network(middle);
    const cv::Point2d back = placement.to_original(expected);
    CHECK(cv::norm(back - middle) < 1e-6);
    const cv::Size size = placement.network();
    const bool inside = expected.x > 14 && expected.y > 14 && expected.x < size.width - 14 &&
                        expected.y < size.height - 14;
    const cv::Mat result = apply_steps({pixels, ImageFormat::png, false}, spec);
    if (!inside || cv::countNonZero(result) < 30) continue;
    const cv::Point2d found = centre(result);
    const bool cropped = spec.steps.size() > 1 && std::holds_alternative<CropStep>(spec.steps[0]);
    if (cropped && !(mark.x >= 7 && mark.y >= 3 && mark.br().x <= 87 && mark.br().y <= 88))
      continue;
    ++seen;
    CAPTURE(round, expected.x, expected.y, found.x, found.y);
    CHECK(cv::norm(found - expected) < 0.15);  // 1/32 pixel of OpenCV, and 8-bit rounding
  }
  CHECK(seen > 300);
}
