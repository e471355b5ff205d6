#pragma once

#include <zeromiss/base/error.hpp>
#include <zeromiss/image/image.hpp>

#include <cstdint>
#include <span>

namespace zeromiss {

/// What to do with content that no single rule fits. The default refuses: whoever trained the model
/// knows which way its training went, and says so in model.json.
enum class SixteenBitRule { refuse, scale };  ///< scale: round(v / 257) of the full 16-bit range
enum class AlphaRule { refuse, ignore };  ///< an alpha that is opaque everywhere is always dropped
enum class OrientationRule { refuse, apply, ignore };  ///< EXIF/TIFF orientation other than 1
enum class FramesRule { refuse, first };               ///< more than one page or frame

struct DecodeOptions {
  std::uint64_t max_pixels = 100'000'000;  ///< checked in the header, before memory is taken
  SixteenBitRule sixteen_bit = SixteenBitRule::refuse;
  AlphaRule alpha = AlphaRule::refuse;
  OrientationRule orientation = OrientationRule::refuse;
  FramesRule frames = FramesRule::refuse;
};

/// Decodes JPEG, PNG, BMP, TIFF, WebP, GIF, PBM, PGM or PPM. The format is taken from the content,
/// never from a name; any warning of a decoder is an error. Thread-safe. Pixels equal Pillow's.
///
/// @param bytes  the whole file
/// @throws ItemError with one of the codes
///   image.empty            no bytes
///   image.format           none of the formats above
///   image.truncated        ends before its data does
///   image.corrupt          any other damage the format can show
///   image.too_large        more than max_pixels, in the header
///   image.unsupported      intact, but outside the rules (CMYK, float, 16 bits, alpha, …)
///   image.multiple_frames  more than one page or frame
Image decode(std::span<const std::uint8_t> bytes, const DecodeOptions& options);

/// A PNG whose pixels are class numbers: palette indices or gray levels exactly as stored, never
/// expanded to colours or to 0..255; CV_8U or CV_16U, one channel.
/// @throws ItemError as decode() does; image.unsupported for another format, colour or alpha
cv::Mat decode_mask(std::span<const std::uint8_t> bytes, std::uint64_t max_pixels);

/// A small picture for people, never for inference: JPEGs are decoded at reduced size.
/// @param longest_side  >= 1; see thumbnail()
/// @throws ItemError as decode() does
cv::Mat decode_thumbnail(std::span<const std::uint8_t> bytes, const DecodeOptions& options,
                         int longest_side);

/// Shrinks to `longest_side` by area averaging; a picture of at most half that size is enlarged by
/// a whole factor without blur, so that single dies of a wafer map stay sharp.
cv::Mat thumbnail(const cv::Mat& pixels, int longest_side);

}  // namespace zeromiss
