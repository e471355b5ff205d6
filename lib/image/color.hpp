#pragma once

#include <zeromiss/image/transform.hpp>

#include <opencv2/core/mat.hpp>

#include <cstdint>

namespace zeromiss {

// 0.299, 0.587, 0.114 in 16 bits, rounded; cv::cvtColor has other weights and differs at times.
constexpr unsigned kGrayRed = 19595, kGrayGreen = 38470, kGrayBlue = 7471, kGrayHalf = 0x8000;
static_assert(kGrayRed + kGrayGreen + kGrayBlue == 65536);

/// Converts the pixels of a row in blocks. @return how many: the rest is the caller's
int gray_row_avx2(const std::uint8_t* rgb, std::uint8_t* gray, int width);

/// Pillow's "L" of an RGB picture.
cv::Mat rgb_to_gray(const cv::Mat& rgb);

/// One channel three times.
cv::Mat gray_to_rgb(const cv::Mat& gray);

cv::Mat swap_red_and_blue(const cv::Mat& picture);

/// From RGB to `space`, which is hsv, lab or ycbcr: the ones where channels mix.
cv::Mat rgb_to(ColorSpace space, const cv::Mat& rgb);

}  // namespace zeromiss
