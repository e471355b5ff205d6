#include "codec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <vector>

namespace zeromiss::codec {

namespace {

enum Compression : std::uint32_t {
  kRgb = 0,
  kRle8 = 1,
  kRle4 = 2,
  kBitfields = 3,
  kAlphaBitfields = 6
};
constexpr std::size_t kFileHeader = 14;

using Color = std::array<std::uint8_t, 3>;  // red, green, blue

/// One channel of a 16- or 32-bit pixel.
struct Field {
  std::uint32_t mask = 0;

  [[nodiscard]] int shift() const { return std::countr_zero(mask); }
  [[nodiscard]] std::uint32_t max() const { return mask >> shift(); }
  /// floor(v * 255 / max), as Pillow does; exact for 8 bits.
  [[nodiscard]] std::uint8_t of(std::uint32_t pixel) const {
    return static_cast<std::uint8_t>(((pixel & mask) >> shift()) * std::uint64_t{255} / max());
  }
  [[nodiscard]] bool contiguous() const { return std::has_single_bit(std::uint64_t{max()} + 1); }
};

struct Header {
  std::int64_t width = 0, height = 0;
  bool top_down = false;
  unsigned bits = 0;
  std::uint32_t compression = kRgb;
  std::array<Field, 3> fields{};
  Field alpha;
  std::vector<Color> palette;
  std::uint32_t data_at = 0;

