// Places through the steps: there and back, and held against where the steps really put a pixel.
#include "support/catch.hpp"

#include <zeromiss/image/placement.hpp>

#include <opencv2/core.hpp>

#include <algorithm>
#include <cmath>
#include <random>

using namespace zeromiss;

namespace {

using Random = std::mt19937;

int between(Random& random, int low, int high) {
  return std::uniform_int_distribution<int>(low, high)(random);
}

Step any_step(Random& random, cv::Size size, bool always_antialias) {
  const bool antialias = always_antialias || between(random, 0, 1) == 1;
  switch (between(random, 0, 6)) {
    case 0:
      return ResizeStep{between(random, 20, 300), between(random, 20, 300), Filter::bilinear,
                        antialias};
    case 1:
      return ResizeShortestStep{between(random, 20, 300), Filter::bilinear, antialias};
    case 2:
      return LetterboxStep{between(random, 40, 300),
                           between(random, 40, 300),
                           Filter::bilinear,
                           antialias,
                           {114, 114, 114}};
    case 3:
      return CenterCropStep{between(random, size.width / 2, size.width),
                            between(random, size.height / 2, size.height)};
    case 4: {
      const int x = between(random, 0, size.width / 3), y = between(random, 0, size.height / 3);
      return CropStep{x, y, between(random, size.width / 2, size.width - x),
                      between(random, size.height / 2, size.height - y)};
    }
    case 5:
      return RotateStep{90 * between(random, 1, 3)};
    default:
      return FlipStep{between(random, 0, 1) == 0 ? FlipAxis::horizontal : FlipAxis::vertical};
  }
}

/// Up to five steps that fit each other, and a picture of this size.
InputSpec any_spec(Random& random, cv::Size original, bool antialias = false) {
  InputSpec spec;
  cv::Size size = original;
  for (int i = between(random, 1, 5); i > 0; --i) {
    spec.steps.push_back(any_step(random, size, antialias));
    size = placement_of(spec, original).network();
    if (std::min(size.width, size.height) < 20) break;
  }
  return spec;
}

/// No step cuts it off: what a crop took away does not come back with a later border.
bool stays_whole(const InputSpec& spec, cv::Size original, const Box& mark) {
  InputSpec some;
  for (const Step& step : spec.steps) {
    some.steps.push_back(step);
    const Placement placement = placement_of(some, original);
    const Box box = placement.to_network(mark);
    if (!(box.x > 1 && box.y > 1 && box.x + box.width < placement.network().width - 1 &&
          box.y + box.height < placement.network().height - 1))
      return false;
  }
  return true;
}

}  // namespace

TEST_CASE("places and boxes go through the steps and back", "[property]") {
  Random random(20261);
  for (int round = 0; round < 3000; ++round) {
    const cv::Size original(between(random, 30, 900), between(random, 30, 900));
    const Placement placement = placement_of(any_spec(random, original), original);
    std::uniform_real_distribution<double> x(0, original.width), y(0, original.height);
    const cv::Point2d place(x(random), y(random));
    const cv::Point2d back = placement.to_original(placement.to_network(place));
    INFO("round " << round);
    REQUIRE(std::abs(back.x - place.x) < 1e-6);
    REQUIRE(std::abs(back.y - place.y) < 1e-6);
    const double right = x(random), bottom = y(random);
    const Box box{std::min(place.x, right), std::min(place.y, bottom), std::abs(right - place.x),
                  std::abs(bottom - place.y)};
    const Box again = placement.to_original(placement.to_network(box));
    REQUIRE(std::abs(again.x - box.x) < 1e-6);
    REQUIRE(std::abs(again.y - box.y) < 1e-6);
    REQUIRE(std::abs(again.width - box.width) < 1e-6);
    REQUIRE(std::abs(again.height - box.height) < 1e-6);
  }
}

TEST_CASE("a mark in a picture is found where the mapping says", "[property]") {
  Random random(7);
  int seen = 0;
  for (int round = 0; round < 400; ++round) {
    const cv::Size original(between(random, 60, 400), between(random, 60, 400));
    // Without antialias a shrunk edge lies anywhere within a pixel of the network.
    const InputSpec spec = any_spec(random, original, true);
    const Placement placement = placement_of(spec, original);
    // A white square whose sides survive any scale here, on black.
    const int side = 24;
    const cv::Rect square(between(random, 0, original.width - side),
                          between(random, 0, original.height - side), side, side);
    Image image;
    image.pixels = cv::Mat(original, CV_8UC3, cv::Scalar(0, 0, 0));
    image.pixels(square).setTo(cv::Scalar(255, 255, 255));
    const Box mark{static_cast<double>(square.x), static_cast<double>(square.y), side, side};
    if (!stays_whole(spec, original, mark)) continue;
    const Box expected = placement.to_network(mark);
    const cv::Size size = placement.network();
    if (std::min(expected.width, expected.height) < 6) continue;
    ++seen;
    const cv::Mat pixels = apply_steps(image, spec);
    // Its centre of brightness, letterbox borders (114) apart, weighs edges by their share.
    double sum = 0, sum_x = 0, sum_y = 0;
    const cv::Rect near(static_cast<int>(expected.x) - 1, static_cast<int>(expected.y) - 1,
                        static_cast<int>(std::ceil(expected.width)) + 3,
                        static_cast<int>(std::ceil(expected.height)) + 3);
    const cv::Rect window = near & cv::Rect(cv::Point(0, 0), size);
    for (int y = window.y; y < window.br().y; ++y)
      for (int x = window.x; x < window.br().x; ++x) {
        const double weight =
            pixels.at<cv::Vec3b>(y, x)[0] == 114 ? 0 : pixels.at<cv::Vec3b>(y, x)[0];
        sum += weight;
        sum_x += weight * (x + 0.5);
        sum_y += weight * (y + 0.5);
      }
    INFO("round " << round);
    REQUIRE(sum > 0);
    const cv::Point2d centre = placement.to_original(cv::Point2d(sum_x / sum, sum_y / sum));
    CHECK(std::abs(centre.x - (square.x + side / 2.0)) < 0.5);
    CHECK(std::abs(centre.y - (square.y + side / 2.0)) < 0.5);
  }
  CHECK(seen > 100);
}
