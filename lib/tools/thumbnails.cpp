#include "thumbnails.hpp"

#include "marks.hpp"

#include <zeromiss/base/files.hpp>
#include <zeromiss/base/hash.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/image/encode.hpp>

#include <span>

namespace zeromiss {
namespace {

constexpr int kSideWithBoxes = 320;  // small defects are seen only on a larger picture
constexpr int kSide = 160;           // pixels, sharp at the report's 120 on a denser screen
constexpr int kQuality = 80;

}  // namespace

std::optional<std::string> thumbnail(const Listing& listing, const Record& record,
                                     const DecodeOptions& options) {
  const std::string name = image_bytes(record);
  const FileContent content = read_image_file(listing.locate(name));
  const std::span<const std::uint8_t> bytes(content.bytes);
  if (sha256_hex(bytes) != record.sha256) return std::nullopt;
  const bool marked = record.defects && !record.defects->empty();
  if (!marked) return encode_jpeg(decode_thumbnail(bytes, options, kSide), kQuality);
  const cv::Mat picture = decode_thumbnail(bytes, options, kSideWithBoxes);
  auto marks = marks_of(record, {}, false);
  scale_marks(marks, static_cast<double>(picture.cols) / *record.width,
              static_cast<double>(picture.rows) / *record.height);
  return encode_jpeg(draw_boxes(picture, marks), kQuality);
}

}  // namespace zeromiss
