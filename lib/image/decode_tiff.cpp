#include "codec.hpp"
#include "tiff_directory.hpp"

#include <fmt/format.h>
#include <tiffio.h>
#include <zlib.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace zeromiss::codec {

namespace {

/// The file in memory, and the first thing libtiff complained about.
struct Session {
  Bytes bytes;
  std::uint64_t at = 0;
  std::string complaint;
};

tmsize_t on_read(thandle_t handle, void* out, tmsize_t count) {
  auto* session = static_cast<Session*>(handle);
  if (session->at >= session->bytes.size() || count <= 0) return 0;
  const auto start = static_cast<std::size_t>(session->at);
  const std::size_t given =
      std::min(static_cast<std::size_t>(count), session->bytes.size() - start);
  std::memcpy(out, session->bytes.data() + start, given);
  session->at += given;
  return static_cast<tmsize_t>(given);
}

tmsize_t on_write(thandle_t /*handle*/, void* /*data*/, tmsize_t /*count*/) { return 0; }

toff_t on_seek(thandle_t handle, toff_t offset, int whence) {
  auto* session = static_cast<Session*>(handle);
  if (whence == SEEK_CUR) offset += session->at;
  if (whence == SEEK_END) offset += session->bytes.size();
  session->at = offset;
  return offset;
}

int on_close(thandle_t /*handle*/) { return 0; }
toff_t on_size(thandle_t handle) { return static_cast<Session*>(handle)->bytes.size(); }

int on_complaint(TIFF* /*tiff*/, void* user, const char* /*module*/, const char* format,
                 va_list arguments) {
  // Private tags of camera and microscope makers are legal and change no pixel.
  if (std::string_view(format).find("Unknown field with tag") != std::string_view::npos) return 1;
  auto& complaint = static_cast<Session*>(user)->complaint;
  if (!complaint.empty()) return 1;
  char text[200];
  std::vsnprintf(text, sizeof text, format, arguments);
  complaint = text;
  return 1;
}

struct Close {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
  void operator()(TIFFOpenOptions* options) const { TIFFOpenOptionsFree(options); }
};
using Tiff = std::unique_ptr<TIFF, Close>;

/// Any error or warning so far is an error.
void check_complaints(const Session& session) {
  if (!session.complaint.empty()) throw corrupt("TIFF: " + session.complaint);
}

Tiff open(Session& session, const DecodeOptions& options) {
  const std::unique_ptr<TIFFOpenOptions, Close> settings(TIFFOpenOptionsAlloc());
  if (!settings) throw std::bad_alloc();
  constexpr std::uint64_t kRoom = 64U << 20U;
  constexpr std::uint64_t kMost = std::uint64_t{1} << 40U;
  TIFFOpenOptionsSetMaxSingleMemAlloc(
      settings.get(), static_cast<tmsize_t>(std::min(options.max_pixels, kMost) * 8 + kRoom));
  TIFFOpenOptionsSetErrorHandlerExtR(settings.get(), on_complaint, &session);
  TIFFOpenOptionsSetWarningHandlerExtR(settings.get(), on_complaint, &session);
  // "m": no memory mapping.
  Tiff tiff(TIFFClientOpenExt("TIFF", "rm", &session, on_read, on_write, on_seek, on_close, on_size,
                              nullptr, nullptr, settings.get()));
  check_complaints(session);
  if (!tiff) throw corrupt("TIFF: damaged header");
  return tiff;
}

struct Layout {
  std::uint32_t width = 0, height = 0;
  std::uint16_t bits = 1, channels = 1, compression = COMPRESSION_NONE;
  std::uint16_t photometric = 0, planar = PLANARCONFIG_CONTIG, orientation = 1;
};

const char* compression_name(std::uint16_t compression) {
  switch (compression) {
    case COMPRESSION_CCITTRLE:
    case COMPRESSION_CCITTFAX3:
    case COMPRESSION_CCITTFAX4:
      return "CCITT fax";
    case COMPRESSION_OJPEG:
    case COMPRESSION_JPEG:
      return "JPEG";
    default:
      return "an unusual kind";
  }
}

std::uint16_t get16(TIFF* tiff, std::uint32_t tag) {
  std::uint16_t value = 0;
  TIFFGetFieldDefaulted(tiff, tag, &value);
  return value;
}

void check_kind(TIFF* tiff, const Layout& layout) {
  if (const auto format = get16(tiff, TIFFTAG_SAMPLEFORMAT); format != SAMPLEFORMAT_UINT) {
    throw unsupported("TIFF of signed, floating-point or complex values; store it as 8 bits");
  }
  const bool gray =
      layout.photometric == PHOTOMETRIC_MINISBLACK || layout.photometric == PHOTOMETRIC_MINISWHITE;
  const bool palette = layout.photometric == PHOTOMETRIC_PALETTE;
  if (!gray && !palette && layout.photometric != PHOTOMETRIC_RGB) {
    throw unsupported(
        fmt::format("TIFF of colour kind {} (CMYK, Lab, YCbCr, …); store it as gray or RGB",
                    layout.photometric));
  }
  const int colors = layout.photometric == PHOTOMETRIC_RGB ? 3 : 1;
  const bool small = layout.bits == 1 || layout.bits == 2 || layout.bits == 4;
  const bool extra_fits = layout.channels == colors || (layout.channels == colors + 1 && !palette);
  const bool bits_fit =
      layout.bits == 8 || (layout.bits == 16 && !palette) || (small && layout.channels == 1);
  if (!extra_fits || !bits_fit) {
    throw unsupported(fmt::format("TIFF of {} channels of {} bits", layout.channels, layout.bits));
  }
}

Layout read_layout(TIFF* tiff, const Session& session, const DecodeOptions& options) {
  Layout layout;
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &layout.width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &layout.height);
  check_size(layout.width, layout.height, options);
  layout.bits = get16(tiff, TIFFTAG_BITSPERSAMPLE);
  layout.channels = get16(tiff, TIFFTAG_SAMPLESPERPIXEL);
  layout.compression = get16(tiff, TIFFTAG_COMPRESSION);
  layout.planar = get16(tiff, TIFFTAG_PLANARCONFIG);
  layout.orientation = get16(tiff, TIFFTAG_ORIENTATION);
  if (TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &layout.photometric) == 0) {
    throw corrupt("TIFF: no photometric interpretation");
  }
  check_complaints(session);
  check_kind(tiff, layout);
  return layout;
}

