#pragma once

#include <opencv2/core/mat.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace zeromiss::test {

using Bytes = std::vector<std::uint8_t>;

/// One way in which a camera or a tool may have stored a picture.
struct Format {
  const char* name;
  const char* extension;
  Bytes (*encode)(const cv::Mat& rgb);  ///< CV_8UC3, R, G, B
  /// Makes the header say `side` x `side` pixels; null where the size has no fixed place.
  void (*claim)(Bytes& bytes, std::uint32_t side);
};

std::span<const Format> formats();

}  // namespace zeromiss::test
