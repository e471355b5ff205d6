#pragma once
// What the decoders share; not public. Each decoder checks the file's structure itself before its
// library sees a byte: that tells cut files from damaged ones and bounds memory by the header.

#include <zeromiss/image/decode.hpp>

#include <opencv2/core/mat.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>

namespace zeromiss::codec {

using Bytes = std::span<const std::uint8_t>;

ItemError truncated(const std::string& what);
ItemError corrupt(const std::string& what);
ItemError unsupported(const std::string& what);

/// The part [offset, offset + count) of `bytes`. @throws ItemError image.truncated
Bytes take(Bytes bytes, std::uint64_t offset, std::uint64_t count, const char* what);

inline std::uint16_t be16(Bytes b, std::size_t at) {
  const Bytes v = take(b, at, 2, "header");
  return static_cast<std::uint16_t>(v[0] << 8U | v[1]);
}
inline std::uint16_t le16(Bytes b, std::size_t at) {
  const Bytes v = take(b, at, 2, "header");
  return static_cast<std::uint16_t>(v[1] << 8U | v[0]);
}
inline std::uint32_t be32(Bytes b, std::size_t at) {
  return std::uint32_t{be16(b, at)} << 16U | be16(b, at + 2);
}
inline std::uint32_t le32(Bytes b, std::size_t at) {
  return std::uint32_t{le16(b, at + 2)} << 16U | le16(b, at);
}

/// Sizes from the header, before any memory is taken.
/// @throws ItemError image.corrupt (zero), image.too_large
void check_size(std::uint64_t width, std::uint64_t height, const DecodeOptions& options);
/// A header that claims far more than its data could ever unpack to.
/// @param least_bytes  lower bound of the compressed size of such a picture
void check_plausible(std::uint64_t least_bytes, std::uint64_t found_bytes, std::uint64_t width,
                     std::uint64_t height);
void check_sixteen_bit(const DecodeOptions& options);
void check_frames(bool several, const DecodeOptions& options, const std::string& what);
/// Only zero bytes may follow the picture. For formats whose data carry no check of their own, more
/// bytes than the header asks for mean that the header is damaged.
void check_padding(Bytes tail);

/// 1, or the EXIF/TIFF orientation 2..8 that is to be applied. @throws ItemError by the rule
int orientation_to_apply(int value, const DecodeOptions& options);
/// Orientation in an EXIF block (a TIFF structure without the "Exif\0\0" in front).
int exif_orientation_to_apply(Bytes exif, const DecodeOptions& options);
cv::Mat turned(const cv::Mat& pixels, int orientation);

/// Samples as stored (8 or 16 bits; 1 gray, 2 gray + alpha, 3 RGB, 4 RGBA) to an Image's pixels.
cv::Mat finish_samples(const cv::Mat& samples, const DecodeOptions& options);

/// @param longest_side  0: full size. Otherwise the smallest of 1/1, 1/2, 1/4, 1/8 whose longer
/// side
///                      is not below it (pictures for people only)
Image decode_jpeg(Bytes bytes, const DecodeOptions& options, int longest_side = 0);
Image decode_png(Bytes bytes, const DecodeOptions& options);
/// One number a pixel, as stored: palette index or gray level, 8 or 16 bits.
cv::Mat decode_png_indices(Bytes bytes, const DecodeOptions& options);
Image decode_tiff(Bytes bytes, const DecodeOptions& options);
Image decode_webp(Bytes bytes, const DecodeOptions& options);
Image decode_gif(Bytes bytes, const DecodeOptions& options);
Image decode_bmp(Bytes bytes, const DecodeOptions& options);
Image decode_pnm(Bytes bytes, const DecodeOptions& options);

/// The format by its first bytes. @throws ItemError image.empty, image.truncated, image.format
ImageFormat sniff(Bytes bytes);

}  // namespace zeromiss::codec