/// Largest ratio that the compression can reach; also the list of those we read.
std::uint64_t best_ratio(std::uint16_t compression) {
  switch (compression) {
    case COMPRESSION_NONE:
      return 1;
    case COMPRESSION_PACKBITS:
      return 64;
    case COMPRESSION_DEFLATE:
    case COMPRESSION_ADOBE_DEFLATE:
      return 1032;
    case COMPRESSION_LZW:
      return 4096;
    default:
      throw unsupported(
          fmt::format("TIFF compressed by {} ({}); use none, LZW, deflate or PackBits",
                      compression_name(compression), compression));
  }
}

/// Inflates one zlib stream to its end, where its checksum is, and keeps nothing of it.
void check_zlib(Bytes block, std::uint64_t most, std::vector<std::uint8_t>& scratch) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) throw std::bad_alloc();
  const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, inflateEnd);
  int state = Z_OK;
  while (state == Z_OK && stream.total_out <= most) {
    if (stream.avail_in == 0) {
      constexpr std::size_t kPart = 1U << 30U;
      const Bytes part = block.first(std::min(block.size(), kPart));
      block = block.subspan(part.size());
      stream.next_in = const_cast<Bytef*>(part.data());  // zlib only reads it
      stream.avail_in = static_cast<uInt>(part.size());
    }
    stream.next_out = scratch.data();
    stream.avail_out = static_cast<uInt>(scratch.size());
    state = inflate(&stream, Z_NO_FLUSH);
  }
  if (state == Z_STREAM_END && stream.total_out <= most) return;
  if (state == Z_OK) throw corrupt("TIFF: a strip or tile holds more than its pixels");
  throw corrupt(fmt::format("TIFF: damaged deflate data ({})",
                            stream.msg != nullptr ? stream.msg : "they have no end"));
}

/// libtiff stops inflating as soon as the rows are full and does not look at the checksum behind
/// them: a damaged strip that still gives enough bytes would be a picture. So each is inflated to
/// its end here.
void check_deflate(TIFF* tiff, const Session& session) {
  if (get16(tiff, TIFFTAG_FILLORDER) != FILLORDER_MSB2LSB) return;  // its bits are stored mirrored
  const bool tiled = TIFFIsTiled(tiff) != 0;
  const std::uint32_t count = tiled ? TIFFNumberOfTiles(tiff) : TIFFNumberOfStrips(tiff);
  const auto most = static_cast<std::uint64_t>(tiled ? TIFFTileSize(tiff) : TIFFStripSize(tiff));
  constexpr std::size_t kScratch = 64U << 10U;
  std::vector<std::uint8_t> scratch(kScratch);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint64_t offset = TIFFGetStrileOffset(tiff, i);
    check_zlib(take(session.bytes, offset, TIFFGetStrileByteCount(tiff, i), "TIFF data"), most,
               scratch);
  }
}

