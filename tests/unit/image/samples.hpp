#pragma once
// The samples of tests/data/decode, made by scripts/make_decode_samples.py.

#include "support/catch.hpp"

#include <zeromiss/image/decode.hpp>

#include <nlohmann/json.hpp>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace samples {

using Bytes = std::vector<std::uint8_t>;

inline std::filesystem::path folder() {
  return std::filesystem::path(ZEROMISS_SOURCE_DIR) / "tests/data/decode";
}

inline Bytes read(const std::string& name) {
  std::ifstream file(folder() / name, std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline const nlohmann::json& index() {
  static const nlohmann::json index = nlohmann::json::parse(std::ifstream(folder() / "index.json"));
  return index;
}

/// The error code, or "" when the file is accepted.
inline std::string error_of(const Bytes& bytes, const zeromiss::DecodeOptions& options = {}) {
  try {
    zeromiss::decode(bytes, options);
  } catch (const zeromiss::ItemError& error) {
    return error.code();
  }
  return "";
}

inline zeromiss::DecodeOptions options_of(const std::string& rule) {
  zeromiss::DecodeOptions options;
  if (rule == "sixteen_bit_scale") options.sixteen_bit = zeromiss::SixteenBitRule::scale;
  if (rule == "alpha_ignore") options.alpha = zeromiss::AlphaRule::ignore;
  if (rule == "orientation_apply") options.orientation = zeromiss::OrientationRule::apply;
  if (rule == "orientation_ignore") options.orientation = zeromiss::OrientationRule::ignore;
  if (rule == "frames_first") options.frames = zeromiss::FramesRule::first;
  return options;
}

/// "" when the picture has exactly these pixels, else what differs.
inline std::string difference(const cv::Mat& pixels, const nlohmann::json& expected) {
  const Bytes raw = read(expected.at("pixels"));
  const int width = expected.at("width");
  const int height = expected.at("height");
  const int channels = expected.at("channels");
  if (pixels.cols != width || pixels.rows != height) return "another size";
  if (pixels.type() != CV_8UC(channels)) return "another number of channels or bits";
  if (!pixels.isContinuous()) return "rows are not continuous";
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (pixels.data[i] != raw[i]) {
      return "byte " + std::to_string(i) + " is " + std::to_string(pixels.data[i]) + ", expected " +
             std::to_string(raw[i]);
    }
  }
  return "";
}

}  // namespace samples
