// A mark in a picture, seen by a network that copies what it gets, comes back as a mask in its
// place.
#include "support/catch.hpp"

#include <zeromiss/model/interpret.hpp>

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

/// Turned, framed and cut in any order, and brought to a size at last.
InputSpec any_spec(Random& random, cv::Size original) {
  InputSpec spec;
  for (int i = between(random, 0, 3); i > 0; --i) {
    switch (between(random, 0, 3)) {
      case 0:
        spec.steps.push_back(RotateStep{90 * between(random, 1, 3)});
        break;
      case 1:
        spec.steps.push_back(
            FlipStep{between(random, 0, 1) == 0 ? FlipAxis::horizontal : FlipAxis::vertical});
        break;
      case 2: {
        const cv::Size size = placement_of(spec, original).network();
        spec.steps.push_back(CenterCropStep{size.width * 9 / 10, size.height * 9 / 10});
        break;
      }
      default:
        spec.steps.push_back(LetterboxStep{
            between(random, 90, 200), between(random, 90, 200), Filter::bilinear, true, {0, 0, 0}});
    }
  }
  if (between(random, 0, 1) == 0)
    spec.steps.push_back(
        ResizeStep{between(random, 80, 200), between(random, 80, 200), Filter::bilinear, true});
  else
    spec.steps.push_back(LetterboxStep{160, 128, Filter::bilinear, true, {0, 0, 0}});
  return spec;
}

struct Centre {
  double x = 0, y = 0, area = 0;
};

Centre centre_of(const Mask& mask) {
  const auto pixels = mask_pixels(mask);
  Centre centre;
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    if (pixels[i] == 0) continue;
    centre.x += static_cast<double>(i % mask.width) + 0.5;
    centre.y += static_cast<double>(i / mask.width) + 0.5;
    ++centre.area;
  }
  centre.x /= centre.area;
  centre.y /= centre.area;
  return centre;
}

}  // namespace

TEST_CASE("a mark comes back as a mask in its place", "[property]") {
  Random random(99);
  ModelPackage package{};
  package.output = OutputKind::mask_logits;
  package.rules = MaskRules{Activation::none, 0.5, 1, Interpolation::bilinear};
  package.classes = {{"mark", true}};
  int seen = 0;
  for (int round = 0; round < 300; ++round) {
    const cv::Size original(between(random, 90, 300), between(random, 90, 300));
    const InputSpec spec = any_spec(random, original);
    const Placement placement = placement_of(spec, original);
    const cv::Rect mark(between(random, original.width / 4, original.width / 2),
                        between(random, original.height / 4, original.height / 2),
                        between(random, 20, 22), between(random, 20, 22));
    Image image;
    image.pixels = cv::Mat(original, CV_8UC1, cv::Scalar(0));
    image.pixels(mark).setTo(255);
    InputSpec gray = spec;
    gray.color = ColorSpace::gray;
    cv::Mat values;
    apply_steps(image, gray).convertTo(values, CV_32F, 1.0 / 255.0);
    const Tensor output{
        "", {1, 1, values.rows, values.cols}, {values.begin<float>(), values.end<float>()}};
    const auto objects = std::get<Objects>(interpret({output}, 0, 1, package, placement));
    // A crop may have cut the mark; then it cannot come back whole.
    const Box inside = placement.to_network(
        Box{static_cast<double>(mark.x), static_cast<double>(mark.y),
            static_cast<double>(mark.width), static_cast<double>(mark.height)});
    if (objects.defects.size() != 1 || std::min(inside.width, inside.height) < 8) continue;
    const Centre centre = centre_of(objects.defects[0].mask.value());
    INFO("round " << round);
    if (centre.area < 0.9 * mark.area()) continue;
    ++seen;
    CHECK(std::abs(centre.x - (mark.x + mark.width / 2.0)) < 0.5);
    CHECK(std::abs(centre.y - (mark.y + mark.height / 2.0)) < 0.5);
    CHECK(objects.defects[0].area == centre.area);
    const Box& box = objects.defects[0].box;
    CHECK(std::abs(box.x - mark.x) <= 1.0);
    CHECK(std::abs(box.y + box.height - mark.y - mark.height) <= 1.0);
  }
  CHECK(seen > 150);
}
