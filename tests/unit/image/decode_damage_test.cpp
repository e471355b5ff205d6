// Damage of every kind that a format can show must be refused, and in the header's bounds.

#include "samples.hpp"

#include <zeromiss/image/decode.hpp>
#include <zeromiss/image/encode.hpp>

#include <stdlib.h>

#include <algorithm>
#include <random>
#include <thread>

using namespace zeromiss;
using samples::Bytes;

namespace {

/// Smooth shapes with strong noise, like a microscope picture: about 4 bits a pixel as JPEG.
cv::Mat textured(int width, int height, int type) {
  cv::Mat pixels(height, width, type);
  std::mt19937 random(20);
  const std::size_t row = static_cast<std::size_t>(width) * pixels.elemSize();
  for (int y = 0; y < height; ++y) {
    for (std::size_t x = 0; x < row; ++x) {
      const int smooth = 128 + static_cast<int>((x / 9 + static_cast<std::size_t>(y) / 5) % 64);
      pixels.ptr(y)[x] = static_cast<std::uint8_t>(smooth + static_cast<int>(random() % 48));
    }
  }
  return pixels;
}

Bytes jpeg_bytes() {
  static const std::string jpeg = encode_jpeg(textured(640, 480, CV_8UC3), 92);
  return {jpeg.begin(), jpeg.end()};
}

void put32(Bytes& bytes, std::size_t at, std::uint32_t value, bool big_endian) {
  for (std::size_t i = 0; i < 4; ++i) {
    const std::size_t shift = 8 * (big_endian ? 3 - i : i);
    bytes.at(at + i) = static_cast<std::uint8_t>(value >> shift);
  }
}

}  // namespace

