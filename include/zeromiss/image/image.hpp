#pragma once

#include <opencv2/core/mat.hpp>

#include <string>

namespace zeromiss {

enum class ImageFormat { jpeg, png, bmp, tiff, webp, gif, pnm };

/// A decoded picture: 8 bits a channel, CV_8UC1 (gray) or CV_8UC3 in **R, G, B** order, rows
/// continuous in memory, owned by nobody else. Never empty.
struct Image {
  cv::Mat pixels;
  ImageFormat format = ImageFormat::png;
  /// The file holds more frames or pages and only the first was read (DecodeOptions::frames).
  bool first_of_many = false;

  [[nodiscard]] int width() const { return pixels.cols; }
  [[nodiscard]] int height() const { return pixels.rows; }
};

}  // namespace zeromiss