  [[nodiscard]] bool rle() const { return compression == kRle8 || compression == kRle4; }
  [[nodiscard]] std::uint64_t row_bytes() const {
    return (static_cast<std::uint64_t>(width) * bits + 31) / 32 * 4;
  }
};

void check_kind(const Header& header) {
  const unsigned bits = header.bits;
  const bool known_bits =
      bits == 1 || bits == 4 || bits == 8 || bits == 16 || bits == 24 || bits == 32;
  if (!known_bits) throw unsupported(fmt::format("BMP of {} bits a pixel", bits));
  switch (header.compression) {
    case kRgb:
      return;
    case kRle8:
    case kRle4:
      if (bits == (header.compression == kRle8 ? 8U : 4U) && !header.top_down) return;
      break;
    case kBitfields:
    case kAlphaBitfields:
      if (bits == 16 || bits == 32) return;
      break;
    default:
      throw unsupported(fmt::format("BMP of compression {}", header.compression));
  }
  throw corrupt(
      fmt::format("BMP of compression {} with {} bits a pixel", header.compression, bits));
}

void read_fields(Bytes bytes, std::uint32_t header_size, Header& header) {
  if (header.bits == 16) header.fields = {Field{0x7C00}, Field{0x03E0}, Field{0x001F}};
  if (header.bits == 32) header.fields = {Field{0xFF0000}, Field{0x00FF00}, Field{0x0000FF}};
  const bool masks = header.compression == kBitfields || header.compression == kAlphaBitfields;
  if (!masks) return;
  for (std::size_t i = 0; i < 3; ++i) header.fields[i].mask = le32(bytes, kFileHeader + 40 + 4 * i);
  const bool with_alpha = header_size >= 56 || header.compression == kAlphaBitfields;
  if (with_alpha) header.alpha.mask = le32(bytes, kFileHeader + 52);
  std::uint32_t seen = 0;
  for (const Field& field : {header.fields[0], header.fields[1], header.fields[2], header.alpha}) {
    if (field.mask == 0) continue;
    if (!field.contiguous() || (seen & field.mask) != 0) {
      throw corrupt("BMP: bit masks that overlap or have gaps");
    }
    seen |= field.mask;
  }
  for (const Field& field : header.fields) {
    if (field.mask == 0) throw unsupported("BMP: a colour channel without bits");
  }
  if (header.bits == 16 && seen > 0xFFFF) throw corrupt("BMP: bit masks beyond 16 bits");
}

void read_palette(Bytes bytes, std::size_t at, Header& header) {
  if (header.bits > 8) return;
  const std::uint32_t used = le32(bytes, kFileHeader + 32);
  const std::uint32_t most = 1U << header.bits;
  if (used > most) throw corrupt(fmt::format("BMP: {} colours for {} bits", used, header.bits));
  const Bytes table = take(bytes, at, std::uint64_t{used == 0 ? most : used} * 4, "BMP palette");
  for (std::size_t i = 0; i < table.size(); i += 4) {
    header.palette.push_back({table[i + 2], table[i + 1], table[i]});
  }
}

Header read_header(Bytes bytes, const DecodeOptions& options) {
  const std::uint32_t size = le32(bytes, kFileHeader);
  if (size == 12 || size == 16 || size == 64) {
    throw unsupported("BMP with an OS/2 header; store it as a Windows bitmap");
  }
  if (size != 40 && size != 52 && size != 56 && size != 108 && size != 124) {
    throw corrupt(fmt::format("BMP header of {} bytes", size));
  }
  take(bytes, kFileHeader, size, "BMP header");
  Header header;
  header.width = std::bit_cast<std::int32_t>(le32(bytes, kFileHeader + 4));
  header.height = std::bit_cast<std::int32_t>(le32(bytes, kFileHeader + 8));
  header.top_down = header.height < 0;
  header.height = header.top_down ? -header.height : header.height;
  if (header.width < 0) throw corrupt(fmt::format("BMP of width {}", header.width));
  check_size(static_cast<std::uint64_t>(header.width), static_cast<std::uint64_t>(header.height),
             options);
  header.bits = le16(bytes, kFileHeader + 14);
  header.compression = le32(bytes, kFileHeader + 16);
  check_kind(header);
  read_fields(bytes, size, header);
  std::size_t masks = 0;  // behind the short header, inside the longer ones
  if (size == 40 && header.compression == kBitfields) masks = 12;
  if (size == 40 && header.compression == kAlphaBitfields) masks = 16;
  read_palette(bytes, kFileHeader + size + masks, header);
  header.data_at = le32(bytes, 10);
  const std::size_t headers_end = kFileHeader + size + masks + header.palette.size() * 4;
  if (header.data_at < headers_end) throw corrupt("BMP: the pixels start within the header");
  return header;
}

const Color& color_of(const Header& header, unsigned index) {
  if (index < header.palette.size()) return header.palette[index];
  throw corrupt(fmt::format("BMP: colour {} of {}", index, header.palette.size()));
}

void read_row(const Header& header, const std::uint8_t* in, std::uint8_t* out) {
  const auto width = static_cast<std::size_t>(header.width);
  for (std::size_t x = 0; x < width; ++x) {
    if (header.bits <= 8) {
      const std::size_t bit = x * header.bits;
      const unsigned index =
          (in[bit / 8] >> (8 - header.bits - bit % 8)) & ((1U << header.bits) - 1);
      out = std::copy_n(color_of(header, index).begin(), 3, out);
    } else if (header.bits == 24) {
      *out++ = in[3 * x + 2];
      *out++ = in[3 * x + 1];
      *out++ = in[3 * x];
    } else {
      const Bytes pixel(in + x * (header.bits / 8), header.bits / 8);
      const std::uint32_t value = header.bits == 16 ? le16(pixel, 0) : le32(pixel, 0);
      for (const Field& field : header.fields) *out++ = field.of(value);
      if (header.alpha.mask != 0) *out++ = header.alpha.of(value);
    }
  }
}

/// RLE4 and RLE8. Every pixel must be written: what a skipped one shows is left open by the format.
class RunLengths {
 public:
  RunLengths(const Header& header, Bytes data, cv::Mat& samples)
      : header_(header), data_(data), samples_(samples) {}

