// The fast way of a PNG: unpacked by libdeflate, read by libpng.
#include "../../../lib/image/png_stored.hpp"

#include "golden.hpp"
#include "support/catch.hpp"

#include <zeromiss/image/decode.hpp>
#include <zeromiss/image/encode.hpp>

#include <opencv2/core.hpp>

using namespace zeromiss;
using codec::Bytes;
using codec::stored_png;

namespace {

std::vector<std::uint8_t> png_of(const cv::Mat& pixels) {
  const std::string text = encode_png(pixels);
  return {text.begin(), text.end()};
}

/// Rows of a filter byte and the samples.
std::uint64_t raw_bytes(const cv::Mat& pixels) {
  return (pixels.total() / static_cast<std::size_t>(pixels.rows) * pixels.elemSize() + 1) *
         static_cast<std::size_t>(pixels.rows);
}

bool taken(const std::vector<std::uint8_t>& png, std::uint64_t raw) {
  return !stored_png(png, raw).pieces.empty();
}

}  // namespace

TEST_CASE("a PNG gives its pixels whatever the number of stored blocks", "[decode][png]") {
  // Raw bytes: 1 block of 65,535 exactly, one byte more, several, and a single pixel.
  for (const auto& [width, height, channels] :
       {std::tuple{254, 257, 1}, {255, 256, 1}, {300, 200, 3}, {1, 1, 1}, {1, 70000, 3}}) {
    CAPTURE(width, height, channels);
    const cv::Mat pixels = test::draw("noise", width, height, channels);
    const auto png = png_of(pixels);
    CHECK(taken(png, raw_bytes(pixels)));
    CHECK(cv::norm(decode(png, {}).pixels, pixels, cv::NORM_INF) == 0);
  }
}

TEST_CASE("what is unusual in a PNG is left to libpng", "[decode][png]") {
  const cv::Mat pixels = test::draw("noise", 40, 30, 3);
  const auto png = png_of(pixels);
  const std::uint64_t raw = raw_bytes(pixels);
  REQUIRE(taken(png, raw));
  CHECK_FALSE(taken(png, raw - 1));  // more or fewer pixels than the header says
  CHECK_FALSE(taken(png, raw + 1));
  for (std::size_t at = 8; at < png.size();
       ++at) {  // every byte is in a length, a name or a CRC's sum
    auto damaged = png;
    damaged[at] ^= 1U;
    CAPTURE(at);
    bool usable = false;
    try {
      usable = taken(damaged, raw);
    } catch (const ItemError&) {
      // a length that leads out of the file; decode() has walked the chunks before
    }
    CHECK_FALSE(usable);
  }
}
