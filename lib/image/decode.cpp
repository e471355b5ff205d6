#include "codec.hpp"
#include "tiff_directory.hpp"

#include <fmt/format.h>
#include <opencv2/core.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace zeromiss {
namespace codec {

ItemError truncated(const std::string& what) { return {"image.truncated", what}; }
ItemError corrupt(const std::string& what) { return {"image.corrupt", what}; }
ItemError unsupported(const std::string& what) { return {"image.unsupported", what}; }

Bytes take(Bytes bytes, std::uint64_t offset, std::uint64_t count, const char* what) {
  if (offset > bytes.size() || count > bytes.size() - offset) {
    throw truncated(
        fmt::format("the file ends within its {}: {} bytes needed from byte {}, {} there", what,
                    count, offset, offset < bytes.size() ? bytes.size() - offset : 0));
  }
  return bytes.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(count));
}

void check_size(std::uint64_t width, std::uint64_t height, const DecodeOptions& options) {
  if (width == 0 || height == 0) {
    throw corrupt(fmt::format("the header says {} x {} pixels", width, height));
  }
  constexpr std::uint64_t kLongest =
      std::numeric_limits<int>::max() / 16;  // 4 x 16 bits fit an int
  if (width > kLongest || height > kLongest || width > options.max_pixels / height) {
    throw ItemError("image.too_large", fmt::format("{} x {} pixels, more than {} (--max-pixels)",
                                                   width, height, options.max_pixels));
  }
}

void check_plausible(std::uint64_t least_bytes, std::uint64_t found_bytes, std::uint64_t width,
                     std::uint64_t height) {
  if (found_bytes >= least_bytes) return;
  throw corrupt(
      fmt::format("the header says {} x {} pixels, which takes at least {} bytes; found {}", width,
                  height, least_bytes, found_bytes));
}

void check_sixteen_bit(const DecodeOptions& options) {
  if (options.sixteen_bit == SixteenBitRule::scale) return;
  throw unsupported(
      "16 bits a channel, but no rule for them: say in model.json whether the model was trained on "
      "16-bit pictures scaled to 8 bits");
}

void check_frames(bool several, const DecodeOptions& options, const std::string& what) {
  if (!several || options.frames == FramesRule::first) return;
  throw ItemError("image.multiple_frames",
                  what +
                      ": only single pictures are inspected; split the file, or choose --frames "
                      "first");
}

void check_padding(Bytes tail) {
  const auto stray = std::find_if(tail.begin(), tail.end(), [](auto byte) { return byte != 0; });
  if (stray == tail.end()) return;
  throw corrupt(fmt::format("{} bytes follow the end of the picture", tail.size()));
}

int orientation_to_apply(int value, const DecodeOptions& options) {
  if (value == 0 || value == 1 || options.orientation == OrientationRule::ignore) return 1;
  if (value < 0 || value > 8) throw corrupt(fmt::format("orientation {}, expected 1 to 8", value));
  if (options.orientation == OrientationRule::apply) return value;
  throw unsupported(fmt::format(
      "the file says that the picture is turned (orientation {}), but no rule for it: say in "
      "model.json whether training applied or ignored it",
      value));
}

int exif_orientation_to_apply(Bytes exif, const DecodeOptions& options) {
  if (options.orientation == OrientationRule::ignore) return 1;
  try {
    return orientation_to_apply(exif_orientation(exif), options);
  } catch (const ItemError& error) {
    // The picture is there to its end; the cut is in the metadata block.
    if (error.code() != "image.truncated") throw;
    throw corrupt(std::string("the EXIF block is damaged: ") + error.what());
  }
}

cv::Mat turned(const cv::Mat& pixels, int orientation) {
  if (orientation == 1) return pixels;
  cv::Mat result;
  switch (orientation) {
    case 2:
      cv::flip(pixels, result, 1);
      break;
    case 3:
      cv::rotate(pixels, result, cv::ROTATE_180);
      break;
    case 4:
      cv::flip(pixels, result, 0);
      break;
    case 5:
      cv::transpose(pixels, result);
      break;
    case 6:
      cv::rotate(pixels, result, cv::ROTATE_90_CLOCKWISE);
      break;
    case 7:
      cv::transpose(pixels, result);
      cv::flip(result, result, -1);
      break;
    case 8:
      cv::rotate(pixels, result, cv::ROTATE_90_COUNTERCLOCKWISE);
      break;
    default:
      throw corrupt(fmt::format("orientation {}, expected 1 to 8", orientation));
  }
  return result;
}

