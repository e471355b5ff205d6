#include "thumbnails.hpp"

#include <zeromiss/base/files.hpp>
#include <zeromiss/base/hash.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/image/encode.hpp>

#include <span>

namespace zeromiss {
namespace {

constexpr int kSide = 160;  // pixels, sharp at the report's 120 on a denser screen
constexpr int kQuality = 80;

}  // namespace

std::optional<std::string> thumbnail(const Listing& listing, const Record& record,
                                     const DecodeOptions& options) {
  try {
    const std::string name = record.image_hex.empty() ? record.image : from_hex(record.image_hex);
    const FileContent content = read_image_file(listing.locate(name));
    const std::span<const std::uint8_t> bytes(content.bytes);
    if (sha256_hex(bytes) != record.sha256) return std::nullopt;
    return encode_jpeg(decode_thumbnail(bytes, options, kSide), kQuality);
  } catch (const ItemError&) {
    return std::nullopt;
  }
}

}  // namespace zeromiss
