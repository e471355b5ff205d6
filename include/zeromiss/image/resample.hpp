#pragma once

#include <zeromiss/image/transform.hpp>

#include <opencv2/core/mat.hpp>

namespace zeromiss {

/// Which inner loops run. The result is the same byte for byte; only the time differs.
enum class Simd { none, avx2 };

/// The fastest loops this processor can run.
Simd best_simd();

/// Pillow's Image.resize on 8-bit pictures, bit for bit (fixed point with 22 fractional bits,
/// horizontal pass first, each pass rounded to 8 bits; `nearest` takes the pixel under the centre).
/// @param source  CV_8UC1 or CV_8UC3, not empty; width, height >= 1
/// @param simd    at most best_simd(); other values are for tests and benchmarks
cv::Mat resample_pillow(const cv::Mat& source, int width, int height, Filter filter,
                        Simd simd = best_simd());

}  // namespace zeromiss
