#pragma once

#include <zeromiss/image/transform.hpp>

#include <opencv2/core/mat.hpp>

namespace zeromiss {

/// Pillow's Image.resize on 8-bit pictures, bit for bit (fixed point with 22 fractional bits,
/// horizontal pass first, each pass rounded to 8 bits; `nearest` takes the pixel under the centre).
/// @param source  CV_8UC1 or CV_8UC3, not empty; width, height >= 1
cv::Mat resample_pillow(const cv::Mat& source, int width, int height, Filter filter);

}  // namespace zeromiss
