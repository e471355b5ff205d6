#include "codec.hpp"
#include "turbojpeg_handle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace zeromiss::codec {

namespace {

constexpr std::size_t kCoefficients = 64;
constexpr int kNotSent = -1;

struct Component {
  std::uint8_t id = 0;
  std::uint8_t h = 1, v = 1;  ///< sampling factors
  /// Lowest bit sent so far for each coefficient; 0 means complete.
  std::array<int, kCoefficients> lowest_bit{};
};

/// What the markers of a JPEG say.
struct Survey {
  int width = 0, height = 0;
  bool progressive = false;
  std::vector<Component> components;
  std::uint64_t entropy_bytes = 0;
  Bytes exif;
  std::size_t end = 0;  ///< behind the EOI marker
};

/// Walks the markers from SOI to EOI. libjpeg itself would make up a missing EOI, and would show a
/// progressive picture whose last scans are gone, without a word.
class Walker {
 public:
  explicit Walker(Bytes bytes) : bytes_(bytes) {}

  Survey run() {
    at_ = 2;
    for (std::uint8_t marker = next_marker(); marker != kEnd; marker = next_marker()) {
      segment(marker);
    }
    survey_.end = at_;
    if (survey_.components.empty()) throw corrupt("a JPEG without a frame header");
    for (const Component& component : survey_.components) {
      const auto& bits = component.lowest_bit;
      if (std::any_of(bits.begin(), bits.end(), [](int bit) { return bit != 0; })) {
        throw corrupt("scans are missing: the JPEG ends before its picture is complete");
      }
    }
    return survey_;
  }

 private:
  static constexpr std::uint8_t kEnd = 0xD9;

  std::uint8_t next_marker() {
    if (take(bytes_, at_, 2, "JPEG markers")[0] != 0xFF) {
      throw corrupt(fmt::format("byte {} is {:#04x}, expected a JPEG marker", at_, bytes_[at_]));
    }
    while (take(bytes_, at_, 1, "JPEG markers")[0] == 0xFF) ++at_;
    return bytes_[at_++];
  }

  void segment(std::uint8_t marker) {
    const bool standalone = marker <= 0x01 || (marker >= 0xD0 && marker <= 0xD8);
    if (standalone) throw corrupt(fmt::format("JPEG marker {:#04x} at byte {}", marker, at_ - 2));
    const std::uint16_t length = be16(take(bytes_, at_, 2, "JPEG segment"), 0);
    if (length < 2) throw corrupt(fmt::format("JPEG segment of {} bytes at {}", length, at_));
    const Bytes content = take(bytes_, at_, length, "JPEG segment").subspan(2);
    at_ += length;
    const bool frame =
        marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (frame) read_frame(marker, content);
    if (marker == 0xC4) read_huffman_tables(content);
    if (marker == 0xE1) read_app1(content);
    if (marker == 0xDA) read_scan(content);
  }

  void read_frame(std::uint8_t marker, Bytes content) {
    if (!survey_.components.empty()) throw corrupt("a JPEG with two frame headers");
    if (marker > 0xC2) {
      throw unsupported(fmt::format(
          "JPEG of kind SOF{} (lossless, hierarchical or arithmetic); store it as baseline JPEG",
          marker - 0xC0));
    }
    if (content.size() < 6 || content.size() != 6 + 3U * content[5] || content[5] == 0) {
      throw corrupt("JPEG frame header of a wrong length");
    }
    if (content[0] != 8) throw unsupported(fmt::format("JPEG of {} bits a channel", content[0]));
    survey_.progressive = marker == 0xC2;
    survey_.height = be16(content, 1);
    survey_.width = be16(content, 3);
    if (content[5] != 1 && content[5] != 3) {
      throw unsupported(
          fmt::format("JPEG of {} channels (CMYK, YCCK); store it as gray or RGB", content[5]));
    }
    for (std::size_t i = 6; i < content.size(); i += 3) {
      Component component;
      component.id = content[i];
      component.h = content[i + 1] >> 4U;
      component.v = content[i + 1] & 15U;
      if (component.h < 1 || component.h > 4 || component.v < 1 || component.v > 4) {
        throw corrupt("JPEG sampling factor outside 1 to 4");
      }
      component.lowest_bit.fill(kNotSent);
      survey_.components.push_back(component);
    }
  }