  /// Bytes used, with the end mark.
  std::size_t run() {
    while (true) {
      const std::uint8_t count = next();
      const std::uint8_t value = next();
      if (count > 0) {
        for (unsigned i = 0; i < count; ++i) put(half(value, i));
      } else if (value >= 3) {
        absolute(value);
      } else if (value == 2) {
        throw unsupported("BMP: run lengths that leave pixels unset");
      } else {
        end_line(value == 1);
        if (value == 1) return at_;
      }
    }
  }

 private:
  std::uint8_t next() { return take(data_, at_++, 1, "BMP run lengths")[0]; }

  [[nodiscard]] unsigned half(std::uint8_t value, unsigned i) const {
    if (header_.bits == 8) return value;
    return i % 2 == 0 ? value >> 4U : value & 15U;
  }

  void put(unsigned index) {
    if (x_ >= header_.width || y_ >= header_.height) throw corrupt("BMP: a run leaves the picture");
    const int row = static_cast<int>(header_.height - 1 - y_);
    std::copy_n(color_of(header_, index).begin(), 3, samples_.ptr(row, static_cast<int>(x_++)));
  }

  void absolute(unsigned count) {
    std::uint8_t value = 0;
    for (unsigned i = 0; i < count; ++i) {
      if (header_.bits == 8 || i % 2 == 0) value = next();
      put(half(value, i));
    }
    const unsigned used = header_.bits == 8 ? count : (count + 1) / 2;
    if (used % 2 == 1) next();
  }

  void end_line(bool last) {
    // The end mark may follow the last line's own end, or stand for it.
    if (last && y_ == header_.height && x_ == 0) return;
    if (x_ != header_.width) throw unsupported("BMP: run lengths that leave pixels unset");
    x_ = 0;
    ++y_;
    if (last && y_ != header_.height) throw corrupt("BMP: the run lengths end too early");
  }

  const Header& header_;
  Bytes data_;
  cv::Mat& samples_;
  std::size_t at_ = 0;
  std::int64_t x_ = 0, y_ = 0;
};

std::size_t read_rows(const Header& header, Bytes data, cv::Mat& samples) {
  const std::uint64_t wanted = header.row_bytes() * static_cast<std::uint64_t>(header.height);
  const Bytes rows = take(data, 0, wanted, "BMP pixels");
  for (int y = 0; y < samples.rows; ++y) {
    const int row = header.top_down ? y : samples.rows - 1 - y;
    read_row(header, rows.data() + header.row_bytes() * static_cast<std::uint64_t>(y),
             samples.ptr(row));
  }
  return rows.size();
}

}  // namespace

Image decode_bmp(Bytes bytes, const DecodeOptions& options) {
  const std::uint64_t file_size = le32(bytes, 2);  // 0 in files of some writers
  const Header header = read_header(bytes, options);
  take(bytes, 0, file_size, "BMP data");
  take(bytes, header.data_at, 0, "BMP data");
  const Bytes data = bytes.subspan(header.data_at);
  if (!header.rle()) {
    take(data, 0, header.row_bytes() * static_cast<std::uint64_t>(header.height), "BMP pixels");
  } else {
    check_plausible(static_cast<std::uint64_t>(header.width * header.height) / 128, data.size(),
                    static_cast<std::uint64_t>(header.width),
                    static_cast<std::uint64_t>(header.height));
  }
  cv::Mat samples(static_cast<int>(header.height), static_cast<int>(header.width),
                  header.alpha.mask != 0 ? CV_8UC4 : CV_8UC3);
  const std::size_t used =
      header.rle() ? RunLengths(header, data, samples).run() : read_rows(header, data, samples);
  // A colour profile may stand behind the pixels, within the file's stated size.
  const std::uint64_t end = std::max<std::uint64_t>(header.data_at + used, file_size);
  check_padding(bytes.subspan(static_cast<std::size_t>(end)));
  return {finish_samples(samples, options), ImageFormat::bmp, false};
}

}  // namespace zeromiss::codec
