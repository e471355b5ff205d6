#include "color.hpp"

#include <zeromiss/image/resample.hpp>

#include <opencv2/imgproc.hpp>

#include <array>
#include <stdexcept>

namespace zeromiss {
namespace {

cv::Mat reorder(const cv::Mat& picture, const std::array<int, 6>& from_to) {
  cv::Mat result(picture.size(), picture.type());
  cv::mixChannels(&picture, 1, &result, 1, from_to.data(), 3);
  return result;
}

cv::Mat convert(const cv::Mat& picture, int code) {
  cv::Mat result;
  cv::cvtColor(picture, result, code);
  return result;
}

}  // namespace

cv::Mat rgb_to_gray(const cv::Mat& rgb) {
  const Simd simd = best_simd();
  cv::Mat gray(rgb.size(), CV_8UC1);
  for (int y = 0; y < rgb.rows; ++y) {
    const auto* in = rgb.ptr<std::uint8_t>(y);
    auto* out = gray.ptr<std::uint8_t>(y);
    int x = simd == Simd::avx2 ? gray_row_avx2(in, out, rgb.cols) : 0;
    for (in += std::ptrdiff_t{3} * x; x < rgb.cols; ++x, in += 3)
      out[x] = static_cast<std::uint8_t>(
          (in[0] * kGrayRed + in[1] * kGrayGreen + in[2] * kGrayBlue + kGrayHalf) >> 16U);
  }
  return gray;
}

cv::Mat gray_to_rgb(const cv::Mat& gray) { return convert(gray, cv::COLOR_GRAY2RGB); }

cv::Mat swap_red_and_blue(const cv::Mat& picture) { return convert(picture, cv::COLOR_RGB2BGR); }

cv::Mat rgb_to(ColorSpace space, const cv::Mat& rgb) {
  switch (space) {
    case ColorSpace::hsv:
      return convert(rgb, cv::COLOR_RGB2HSV);
    case ColorSpace::lab:
      return convert(rgb, cv::COLOR_RGB2Lab);
    case ColorSpace::ycbcr:  // OpenCV's order is Y, Cr, Cb
      return reorder(convert(rgb, cv::COLOR_RGB2YCrCb), {0, 0, 1, 2, 2, 1});
    case ColorSpace::rgb:
    case ColorSpace::bgr:
    case ColorSpace::gray:
      break;
  }
  throw std::logic_error("a colour space that is not made from RGB by OpenCV");
}

}  // namespace zeromiss
