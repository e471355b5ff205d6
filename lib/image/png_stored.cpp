#include "png_stored.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <new>
#include <string_view>

namespace zeromiss::codec {
namespace {

constexpr std::size_t kSignature = 8, kAround = 12;  ///< of a chunk's data: length and name, CRC
constexpr std::size_t kAdler = 4;

struct Release {
  void operator()(libdeflate_decompressor* one) const { libdeflate_free_decompressor(one); }
};

/// The parts of a sound PNG whose chunks of pixels stand together.
struct Parts {
  std::size_t begin = 0, end = 0;  ///< of these chunks
  std::vector<std::uint8_t> packed;
};

/// @return whether every CRC is right and the chunks stand together
bool find_parts(Bytes png, Parts& parts) {
  for (std::size_t at = kSignature; at < png.size();) {
    const std::size_t length = be32(png, at);
    const Bytes named = take(png, at + 4, std::uint64_t{length} + 4, "PNG chunk");
    const std::size_t next = at + kAround + length;
    if (libdeflate_crc32(0, named.data(), named.size()) != be32(png, next - 4)) return false;
    if (std::string_view(reinterpret_cast<const char*>(named.data()), 4) == "IDAT") {
      if (parts.end == 0) parts.begin = parts.end = at;
      if (parts.end != at) return false;
      parts.end = next;
      parts.packed.insert(parts.packed.end(), named.begin() + 4, named.end());
    }
    at = next;
  }
  return parts.packed.size() >= kAdler;
}

bool unpack(const std::vector<std::uint8_t>& packed, std::uint8_t* raw, std::size_t raw_bytes) {
  // One for each picture: glibc aborts where it has no memory to note the end of a thread_local
  // one.
  const std::unique_ptr<libdeflate_decompressor, Release> decompressor(
      libdeflate_alloc_decompressor());
  if (!decompressor) throw std::bad_alloc();
  std::size_t used = 0, made = 0;
  const auto result = libdeflate_zlib_decompress_ex(decompressor.get(), packed.data(),
                                                    packed.size(), raw, raw_bytes, &used, &made);
  return result == LIBDEFLATE_SUCCESS && used == packed.size() && made == raw_bytes;
}

/// Heads of a chunk, of a zlib stream (RFC 1950) and of its stored blocks (RFC 1951, 3.2.4), one
/// behind the other; their ends are the ends of pieces.
class Heads {
 public:
  explicit Heads(std::vector<std::uint8_t>& bytes) : bytes_(bytes) {}
  void add(std::initializer_list<unsigned> bytes) {
    for (const unsigned byte : bytes) bytes_.push_back(static_cast<std::uint8_t>(byte));
  }
  void add_be32(std::uint64_t value) {
    for (const unsigned shift : {24U, 16U, 8U, 0U})
      add({static_cast<unsigned>(value >> shift) & 0xFFU});
  }
  void add_block(std::size_t size, bool last) {
    const auto low = static_cast<unsigned>(size & 0xFFU), high = static_cast<unsigned>(size >> 8U);
    add({last ? 1U : 0U, low, high, low ^ 0xFFU, high ^ 0xFFU});
  }

 private:
  std::vector<std::uint8_t>& bytes_;
};

}  // namespace

StoredPng stored_png(Bytes png, std::uint64_t raw_bytes) {
  constexpr std::uint64_t kMostRaw = 0x70000000;  // a chunk holds 2^31 - 1 bytes, heads included
  Parts parts;
  if (raw_bytes == 0 || raw_bytes > kMostRaw) return {};
  if (!find_parts(png, parts)) return {};
  StoredPng stored;
  stored.raw.reset(new std::uint8_t[raw_bytes]);
  if (!unpack(parts.packed, stored.raw.get(), raw_bytes)) return {};

  constexpr std::size_t kMostInBlock = 65535, kBlockHead = 5, kZlibHead = 2;
  const std::size_t blocks = (raw_bytes + kMostInBlock - 1) / kMostInBlock;
  Heads heads(stored.heads);
  heads.add_be32(kZlibHead + blocks * kBlockHead + raw_bytes + kAdler);
  heads.add({'I', 'D', 'A', 'T', 0x78, 0x01});
  const std::size_t first = stored.heads.size();
  for (std::size_t block = 0; block < blocks; ++block)
    heads.add_block(std::min<std::size_t>(kMostInBlock, raw_bytes - block * kMostInBlock),
                    block + 1 == blocks);
  const std::size_t end = stored.heads.size();
  stored.heads.insert(stored.heads.end(), parts.packed.end() - kAdler, parts.packed.end());
  heads.add_be32(0);  // the chunk's CRC, which is not asked for

  const Bytes all(stored.heads), raw(stored.raw.get(), raw_bytes);
  stored.pieces = {png.first(parts.begin), all.first(first)};
  for (std::size_t block = 0; block < blocks; ++block) {
    stored.pieces.push_back(all.subspan(first + block * kBlockHead, kBlockHead));
    const std::size_t at = block * kMostInBlock;
    stored.pieces.push_back(raw.subspan(at, std::min(kMostInBlock, raw.size() - at)));
  }
  stored.pieces.push_back(all.subspan(end));
  stored.pieces.push_back(png.subspan(parts.end));
  return stored;
}

}  // namespace zeromiss::codec
