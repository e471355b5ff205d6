#include "codec.hpp"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>

namespace zeromiss {

cv::Mat thumbnail(const cv::Mat& pixels, int longest_side) {
  const int longest = std::max(pixels.cols, pixels.rows);
  cv::Mat result;
  if (longest > longest_side) {
    const double scale = static_cast<double>(longest_side) / longest;
    const cv::Size size(std::max(1, static_cast<int>(std::lround(pixels.cols * scale))),
                        std::max(1, static_cast<int>(std::lround(pixels.rows * scale))));
    cv::resize(pixels, result, size, 0, 0, cv::INTER_AREA);
    return result;
  }
  const int factor = longest_side / longest;
  if (factor < 2) return pixels;
  cv::resize(pixels, result, {pixels.cols * factor, pixels.rows * factor}, 0, 0, cv::INTER_NEAREST);
  return result;
}

cv::Mat decode_thumbnail(std::span<const std::uint8_t> bytes, const DecodeOptions& options,
                         int longest_side) {
  const bool jpeg = codec::sniff(bytes) == ImageFormat::jpeg;
  const Image image =
      jpeg ? codec::decode_jpeg(bytes, options, longest_side) : decode(bytes, options);
  return thumbnail(image.pixels, longest_side);
}

}  // namespace zeromiss