/// A strip or tile in the picture: decoded bytes and where they go.
struct Block {
  const std::uint8_t* bytes;
  std::size_t row_bytes;
  int x, y, width, height;
  int plane;  ///< channel, when planes are separate
};

/// Copies the visible part; 1, 2 and 4 bits are unpacked to a byte each.
void copy_block(const Block& block, const Layout& layout, cv::Mat& samples) {
  const bool separate = layout.planar == PLANARCONFIG_SEPARATE;
  const std::size_t size = layout.bits == 16 ? 2 : 1;
  const std::size_t pixel = samples.elemSize();
  const std::size_t count = separate ? size : pixel;  // bytes of a pixel in the block
  const std::size_t first = separate ? size * static_cast<std::size_t>(block.plane) : 0;
  for (int y = 0; y < block.height; ++y) {
    const std::uint8_t* in = block.bytes + block.row_bytes * static_cast<std::size_t>(y);
    std::uint8_t* out = samples.ptr(block.y + y, block.x) + first;
    if (layout.bits < 8) {
      const unsigned mask = (1U << layout.bits) - 1;
      for (unsigned x = 0; x < static_cast<unsigned>(block.width); ++x) {
        const unsigned bit = x * layout.bits;
        out[x] = static_cast<std::uint8_t>((in[bit / 8] >> (8 - layout.bits - bit % 8)) & mask);
      }
    } else if (count == pixel) {
      std::memcpy(out, in, count * static_cast<std::size_t>(block.width));
    } else {
      for (int x = 0; x < block.width; ++x, in += count, out += pixel) std::memcpy(out, in, count);
    }
  }
}

/// False when a strip holds less than its rows; libtiff's complaint says why.
bool read_strips(TIFF* tiff, const Layout& layout, cv::Mat& samples) {
  std::vector<std::uint8_t> buffer(static_cast<std::size_t>(TIFFStripSize(tiff)));
  std::uint32_t rows = layout.height;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &rows);
  rows = std::min(rows, layout.height);
  if (rows == 0) throw corrupt("TIFF: strips without rows");
  const auto row_bytes = static_cast<std::size_t>(TIFFScanlineSize(tiff));
  const int planes = layout.planar == PLANARCONFIG_SEPARATE ? layout.channels : 1;
  std::uint32_t strip = 0;
  for (int plane = 0; plane < planes; ++plane) {
    for (std::uint32_t y = 0; y < layout.height; y += rows, ++strip) {
      const std::uint32_t height = std::min(rows, layout.height - y);
      const std::size_t wanted = row_bytes * height;
      if (wanted > buffer.size()) throw corrupt("TIFF: strips of inconsistent size");
      const tmsize_t got =
          TIFFReadEncodedStrip(tiff, strip, buffer.data(), static_cast<tmsize_t>(wanted));
      if (got != static_cast<tmsize_t>(wanted)) return false;
      copy_block({buffer.data(), row_bytes, 0, static_cast<int>(y), samples.cols,
                  static_cast<int>(height), plane},
                 layout, samples);
    }
  }
  return true;
}

bool read_tiles(TIFF* tiff, const Layout& layout, const DecodeOptions& options, cv::Mat& samples) {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &width);
  TIFFGetField(tiff, TIFFTAG_TILELENGTH, &height);
  check_size(width, height, options);
  std::vector<std::uint8_t> buffer(static_cast<std::size_t>(TIFFTileSize(tiff)));
  const auto row_bytes = static_cast<std::size_t>(TIFFTileRowSize(tiff));
  if (row_bytes * height > buffer.size()) throw corrupt("TIFF: tiles of inconsistent size");
  const int planes = layout.planar == PLANARCONFIG_SEPARATE ? layout.channels : 1;
  std::uint32_t tile = 0;
  for (int plane = 0; plane < planes; ++plane) {
    for (std::uint32_t y = 0; y < layout.height; y += height) {
      for (std::uint32_t x = 0; x < layout.width; x += width, ++tile) {
        const tmsize_t got =
            TIFFReadEncodedTile(tiff, tile, buffer.data(), static_cast<tmsize_t>(buffer.size()));
        if (got != static_cast<tmsize_t>(buffer.size())) return false;
        copy_block({buffer.data(), row_bytes, static_cast<int>(x), static_cast<int>(y),
                    static_cast<int>(std::min(width, layout.width - x)),
                    static_cast<int>(std::min(height, layout.height - y)), plane},
                   layout, samples);
      }
    }
  }
  return true;
}

