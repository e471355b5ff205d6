#pragma once
// Pictures by formula, and what scripts/make_preprocess_golden.py says becomes of them.

#include <zeromiss/base/json.hpp>

#include <opencv2/core/mat.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace zeromiss::test {

/// The formula `draw` of the script: kind is noise, mixed or extreme.
cv::Mat draw(const std::string& kind, int width, int height, int channels);
/// ["noise", width, height, channels]
cv::Mat draw(const JsonNode& picture);

/// golden.json of tests/data/preprocess, read once.
JsonNode golden(const char* section);
/// The cases of opencv.json, by scripts/make_opencv_golden.py.
JsonNode opencv_golden();

/// Empty when `actual` is what the golden file holds, else what differs.
std::string difference(std::span<const std::uint8_t> actual, const JsonNode& expected);
std::string difference(const cv::Mat& actual, const JsonNode& expected);
std::string difference(const std::vector<float>& actual, const JsonNode& expected);

}  // namespace zeromiss::test
