#pragma once

#include "codec.hpp"

#include <memory>
#include <vector>

namespace zeromiss::codec {

/// A PNG with its pixels stored instead of packed: the bytes of `pieces`, one behind the other.
struct StoredPng {
  std::vector<Bytes> pieces;  ///< of the file, of `heads` and of `raw`
  std::vector<std::uint8_t> heads;
  std::unique_ptr<std::uint8_t[]> raw;
};

/// For libpng to read: libdeflate unpacks pixels 1.6 to 1.7 times as fast as the zlib that libpng
/// calls (reference/performance.md), and the CRC of every chunk and the Adler-32 of the pixels are
/// proven on the way, so that the CRC of the new chunk of pixels need not be right. No pieces for
/// whatever is unusual or damaged: libpng then reads the file itself, and says what is wrong.
/// @param png        a signature and whole chunks, to the end of IEND; must outlive the result
/// @param raw_bytes  of the unpacked pixels: rows of a filter byte and the samples
StoredPng stored_png(Bytes png, std::uint64_t raw_bytes);

}  // namespace zeromiss::codec
