#include "steps.hpp"

#include <fmt/format.h>
#include <opencv2/core.hpp>

#include <algorithm>
#include <cmath>

namespace zeromiss::steps {
namespace {

/// Where the resized picture lies in the filled one.
struct Fit {
  cv::Size resized;
  int left, top;
};

/// Python's round() of a double: halves go to the even neighbour (the default rounding mode).
int round_half_even(double value) { return static_cast<int>(std::nearbyint(value)); }

Fit fit(const LetterboxStep& step, cv::Size before) {
  const double ratio = std::min(static_cast<double>(step.height) / before.height,
                                static_cast<double>(step.width) / before.width);
  const cv::Size resized(round_half_even(before.width * ratio),
                         round_half_even(before.height * ratio));
  if (resized.empty())
    throw ItemError(
        "image.too_small",
        fmt::format("a picture of {}x{} fitted into {}x{} would be {}x{}: too narrow", before.width,
                    before.height, step.width, step.height, resized.width, resized.height));
  // The odd pixel goes to the right and to the bottom: 0.1 less than a half rounds down.
  return {resized, round_half_even((step.width - resized.width) / 2.0 - 0.1),
          round_half_even((step.height - resized.height) / 2.0 - 0.1)};
}

}  // namespace

std::array<int, 3> parse_fill(const JsonNode& node) {
  const JsonNode fill = node.at("fill");
  if (fill.size() != 3) fill.fail(fmt::format("expected 3 numbers, found {}", fill.size()));
  std::array<int, 3> values{};
  for (std::size_t c = 0; c < values.size(); ++c)
    values[c] = static_cast<int>(fill.at(c).integer(0, 255));
  return values;
}

Step parse_letterbox(const JsonNode& node) {
  node.only({"op", "width", "height", "filter", "antialias", "fill"});
  const cv::Size size = parse_size(node);
  const auto [filter, antialias] = parse_sampling(node);
  return LetterboxStep{size.width, size.height, filter, antialias, parse_fill(node)};
}

MaybeSize size_after(const LetterboxStep& step, MaybeSize before) {
  if (before) static_cast<void>(fit(step, *before));  // refuses what run() would refuse
  return cv::Size(step.width, step.height);
}

cv::Mat run(const LetterboxStep& step, const cv::Mat& picture) {
  const auto [resized, left, top] = fit(step, picture.size());
  cv::Mat result(step.height, step.width, picture.type(),
                 cv::Scalar(step.fill[0], step.fill[1], step.fill[2]));
  resize(picture, resized, step.filter, step.antialias)
      .copyTo(result(cv::Rect(cv::Point(left, top), resized)));
  return result;
}

cv::Matx33d mapping(const LetterboxStep& step, cv::Size before) {
  const auto [resized, left, top] = fit(step, before);
  return stretch(before, resized, left, top);
}

}  // namespace zeromiss::steps