TEST_CASE("no proper prefix of any sample is accepted") {
  for (const auto& [name, sample] : samples::index().items()) {
    // A picture followed by zeros or notes is whole before its end: only that may be accepted.
    const bool more_behind = name == "notes_behind.jpg" || name == "notes_behind.png" ||
                             name == "tail_zero.bmp" || name == "tail.pgm" || name == "tail.bmp" ||
                             name.rfind("two_pictures", 0) == 0;
    if (more_behind) continue;
    const Bytes whole = samples::read(name);
    for (std::size_t size = 1; size < whole.size(); ++size) {
      const std::string code =
          samples::error_of({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
      if (code.empty()) FAIL(name << " accepted after " << size << " of " << whole.size());
      if (!sample.contains("error") && code != "image.truncated") {
        FAIL_CHECK(name << " cut at " << size << " of " << whole.size() << " gave " << code);
        break;
      }
    }
  }
}

TEST_CASE("a picture with something behind it is only accepted whole") {
  for (const char* name : {"notes_behind.jpg", "notes_behind.png", "tail_zero.bmp"}) {
    INFO(name);
    const Bytes whole = samples::read(name);
    const Image expected = decode(whole, {});
    for (std::size_t size = 1; size < whole.size(); ++size) {
      const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      if (!samples::error_of(part).empty()) continue;
      const Image image = decode(part, {});
      const std::size_t count = expected.pixels.total() * expected.pixels.elemSize();
      REQUIRE(std::memcmp(image.pixels.data, expected.pixels.data, count) == 0);
    }
  }
}

TEST_CASE("a baseline JPEG with 512 zeroed bytes anywhere is refused") {
  const Bytes whole = jpeg_bytes();
  REQUIRE(whole.size() > 100'000);
  std::mt19937 random(1);
  for (int i = 0; i < 300; ++i) {
    Bytes damaged = whole;
    const std::size_t at = random() % (damaged.size() - 512);
    std::fill_n(damaged.begin() + static_cast<std::ptrdiff_t>(at), 512, std::uint8_t{0});
    INFO("zeros at byte " << at);
    CHECK(samples::error_of(damaged) != "");
  }
}

TEST_CASE("a lost write, which leaves zeros up to the end, is refused in every sample") {
  for (const auto& [name, sample] : samples::index().items()) {
    if (sample.contains("error")) continue;
    const std::string format = name.substr(name.rfind('.'));
    // These carry no check of their own: zeros are pixels to them (the manual says so).
    if (format == ".bmp" || format == ".tif" || format == ".webp") continue;
    const Bytes whole = samples::read(name);
    if (whole[0] == 'P' && whole[1] > '3') continue;  // binary PNM: neither
    if (name.rfind("notes_behind", 0) == 0) continue;
    for (std::size_t keep = 1; keep < whole.size(); ++keep) {
      Bytes damaged = whole;
      const auto from = damaged.begin() + static_cast<std::ptrdiff_t>(keep);
      if (std::all_of(from, damaged.end(), [](auto byte) { return byte == 0; })) continue;
      std::fill(from, damaged.end(), std::uint8_t{0});
      if (samples::error_of(damaged).empty()) FAIL(name << " accepted, zero from byte " << keep);
    }
  }
}

TEST_CASE("every flipped bit of a PNG is found") {
  for (const char* name : {"rgb8.png", "gray8_interlaced.png", "palette8.png", "bad_profile.png"}) {
    const Bytes whole = samples::read(name);
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
      Bytes damaged = whole;
      damaged[bit / 8] = static_cast<std::uint8_t>(damaged[bit / 8] ^ (1U << (bit % 8)));
      if (samples::error_of(damaged).empty())
        FAIL(name << " accepted with bit " << bit << " flipped");
    }
  }
}

TEST_CASE("a progressive JPEG without its last scans is refused") {
  // libjpeg itself shows it, coarser, without a warning.
  for (const char* name : {"rgb_progressive.jpg", "gray_progressive.jpg"}) {
    INFO(name);
    const Bytes whole = samples::read(name);
    std::vector<std::size_t> scans;
    for (std::size_t i = 0; i + 1 < whole.size(); ++i) {
      if (whole[i] == 0xFF && whole[i + 1] == 0xDA) scans.push_back(i);
    }
    REQUIRE(scans.size() >= 4);
    for (std::size_t keep = 1; keep < scans.size(); ++keep) {
      Bytes coarse(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(scans[keep]));
      coarse.insert(coarse.end(), {0xFF, 0xD9});
      CHECK(samples::error_of(coarse) == "image.corrupt");
    }
  }
}

TEST_CASE("random damage never crashes a decoder, and what it accepts has the header's size") {
  std::mt19937 random(3);
  DecodeOptions options;
  options.max_pixels = 100'000;
  for (const auto& [name, sample] : samples::index().items()) {
    const Bytes whole = samples::read(name);
    for (int i = 0; i < 200; ++i) {
      Bytes damaged = whole;
      for (unsigned k = 0; k <= random() % 8; ++k) {
        damaged[random() % damaged.size()] = static_cast<std::uint8_t>(random());
      }
      INFO(name << ", round " << i);
      try {
        const Image image = decode(damaged, options);
        CHECK(image.pixels.total() <= options.max_pixels);
        CHECK((image.pixels.type() == CV_8UC1 || image.pixels.type() == CV_8UC3));
      } catch (const ItemError& error) {
        CHECK(std::string(error.what()) != "");
      }
    }
  }
}

TEST_CASE("headers that claim more than the file can hold are refused") {
  // 9,999 x 9,999 stays below the default limit of 100 million pixels: the data must speak.
  constexpr std::uint32_t kSide = 9'999;
  Bytes jpeg = samples::read("gray.jpg");
  const std::uint8_t marker[] = {0xFF, 0xC0};
  const auto frame = std::search(jpeg.begin(), jpeg.end(), std::begin(marker), std::end(marker));
  REQUIRE(frame != jpeg.end());
  const auto at = static_cast<std::size_t>(frame - jpeg.begin());
  put32(jpeg, at + 5, kSide << 16U | kSide, true);
  CHECK(samples::error_of(jpeg) == "image.corrupt");

  Bytes bmp = samples::read("rgb24.bmp");
  put32(bmp, 18, kSide, false);
  put32(bmp, 22, kSide, false);
  CHECK(samples::error_of(bmp) == "image.truncated");

  const std::string pnm = "P6 9999 9999 255\nabc";
  CHECK(samples::error_of({pnm.begin(), pnm.end()}) == "image.truncated");
  const std::string plain = "P2 9999 9999 255\n1 2 3 ";
  CHECK(samples::error_of({plain.begin(), plain.end()}) == "image.truncated");

  Bytes gif = samples::read("plain.gif");
  put32(gif, 6, kSide << 16U | kSide, false);
  CHECK(samples::error_of(gif) == "image.corrupt");
}

TEST_CASE("sizes of zero and sizes beyond any memory are refused in the header") {
  const auto pnm = [](const std::string& text) {
    return samples::error_of({text.begin(), text.end()});
  };
  CHECK(pnm("P5 0 4 255\n") == "image.corrupt");
  CHECK(pnm("P5 4294967295 4294967295 255\n") == "image.too_large");
  CHECK(pnm("P5 4294967296 1 255\n") == "image.corrupt");
  CHECK(pnm("P5 99999999999999999999 1 255\n") == "image.corrupt");

  Bytes bmp = samples::read("rgb24.bmp");
  put32(bmp, 18, 0, false);
  CHECK(samples::error_of(bmp) == "image.corrupt");
  put32(bmp, 18, 0x7FFFFFFF, false);
  put32(bmp, 22, 0x80000000, false);  // -2^31: its absolute value does not fit
  CHECK(samples::error_of(bmp) == "image.too_large");
  put32(bmp, 18, 0xFFFFFFFF, false);
  CHECK(samples::error_of(bmp) == "image.corrupt");

  // A 20-billion-pixel PNG: refused by its header, before libpng looks.
  Bytes png = samples::read("gray8.png");
  put32(png, 16, 200'000, true);
  put32(png, 20, 100'000, true);
  CHECK(samples::error_of(png) == "image.too_large");

  Bytes webp = samples::read("rgb_lossless.webp");
  webp.resize(12);
  put32(webp, 4, 4, false);
  CHECK(samples::error_of(webp) == "image.corrupt");
}

TEST_CASE("bytes behind the pixels of a format without any check are refused") {
  for (const char* name : {"rgb24.bmp", "binary.ppm", "plain.gif", "rgb_lossless.webp"}) {
    INFO(name);
    Bytes bytes = samples::read(name);
    bytes.insert(bytes.end(), 100, std::uint8_t{0});
    CHECK(samples::error_of(bytes) == "");
    bytes.back() = 1;
    CHECK(samples::error_of(bytes) == "image.corrupt");
  }
}

TEST_CASE("a binary PNM after a transfer in text mode is refused") {
  // Every LF became CR LF. The one white space behind the header is then CR, and LF the first
  // pixel.
  const std::string text = "P5\r\n4 2\r\n255\r\n" + std::string(8, '\0');
  CHECK(samples::error_of({text.begin(), text.end()}) == "image.corrupt");
  const std::string whole = "P5\n4 2\n255\n\n" + std::string(7, '\0');  // 10 as the first pixel
  CHECK(samples::error_of({whole.begin(), whole.end()}) == "");
}

TEST_CASE(
    "zeros in the data of a smooth baseline JPEG are refused although libjpeg may not complain") {
  cv::Mat smooth(320, 320, CV_8UC1);
  for (int y = 0; y < smooth.rows; ++y)
    for (int x = 0; x < smooth.cols; ++x)
      smooth.at<std::uint8_t>(y, x) = static_cast<std::uint8_t>(100 + x / 8 + y / 16 + (x * y) % 3);
  const std::string jpeg = encode_jpeg(smooth, 92);
  const Bytes whole(jpeg.begin(), jpeg.end());
  REQUIRE(samples::error_of(whole) == "");
  for (std::size_t at = 700; at + 600 < whole.size(); at += 37) {
    Bytes damaged = whole;
    std::fill_n(damaged.begin() + static_cast<std::ptrdiff_t>(at), 512, std::uint8_t{0});
    INFO("zeros at byte " << at);
    // By this rule, and not by luck: libjpeg accepts about one in twenty.
    CHECK_THROWS_WITH(decode(damaged, {}), Catch::Matchers::ContainsSubstring("run of zeros"));
  }
}

TEST_CASE("a flat JPEG whose own tables turn it into zeros is a picture") {
  // libjpeg-turbo then makes tables for this picture: its blocks are "0" and "0". It keeps them in
  // its compressor, so that of another thread is used.
  std::string jpeg;
  ::setenv("TJ_OPTIMIZE", "1", 1);
  std::thread([&] { jpeg = encode_jpeg(cv::Mat(1024, 1024, CV_8UC1, cv::Scalar(7)), 92); }).join();
  ::unsetenv("TJ_OPTIMIZE");
  REQUIRE(jpeg.find(std::string(1000, '\0')) != std::string::npos);
  CHECK(samples::error_of({jpeg.begin(), jpeg.end()}) == "");
}