  /// Only the first symbol of each AC table: the one whose code is all zeros.
  void read_huffman_tables(Bytes content) {
    constexpr std::size_t kLengths = 16;
    while (content.size() > kLengths) {
      std::size_t symbols = 0;
      for (std::size_t i = 1; i <= kLengths; ++i) symbols += content[i];
      if (content.size() < 1 + kLengths + symbols) return;  // libjpeg refuses it
      const std::size_t table = content[0] & 15U;
      if (content[0] >> 4U == 1 && table < zeros_end_block_.size() && symbols > 0)
        zeros_end_block_[table] = content[1 + kLengths] == 0;
      content = content.subspan(1 + kLengths + symbols);
    }
  }

  void read_app1(Bytes content) {
    constexpr std::string_view kExif("Exif\0\0", 6);
    if (!survey_.exif.empty() || content.size() < kExif.size()) return;
    if (std::memcmp(content.data(), kExif.data(), kExif.size()) != 0) return;
    survey_.exif = content.subspan(kExif.size());
  }

  void read_scan(Bytes content) {
    const std::size_t count = content.empty() ? 0 : content[0];
    if (count < 1 || count > 4 || content.size() != 4 + 2 * count) {
      throw corrupt("JPEG scan header of a wrong length");
    }
    const std::size_t first = survey_.progressive ? content[1 + 2 * count] : 0;
    const std::size_t last = survey_.progressive ? content[2 + 2 * count] : kCoefficients - 1;
    const int bit = survey_.progressive ? content[3 + 2 * count] & 15 : 0;
    if (first > last || last >= kCoefficients) throw corrupt("JPEG scan of no coefficients");
    for (std::size_t i = 0; i < count; ++i) {
      auto& all = survey_.components;
      const std::uint8_t id = content[1 + 2 * i];
      const auto component =
          std::find_if(all.begin(), all.end(), [id](const Component& c) { return c.id == id; });
      if (component == all.end()) throw corrupt("JPEG scan of an unknown channel");
      for (std::size_t k = first; k <= last; ++k) component->lowest_bit[k] = bit;
    }
    const std::size_t start = at_;
    skip_entropy_coded();
    bool flat = true;  // zeros may stand for flat parts of the picture
    for (std::size_t i = 0; i < count && !survey_.progressive; ++i)
      flat = flat && zeros_end_block_[content[2 + 2 * i] & 3U];
    if (!flat) refuse_zeros(bytes_.subspan(start, at_ - start));
  }

  /// A lost sector: behind it the data may fall into step again by chance, and libjpeg has nothing
  /// to complain about. Unless the all-zero code ends a block, zeros mean 63 coefficients of -1 in
  /// block after block, which no picture has: 64 bytes are nearly three of them.
  static void refuse_zeros(Bytes data) {
    constexpr std::ptrdiff_t kRun = 64;
    if (std::search_n(data.begin(), data.end(), kRun, std::uint8_t{0}) == data.end()) return;
    throw corrupt("a run of zeros within the JPEG's data: a part of it was never written");
  }

  /// To the next marker that is neither a stuffed 0xFF nor a restart.
  void skip_entropy_coded() {
    const std::size_t start = at_;
    while (true) {
      const void* found = std::memchr(bytes_.data() + at_, 0xFF, bytes_.size() - at_);
      if (found == nullptr) throw truncated("the JPEG has no end marker: its data stop short");
      at_ = static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - bytes_.data());
      const std::uint8_t next = take(bytes_, at_, 2, "JPEG data")[1];
      const bool data = next == 0x00 || (next >= 0xD0 && next <= 0xD7);
      if (!data && next != 0xFF) break;
      at_ += next == 0xFF ? 1 : 2;
    }
    survey_.entropy_bytes += at_ - start;
  }

