#include "golden.hpp"

#include <zeromiss/base/files.hpp>
#include <zeromiss/base/hash.hpp>

#include <algorithm>
#include <cstdlib>

namespace zeromiss::test {
namespace {

const std::string kFolder = std::string(ZEROMISS_SOURCE_DIR) + "/tests/data/preprocess/";

const std::vector<std::uint8_t>& stored_bytes() {
  static const auto bytes = read_bytes(kFolder + "golden.bin", ErrorKind::input, 1U << 20U);
  return bytes;
}

}  // namespace

cv::Mat draw(const std::string& kind, int width, int height, int channels) {
  cv::Mat picture(height, width, channels == 1 ? CV_8UC1 : CV_8UC3);
  std::uint8_t* out = picture.data;
  for (std::uint32_t y = 0; y < static_cast<std::uint32_t>(height); ++y)
    for (std::uint32_t x = 0; x < static_cast<std::uint32_t>(width); ++x)
      for (std::uint32_t c = 0; c < static_cast<std::uint32_t>(channels); ++c) {
        std::uint32_t value = x * 73856093U ^ y * 19349663U ^ c * 83492791U;
        value = (value ^ value >> 13U) * 1540483477U;
        value = (value ^ value >> 15U) & 255U;
        if (kind == "mixed") value = (((x * 3 + y * 2 + c * 50) & 255U) * 3 + value) / 4;
        if (kind == "extreme") value = value > 127 ? 255 : 0;
        *out++ = static_cast<std::uint8_t>(value);
      }
  return picture;
}

cv::Mat draw(const JsonNode& picture) {
  const auto number = [&](std::size_t i) {
    return static_cast<int>(picture.at(i).integer(1, 65536));
  };
  return draw(picture.at(0).string(), number(1), number(2), number(3));
}

JsonNode golden(const char* section) {
  static const auto document = JsonDocument::read(kFolder + "golden.json", ErrorKind::input);
  return document.root().at(section);
}

JsonNode opencv_golden() {
  static const auto document = JsonDocument::read(kFolder + "opencv.json", ErrorKind::input);
  return document.root().at("steps");
}

std::string difference(std::span<const std::uint8_t> actual, const JsonNode& expected) {
  const auto size = static_cast<std::size_t>(expected.at("bytes").integer(1, 1 << 30));
  if (actual.size() != size)
    return std::to_string(actual.size()) + " bytes instead of " + std::to_string(size);
  if (const auto hash = expected.find("sha256"))
    return sha256_hex(actual) == hash->string() ? "" : "other SHA-256";
  const auto at = static_cast<std::size_t>(expected.at("at").integer(0, 1 << 30));
  const std::span right = std::span(stored_bytes()).subspan(at, size);
  std::size_t differing = 0;
  int most = 0;
  for (std::size_t i = 0; i < size; ++i) {
    differing += actual[i] != right[i] ? 1 : 0;
    most = std::max(most, std::abs(actual[i] - right[i]));
  }
  if (differing == 0) return "";
  return std::to_string(differing) + " of " + std::to_string(size) + " bytes differ, by up to " +
         std::to_string(most);
}

std::string difference(const cv::Mat& actual, const JsonNode& expected) {
  if (!actual.isContinuous()) return "rows are not continuous";
  return difference(std::span(actual.data, actual.total() * actual.elemSize()), expected);
}

std::string difference(const std::vector<float>& actual, const JsonNode& expected) {
  return difference(std::span(reinterpret_cast<const std::uint8_t*>(actual.data()),
                              actual.size() * sizeof(float)),
                    expected);
}

}  // namespace zeromiss::test