namespace {

template <typename Sample>
bool opaque(const cv::Mat& samples) {
  const int channels = samples.channels();
  for (int y = 0; y < samples.rows; ++y) {
    const Sample* alpha = samples.ptr<Sample>(y) + channels - 1;
    for (int x = 0; x < samples.cols; ++x, alpha += channels) {
      if (*alpha != std::numeric_limits<Sample>::max()) return false;
    }
  }
  return true;
}

std::uint8_t to_eight_bits(std::uint8_t value) { return value; }
/// round(value / 257); 257 is odd, so there are no ties.
std::uint8_t to_eight_bits(std::uint16_t value) {
  return static_cast<std::uint8_t>((value + 128U) / 257U);
}

template <typename Sample>
cv::Mat color_channels(const cv::Mat& samples) {
  const int from = samples.channels();
  const int to = from < 3 ? 1 : 3;
  cv::Mat result(samples.rows, samples.cols, CV_8UC(to));
  for (int y = 0; y < samples.rows; ++y) {
    const auto* in = samples.ptr<Sample>(y);
    auto* out = result.ptr<std::uint8_t>(y);
    for (int x = 0; x < samples.cols; ++x, in += from, out += to) {
      for (int c = 0; c < to; ++c) out[c] = to_eight_bits(in[c]);
    }
  }
  return result;
}

}  // namespace

cv::Mat finish_samples(const cv::Mat& samples, const DecodeOptions& options) {
  const bool deep = samples.depth() == CV_16U;
  const bool has_alpha = samples.channels() == 2 || samples.channels() == 4;
  if (deep) check_sixteen_bit(options);
  if (has_alpha && options.alpha == AlphaRule::refuse &&
      !(deep ? opaque<std::uint16_t>(samples) : opaque<std::uint8_t>(samples))) {
    throw unsupported(
        "partly transparent (alpha channel or transparent colour), but no rule for it: store the "
        "picture without alpha, or say in model.json that training ignored it");
  }
  if (!deep && !has_alpha) return samples;
  return deep ? color_channels<std::uint16_t>(samples) : color_channels<std::uint8_t>(samples);
}

namespace {

struct Magic {
  std::string_view bytes;  ///< '?' stands for any byte
  ImageFormat format;
};
using namespace std::string_view_literals;
constexpr std::array kMagics = {
    Magic{"\xFF\xD8\xFF"sv, ImageFormat::jpeg},
    Magic{"\x89PNG\r\n\x1A\n"sv, ImageFormat::png},
    Magic{"BM"sv, ImageFormat::bmp},
    Magic{"II*\0"sv, ImageFormat::tiff},
    Magic{"MM\0*"sv, ImageFormat::tiff},
    Magic{"II+\0"sv, ImageFormat::tiff},
    Magic{"MM\0+"sv, ImageFormat::tiff},
    Magic{"RIFF????WEBP"sv, ImageFormat::webp},
    Magic{"GIF87a"sv, ImageFormat::gif},
    Magic{"GIF89a"sv, ImageFormat::gif},
    Magic{"P1"sv, ImageFormat::pnm},
    Magic{"P2"sv, ImageFormat::pnm},
    Magic{"P3"sv, ImageFormat::pnm},
    Magic{"P4"sv, ImageFormat::pnm},
    Magic{"P5"sv, ImageFormat::pnm},
    Magic{"P6"sv, ImageFormat::pnm},
};

bool agrees(Bytes bytes, std::string_view magic) {
  const std::size_t count = std::min(bytes.size(), magic.size());
  for (std::size_t i = 0; i < count; ++i) {
    if (magic[i] != '?' && static_cast<std::uint8_t>(magic[i]) != bytes[i]) return false;
  }
  return true;
}

std::string first_bytes(Bytes bytes) {
  std::string text;
  for (const auto byte : bytes.first(std::min<std::size_t>(bytes.size(), 8))) {
    text += fmt::format(" {:02x}", byte);
  }
  return text;
}

}  // namespace

ImageFormat sniff(Bytes bytes) {
  if (bytes.empty()) throw ItemError("image.empty", "the file holds no bytes");
  for (const Magic& magic : kMagics) {
    if (!agrees(bytes, magic.bytes)) continue;
    if (bytes.size() >= magic.bytes.size()) return magic.format;
    throw truncated(fmt::format("the file ends after {} bytes", bytes.size()));
  }
  throw ItemError("image.format",
                  "not a JPEG, PNG, BMP, TIFF, WebP, GIF or PBM/PGM/PPM: it starts with bytes" +
                      first_bytes(bytes));
}

}  // namespace codec

Image decode(std::span<const std::uint8_t> bytes, const DecodeOptions& options) {
  switch (codec::sniff(bytes)) {
    case ImageFormat::jpeg:
      return codec::decode_jpeg(bytes, options);
    case ImageFormat::png:
      return codec::decode_png(bytes, options);
    case ImageFormat::bmp:
      return codec::decode_bmp(bytes, options);
    case ImageFormat::tiff:
      return codec::decode_tiff(bytes, options);
    case ImageFormat::webp:
      return codec::decode_webp(bytes, options);
    case ImageFormat::gif:
      return codec::decode_gif(bytes, options);
    case ImageFormat::pnm:
      return codec::decode_pnm(bytes, options);
  }
  throw ItemError("image.format", "unknown format");
}

cv::Mat decode_mask(std::span<const std::uint8_t> bytes, std::uint64_t max_pixels) {
  if (codec::sniff(bytes) != ImageFormat::png)
    throw codec::unsupported("a mask must be a PNG: other formats may change its numbers");
  DecodeOptions options;
  options.max_pixels = max_pixels;
  return codec::decode_png_indices(bytes, options);
}

}  // namespace zeromiss