  Bytes bytes_;
  std::size_t at_ = 0;
  std::array<bool, 4> zeros_end_block_{};
  Survey survey_;
};

/// Every 8 x 8 block takes at least one bit for its mean, and one for "no more" unless progressive.
std::uint64_t least_bytes(const Survey& survey) {
  std::uint64_t h = 1;
  std::uint64_t v = 1;
  for (const Component& component : survey.components) {
    h = std::max<std::uint64_t>(h, component.h);
    v = std::max<std::uint64_t>(v, component.v);
  }
  std::uint64_t blocks = 0;
  for (const Component& component : survey.components) {
    const auto across =
        (static_cast<std::uint64_t>(survey.width) * component.h + 8 * h - 1) / (8 * h);
    const auto down =
        (static_cast<std::uint64_t>(survey.height) * component.v + 8 * v - 1) / (8 * v);
    blocks += across * down;
  }
  return (survey.progressive ? blocks : 2 * blocks) / 8;
}

/// Cameras and phones put notes behind the picture; the walk has proved it complete, so they are
/// harmless. A second picture there would go unseen.
bool another_picture(Bytes tail) {
  const auto start = std::find_if(tail.begin(), tail.end(), [](auto byte) { return byte != 0; });
  const auto rest = tail.last(static_cast<std::size_t>(tail.end() - start));
  return rest.size() >= 3 && rest[0] == 0xFF && rest[1] == 0xD8 && rest[2] == 0xFF;
}

tjscalingfactor scaling(const Survey& survey, int longest_side) {
  const int longest = std::max(survey.width, survey.height);
  tjscalingfactor result{1, 1};
  if (longest_side <= 0) return result;
  for (const int denominator : {2, 4, 8}) {
    const tjscalingfactor candidate{1, denominator};
    if (TJSCALED(longest, candidate) >= longest_side) result = candidate;
  }
  return result;
}

}  // namespace

Image decode_jpeg(Bytes bytes, const DecodeOptions& options, int longest_side) {
  const Survey survey = Walker(bytes).run();
  check_size(static_cast<std::uint64_t>(survey.width), static_cast<std::uint64_t>(survey.height),
             options);
  check_plausible(least_bytes(survey), survey.entropy_bytes,
                  static_cast<std::uint64_t>(survey.width),
                  static_cast<std::uint64_t>(survey.height));
  const bool several = another_picture(bytes.subspan(survey.end));
  check_frames(several, options, "a second JPEG follows the first");
  const int orientation = survey.exif.empty() ? 1 : exif_orientation_to_apply(survey.exif, options);

  const bool gray = survey.components.size() == 1;
  const tjscalingfactor factor = scaling(survey, longest_side);
  cv::Mat pixels(TJSCALED(survey.height, factor), TJSCALED(survey.width, factor),
                 gray ? CV_8UC1 : CV_8UC3);
  tjhandle handle = turbojpeg<tjInitDecompress>();
  // Slow, exact inverse DCT and smooth chroma (the defaults), as Pillow does; warnings are errors.
  constexpr int kFlags = TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS;
  if (tjDecompress2(handle, bytes.data(), static_cast<unsigned long>(survey.end), pixels.data,
                    pixels.cols, static_cast<int>(pixels.step[0]), pixels.rows,
                    gray ? TJPF_GRAY : TJPF_RGB, kFlags) != 0) {
    throw corrupt(std::string("JPEG: ") + tjGetErrorStr2(handle));
  }
  return {turned(pixels, orientation), ImageFormat::jpeg, several};
}

}  // namespace zeromiss::codec
