#include "codec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace zeromiss::codec {

namespace {

bool space(std::uint8_t byte) {
  return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r' || byte == '\v' ||
         byte == '\f';
}

/// Reads the text parts of a PNM.
class Reader {
 public:
  explicit Reader(Bytes bytes) : bytes_(bytes) {}

  [[nodiscard]] std::size_t at() const { return at_; }
  void skip(std::size_t count) { at_ += count; }

  /// A number and the white space behind it; without that, its last digits may be cut off.
  std::uint32_t number() {
    skip_space();
    if (!digit(peek())) throw corrupt(fmt::format("no number at byte {}", at_));
    std::uint64_t value = 0;
    for (; digit(peek()); ++at_) {
      value = value * 10 + (bytes_[at_] - '0');
      if (value > 0xFFFFFFFFU) throw corrupt(fmt::format("a number too large at byte {}", at_));
    }
    end_word();
    return static_cast<std::uint32_t>(value);
  }

  /// A pixel of a plain PBM: they need no space between them.
  std::uint8_t bit() {
    skip_space();
    const std::uint8_t byte = peek();
    if (byte != '0' && byte != '1') throw corrupt(fmt::format("neither 0 nor 1 at byte {}", at_));
    ++at_;
    return byte == '0' ? 255 : 0;
  }

  /// Exactly one white space: what follows may be any byte.
  void end_word() {
    if (!space(peek())) throw corrupt(fmt::format("no white space at byte {}", at_));
    ++at_;
  }

 private:
  static bool digit(std::uint8_t byte) { return byte >= '0' && byte <= '9'; }

  [[nodiscard]] std::uint8_t peek() const { return take(bytes_, at_, 1, "PNM text")[0]; }

  void skip_space() {
    while (space(peek()) || peek() == '#') {
      if (peek() == '#') {
        while (peek() != '\n' && peek() != '\r') ++at_;
      }
      ++at_;
    }
  }

  Bytes bytes_;
  std::size_t at_ = 2;
};

struct Header {
  char kind = '1';
  std::uint32_t width = 0, height = 0, max = 1;

  [[nodiscard]] bool bits() const { return kind == '1' || kind == '4'; }
  [[nodiscard]] bool plain() const { return kind <= '3'; }
  [[nodiscard]] unsigned channels() const { return kind == '3' || kind == '6' ? 3 : 1; }
  [[nodiscard]] std::uint64_t row_bytes() const {
    if (bits()) return (std::uint64_t{width} + 7) / 8;
    return std::uint64_t{width} * channels() * (max > 255 ? 2 : 1);
  }
};

Header read_header(Bytes bytes, Reader& reader, const DecodeOptions& options) {
  Header header;
  header.kind = static_cast<char>(bytes[1]);
  const std::uint8_t behind = take(bytes, 2, 1, "PNM header")[0];
  if (!space(behind) && behind != '#') {
    throw ItemError("image.format", "it starts like a PNM, but no white space follows");
  }
  header.width = reader.number();
  header.height = reader.number();
  check_size(header.width, header.height, options);
  if (header.bits()) return header;
  header.max = reader.number();
  if (header.max == 0 || header.max > 65'535) {
    throw corrupt(fmt::format("PNM maximum {}, expected 1 to 65535", header.max));
  }
  if (header.max != 255 && header.max != 65'535) {
    throw unsupported(fmt::format("PNM maximum {}; store it with 255 or 65535", header.max));
  }
  if (header.max > 255) check_sixteen_bit(options);
  return header;
}

void read_plain(Reader& reader, const Header& header, cv::Mat& samples) {
  const int count = samples.cols * samples.channels();
  for (int y = 0; y < samples.rows; ++y) {
    for (int x = 0; x < count; ++x) {
      if (header.bits()) {
        samples.ptr(y)[x] = reader.bit();
        continue;
      }
      const std::uint32_t value = reader.number();
      if (value > header.max) {
        throw corrupt(fmt::format("value {} above the maximum {}", value, header.max));
      }
      if (header.max > 255) {
        samples.ptr<std::uint16_t>(y)[x] = static_cast<std::uint16_t>(value);
      } else {
        samples.ptr(y)[x] = static_cast<std::uint8_t>(value);
      }
    }
  }
  if (header.bits()) reader.end_word();  // shows that the last line is whole
}

void read_binary(Bytes data, const Header& header, cv::Mat& samples) {
  const auto row_bytes = static_cast<std::size_t>(header.row_bytes());
  const int count = samples.cols * samples.channels();
  for (int y = 0; y < samples.rows; ++y) {
    const std::uint8_t* in = data.data() + row_bytes * static_cast<std::size_t>(y);
    std::uint8_t* out = samples.ptr(y);
    if (header.bits()) {
      for (int x = 0; x < count; ++x) out[x] = ((in[x / 8] << (x % 8)) & 0x80) != 0 ? 0 : 255;
    } else if (header.max > 255) {
      auto* wide = samples.ptr<std::uint16_t>(y);
      for (int x = 0; x < count; ++x, in += 2) {
        wide[x] = static_cast<std::uint16_t>(in[0] << 8U | in[1]);
      }
    } else {
      std::memcpy(out, in, row_bytes);
    }
  }
}

bool another_picture(Bytes tail) {
  const auto start = std::find_if_not(tail.begin(), tail.end(), space);
  const auto rest = tail.last(static_cast<std::size_t>(tail.end() - start));
  return rest.size() >= 3 && rest[0] == 'P' && rest[1] >= '1' && rest[1] <= '6' && space(rest[2]);
}

}  // namespace

Image decode_pnm(Bytes bytes, const DecodeOptions& options) {
  Reader reader(bytes);
  const Header header = read_header(bytes, reader, options);
  const std::uint64_t rest = bytes.size() - reader.at();
  const std::uint64_t wanted = header.plain()
                                   ? std::uint64_t{header.width} * header.height * header.channels()
                                   : header.row_bytes() * header.height;
  if (rest < wanted) {
    throw truncated(fmt::format("{} x {} pixels take {} bytes, {} there", header.width,
                                header.height, wanted, rest));
  }
  cv::Mat samples(
      static_cast<int>(header.height), static_cast<int>(header.width),
      CV_MAKETYPE(header.max > 255 ? CV_16U : CV_8U, static_cast<int>(header.channels())));
  if (!header.plain() && bytes[reader.at() - 1] == '\r' && bytes[reader.at()] == '\n') {
    throw corrupt("the header ends with CR LF: a transfer in text mode has shifted the pixels");
  }
  if (header.plain()) {
    read_plain(reader, header, samples);
  } else {
    read_binary(bytes.subspan(reader.at()), header, samples);
    reader.skip(static_cast<std::size_t>(wanted));
  }
  Bytes tail = bytes.subspan(reader.at());
  const bool several = another_picture(tail);
  check_frames(several, options, "a second PNM follows the first");
  while (header.plain() && !tail.empty() && space(tail.front())) tail = tail.subspan(1);
  if (!several) check_padding(tail);
  return {finish_samples(samples, options), ImageFormat::pnm, several};
}

}  // namespace zeromiss::codec
