#include "damages.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace zeromiss::test {
namespace {

std::size_t below(Random& random, std::size_t count) {
  return static_cast<std::size_t>(random() % std::max<std::size_t>(count, 1));
}
auto at(Bytes& bytes, std::size_t index) {
  return bytes.begin() + static_cast<std::ptrdiff_t>(index);
}

/// [from, to) of one damaged sector of a disk: 512 bytes, aligned.
struct Sector {
  std::size_t from, to;
};
Sector sector(const Bytes& bytes, Random& random) {
  constexpr std::size_t kSector = 512;
  const std::size_t from = below(random, (bytes.size() + kSector - 1) / kSector) * kSector;
  return {from, std::min(from + kSector, bytes.size())};
}

void cut(Bytes& bytes, Random& random, const Format&, const Bytes&) {
  bytes.resize(1 + below(random, bytes.size() - 1));
}
void cut_end(Bytes& bytes, Random& random, const Format&, const Bytes&) {
  bytes.resize(bytes.size() - 1 - below(random, std::min<std::size_t>(16, bytes.size() - 1)));
}
void empty(Bytes& bytes, Random&, const Format&, const Bytes&) { bytes.clear(); }

void zero_sector(Bytes& bytes, Random& random, const Format&, const Bytes&) {
  const auto [from, to] = sector(bytes, random);
  std::fill(at(bytes, from), at(bytes, to), std::uint8_t{0});
}
void zero_page(Bytes& bytes, Random& random, const Format&, const Bytes&) {
  constexpr std::size_t kPage = 4096;
  const std::size_t from = below(random, (bytes.size() + kPage - 1) / kPage) * kPage;
  std::fill(at(bytes, from), at(bytes, std::min(from + kPage, bytes.size())), std::uint8_t{0});
}
/// A file that was laid out before it was written, and not written to its end.
void zero_tail(Bytes& bytes, Random& random, const Format&, const Bytes&) {
  std::fill(at(bytes, below(random, bytes.size())), bytes.end(), std::uint8_t{0});
}
void noise_sector(Bytes& bytes, Random& random, const Format&, const Bytes&) {
  const auto [from, to] = sector(bytes, random);
  for (std::size_t i = from; i < to; ++i) bytes[i] = static_cast<std::uint8_t>(random());
}
void flip_bit(Bytes& bytes, Random& random, const Format&, const Bytes&) {
  const std::size_t bit = below(random, bytes.size() * 8);
  bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (1U << (bit % 8)));
}
void lost_sector(Bytes& bytes, Random& random, const Format&, const Bytes&) {
  const auto [from, to] = sector(bytes, random);
  bytes.erase(at(bytes, from), at(bytes, to));
}
void doubled_sector(Bytes& bytes, Random& random, const Format&, const Bytes&) {
  const auto [from, to] = sector(bytes, random);
  const Bytes twice(at(bytes, from), at(bytes, to));
  bytes.insert(at(bytes, to), twice.begin(), twice.end());
}
/// The new picture's beginning, the old one's end: a place on the disk that was used before.
void old_tail(Bytes& bytes, Random& random, const Format&, const Bytes& other) {
  const std::size_t from = below(random, bytes.size());
  for (std::size_t i = from; i < bytes.size() && i < other.size(); ++i) bytes[i] = other[i];
}
/// A transfer in text mode: every LF becomes CR LF.
void text_mode(Bytes& bytes, Random&, const Format&, const Bytes&) {
  Bytes changed;
  for (const std::uint8_t byte : bytes) {
    if (byte == '\n') changed.push_back('\r');
    changed.push_back(byte);
  }
  bytes = changed;
}
void seven_bits(Bytes& bytes, Random&, const Format&, const Bytes&) {
  for (std::uint8_t& byte : bytes) byte &= 0x7F;
}
void wrong_magic(Bytes& bytes, Random& random, const Format&, const Bytes&) {
  for (std::size_t i = 0; i < std::min<std::size_t>(bytes.size(), 4); ++i)
    bytes[i] =
        static_cast<std::uint8_t>(0x80 | random());  // no known format begins with four such bytes
}
void web_page(Bytes& bytes, Random&, const Format&, const Bytes&) {
  constexpr std::string_view kPage = "<!DOCTYPE html>\n<title>401 Unauthorized</title>\n";
  bytes.assign(kPage.begin(), kPage.end());
}
void bomb(Bytes& bytes, Random& random, const Format& format, const Bytes&) {
  constexpr std::array<std::uint32_t, 4> kSides = {9'999, 20'000, 30'000, 65'535};
  if (format.claim != nullptr) format.claim(bytes, kSides[below(random, kSides.size())]);
}
/// The header of one, the rest of a file that is another size.
void swapped_size(Bytes& bytes, Random& random, const Format& format, const Bytes&) {
  if (format.claim != nullptr)
    format.claim(bytes, 8 + static_cast<std::uint32_t>(below(random, 400)));
}

constexpr std::array kDamages = {
    Damage{"cut", cut, "*"},
    Damage{"cut-end", cut_end, "*"},
    Damage{"empty", empty, "*"},
    Damage{"web-page", web_page, "*"},
    Damage{"wrong-magic", wrong_magic, "*"},
    Damage{"bomb", bomb, "*"},
    Damage{"zero-sector", zero_sector, "jpeg png-rgb png-gray tiff-deflate pgm-plain"},
    Damage{"zero-page", zero_page, "jpeg png-rgb png-gray tiff-deflate pgm-plain"},
    Damage{"zero-tail", zero_tail,
           "jpeg jpeg-progressive png-rgb png-gray tiff tiff-lzw tiff-deflate tiff-packbits gif "
           "pgm-plain"},
    Damage{"noise-sector", noise_sector, "jpeg png-rgb png-gray tiff-deflate pgm-plain"},
    Damage{"flipped-bit", flip_bit, "png-rgb png-gray"},
    Damage{"lost-sector", lost_sector,
           "jpeg png-rgb png-gray bmp tiff tiff-deflate pgm ppm pgm-plain"},
    Damage{"doubled-sector", doubled_sector, "png-rgb png-gray tiff-deflate"},
    Damage{"old-tail", old_tail, "png-rgb png-gray"},
    Damage{"text-mode", text_mode, "jpeg jpeg-progressive png-rgb png-gray pgm ppm"},
    Damage{"seven-bits", seven_bits, "jpeg jpeg-progressive png-rgb png-gray"},
    Damage{"wrong-size", swapped_size, "png-rgb png-gray"},
};

}  // namespace

std::span<const Damage> damages() { return kDamages; }

bool always_found(const Damage& damage, const Format& format) {
  const std::string names = std::string(" ") + damage.always_found + " ";
  return names == " * " || names.find(std::string(" ") + format.name + " ") != std::string::npos;
}

}  // namespace zeromiss::test
