#pragma once

#include <zeromiss/image/transform.hpp>

#include <opencv2/core/mat.hpp>

namespace zeromiss {

/// Pillow's "L" of an RGB picture.
cv::Mat rgb_to_gray(const cv::Mat& rgb);

/// One channel three times.
cv::Mat gray_to_rgb(const cv::Mat& gray);

cv::Mat swap_red_and_blue(const cv::Mat& picture);

/// From RGB to `space`, which is hsv, lab or ycbcr: the ones where channels mix.
cv::Mat rgb_to(ColorSpace space, const cv::Mat& rgb);

}  // namespace zeromiss
