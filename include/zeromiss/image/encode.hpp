#pragma once

#include <opencv2/core/mat.hpp>

#include <string>

namespace zeromiss {

/// A baseline JPEG. Colour is stored at half resolution below quality 90, at full from 90 on.
/// @param pixels   CV_8UC1 or CV_8UC3 in R, G, B order, not empty
/// @param quality  1..100
/// @throws std::invalid_argument on another matrix
std::string encode_jpeg(const cv::Mat& pixels, int quality);

/// A lossless PNG of the same pixels. The same pixels give the same bytes.
/// @param pixels  CV_8UC1 or CV_8UC3 in R, G, B order, not empty
/// @throws std::invalid_argument on another matrix
std::string encode_png(const cv::Mat& pixels);

}  // namespace zeromiss