cv::Mat palette_to_rgb(TIFF* tiff, const Layout& layout, const cv::Mat& indices) {
  std::uint16_t* tables[3] = {};
  if (TIFFGetField(tiff, TIFFTAG_COLORMAP, &tables[0], &tables[1], &tables[2]) == 0) {
    throw corrupt("TIFF: no palette");
  }
  // The values have 16 bits; some old writers filled in 8, and all of them are below 256 then.
  const std::size_t count = std::size_t{1} << layout.bits;
  const bool deep = std::any_of(std::begin(tables), std::end(tables), [&](const auto* table) {
    return std::any_of(table, table + count, [](auto value) { return value > 255; });
  });
  cv::Mat result(indices.rows, indices.cols, CV_8UC3);
  for (int y = 0; y < indices.rows; ++y) {
    const std::uint8_t* in = indices.ptr(y);
    std::uint8_t* out = result.ptr(y);
    for (int x = 0; x < indices.cols; ++x) {
      for (const std::uint16_t* table : tables) {
        *out++ = static_cast<std::uint8_t>(deep ? table[in[x]] >> 8U : table[in[x]]);
      }
    }
  }
  return result;
}

/// Spreads 1, 2 and 4 bits over 0..255 and turns "0 is white" round (not its alpha).
void finish_gray(const Layout& layout, cv::Mat& samples) {
  const bool invert = layout.photometric == PHOTOMETRIC_MINISWHITE;
  const bool deep = layout.bits == 16;
  const unsigned scale = layout.bits < 8 ? 255U / ((1U << layout.bits) - 1) : 1;
  if (!invert && scale == 1) return;
  for (int y = 0; y < samples.rows; ++y) {
    for (int x = 0; x < samples.cols; ++x) {
      std::uint8_t* at = samples.ptr(y, x);
      if (deep) {
        at[0] = static_cast<std::uint8_t>(~at[0]);
        at[1] = static_cast<std::uint8_t>(~at[1]);
      } else {
        const unsigned value = at[0] * scale;
        at[0] = static_cast<std::uint8_t>(invert ? 255U - value : value);
      }
    }
  }
}

bool premultiplied(TIFF* tiff) {
  std::uint16_t count = 0;
  std::uint16_t* kinds = nullptr;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds);
  return count > 0 && kinds[0] == EXTRASAMPLE_ASSOCALPHA;
}

}  // namespace

Image decode_tiff(Bytes bytes, const DecodeOptions& options) {
  const TiffSurvey survey = survey_tiff(bytes);
  check_frames(survey.pages > 1, options, fmt::format("a TIFF of {} pages", survey.pages));
  Session session{bytes, 0, {}};
  const Tiff tiff = open(session, options);
  const Layout layout = read_layout(tiff.get(), session, options);
  const int orientation = orientation_to_apply(layout.orientation, options);
  const std::uint64_t raw_bytes =
      (std::uint64_t{layout.width} * layout.channels * layout.bits + 7) / 8 * layout.height;
  const std::uint64_t ratio = best_ratio(layout.compression);
  check_plausible(raw_bytes / ratio, survey.data_bytes, layout.width, layout.height);
  if (layout.bits == 16) check_sixteen_bit(options);
  const bool deflate =
      layout.compression == COMPRESSION_DEFLATE || layout.compression == COMPRESSION_ADOBE_DEFLATE;
  if (deflate) check_deflate(tiff.get(), session);

  cv::Mat samples(static_cast<int>(layout.height), static_cast<int>(layout.width),
                  CV_MAKETYPE(layout.bits == 16 ? CV_16U : CV_8U, layout.channels));
  const bool whole = TIFFIsTiled(tiff.get()) != 0 ? read_tiles(tiff.get(), layout, options, samples)
                                                  : read_strips(tiff.get(), layout, samples);
  check_complaints(session);
  if (!whole) throw corrupt("TIFF: a strip or tile holds less than its pixels");
  if (layout.photometric == PHOTOMETRIC_PALETTE) {
    samples = palette_to_rgb(tiff.get(), layout, samples);
  } else if (layout.photometric != PHOTOMETRIC_RGB) {
    finish_gray(layout, samples);
  }
  DecodeOptions rules = options;
  // Colours multiplied by their alpha are not those of the scene: ignoring it would darken them.
  if (premultiplied(tiff.get())) rules.alpha = AlphaRule::refuse;
  return {turned(finish_samples(samples, rules), orientation), ImageFormat::tiff, survey.pages > 1};
}

}  // namespace zeromiss::codec
