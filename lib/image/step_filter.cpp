#include "steps.hpp"

#include <fmt/format.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include <array>

namespace zeromiss::steps {
namespace {

constexpr int kMaxKernel = 255;
constexpr double kMaxSigma = 100, kMaxAmount = 100;
constexpr std::array<std::string_view, 2> kSharpenMethods{"unsharp", "laplacian"};

int parse_odd(const JsonNode& node, int lowest) {
  const auto value = static_cast<int>(node.integer(lowest, kMaxKernel));
  if (value % 2 == 0)
    node.fail(
        fmt::format("expected an odd number (an even kernel shifts the picture), found {}", value));
  return value;
}

GaussianStep parse_gaussian_keys(const JsonNode& node) {
  const GaussianStep step{parse_odd(node.at("width"), 1), parse_odd(node.at("height"), 1),
                          node.at("sigma_x").number(0, kMaxSigma),
                          node.at("sigma_y").number(0, kMaxSigma)};
  if ((step.sigma_x == 0) != (step.sigma_y == 0))
    node.fail("expected sigma_x and sigma_y both above 0, or both 0 (from the kernel's size)");
  return step;
}

/// OpenCV's filters look beyond the edge of a crop into the picture it was cut from; a step must
/// not.
cv::Mat own_pixels(const cv::Mat& picture) {
  return picture.isSubmatrix() ? picture.clone() : picture;
}

cv::Mat gaussian(const GaussianStep& step, const cv::Mat& picture) {
  cv::Mat result;
  cv::GaussianBlur(picture, result, cv::Size(step.width, step.height), step.sigma_x, step.sigma_y);
  return result;
}

}  // namespace

Step parse_blur(const JsonNode& node) {
  node.only({"op", "width", "height"});
  return BlurStep{parse_odd(node.at("width"), 1), parse_odd(node.at("height"), 1)};
}

MaybeSize size_after(const BlurStep&, MaybeSize before) { return before; }

cv::Mat run(const BlurStep& step, const cv::Mat& picture) {
  cv::Mat result;
  cv::blur(own_pixels(picture), result, cv::Size(step.width, step.height));
  return result;
}

Step parse_gaussian(const JsonNode& node) {
  node.only({"op", "width", "height", "sigma_x", "sigma_y"});
  return parse_gaussian_keys(node);
}

MaybeSize size_after(const GaussianStep&, MaybeSize before) { return before; }

cv::Mat run(const GaussianStep& step, const cv::Mat& picture) {
  return gaussian(step, own_pixels(picture));
}

Step parse_median(const JsonNode& node) {
  node.only({"op", "size"});
  return MedianStep{parse_odd(node.at("size"), 3)};
}

MaybeSize size_after(const MedianStep&, MaybeSize before) { return before; }

cv::Mat run(const MedianStep& step, const cv::Mat& picture) {
  cv::Mat result;
  cv::medianBlur(own_pixels(picture), result, step.size);
  return result;
}

Step parse_sharpen(const JsonNode& node) {
  const auto method = static_cast<SharpenMethod>(node.at("method").one_of(kSharpenMethods));
  SharpenStep step{method, 0, {1, 1, 0, 0}};
  if (method == SharpenMethod::unsharp) {
    node.only({"op", "method", "amount", "width", "height", "sigma_x", "sigma_y"});
    step.blur = parse_gaussian_keys(node);
  } else {
    node.only({"op", "method", "amount"});
  }
  step.amount = node.at("amount").number(0, kMaxAmount);
  return step;
}

MaybeSize size_after(const SharpenStep&, MaybeSize before) { return before; }

cv::Mat run(const SharpenStep& step, const cv::Mat& picture) {
  const cv::Mat source = own_pixels(picture);
  cv::Mat result;
  if (step.method == SharpenMethod::unsharp) {
    cv::addWeighted(source, 1 + step.amount, gaussian(step.blur, source), -step.amount, 0, result);
  } else {
    const auto side = static_cast<float>(-step.amount);
    const auto middle = static_cast<float>(1 + 4 * step.amount);
    cv::filter2D(source, result, -1, cv::Matx33f(0, side, 0, side, middle, side, 0, side, 0));
  }
  return result;
}

}  // namespace zeromiss::steps
