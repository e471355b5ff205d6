// Every kind of content against pixels that Pillow decoded (or that the file was written from).

#include "samples.hpp"

#include <zeromiss/image/decode.hpp>
#include <zeromiss/image/encode.hpp>

#include <map>

using namespace zeromiss;

namespace {

/// "" when decoding under `rule` gives what the index says.
std::string outcome(const std::string& name, const std::string& rule,
                    const nlohmann::json& expected) {
  const samples::Bytes bytes = samples::read(name);
  const DecodeOptions options = samples::options_of(rule);
  if (expected.contains("error")) {
    const std::string code = samples::error_of(bytes, options);
    return code == expected["error"].get<std::string>() ? "" : "gave '" + code + "'";
  }
  try {
    return samples::difference(decode(bytes, options).pixels, expected);
  } catch (const ItemError& error) {
    return error.code() + ": " + error.what();
  }
}

std::vector<std::uint8_t> bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

}  // namespace

TEST_CASE("every sample decodes to Pillow's pixels, or is refused with the declared code") {
  CHECK(samples::index().size() > 100);
  for (const auto& [name, expected] : samples::index().items()) {
    INFO(name << " under the default rules");
    CHECK(outcome(name, "", expected) == "");
  }
}

TEST_CASE("every other rule does what it says") {
  std::map<std::string, int> seen;
  for (const auto& [name, sample] : samples::index().items()) {
    if (!sample.contains("rules")) continue;
    for (const auto& [rule, expected] : sample["rules"].items()) {
      INFO(name << " under " << rule);
      CHECK(outcome(name, rule, expected) == "");
      ++seen[rule];
    }
  }
  for (const char* rule : {"sixteen_bit_scale", "alpha_ignore", "orientation_apply",
                           "orientation_ignore", "frames_first"}) {
    INFO(rule);
    CHECK(seen[rule] >= 5);
  }
}

TEST_CASE("each file's format is named") {
  const std::map<std::string, ImageFormat> kinds = {
      {"rgb_420.jpg", ImageFormat::jpeg},    {"rgb8.png", ImageFormat::png},
      {"rgb24.bmp", ImageFormat::bmp},       {"rgb_raw.tif", ImageFormat::tiff},
      {"rgb_lossy.webp", ImageFormat::webp}, {"plain.gif", ImageFormat::gif},
      {"binary.ppm", ImageFormat::pnm}};
  for (const auto& [name, format] : kinds) {
    INFO(name);
    const Image image = decode(samples::read(name), {});
    CHECK(image.format == format);
    CHECK_FALSE(image.first_of_many);
  }
}

TEST_CASE("a picture taken out of several says so") {
  DecodeOptions first;
  first.frames = FramesRule::first;
  for (const char* name : {"two_pages.tif", "two_frames.gif", "animated.webp", "animated.png",
                           "two_pictures.jpg", "two_pictures.png", "two_pictures.pgm"}) {
    INFO(name);
    CHECK(decode(samples::read(name), first).first_of_many);
  }
}

TEST_CASE("a later picture is not touched by an earlier one") {
  // A decoder that keeps a buffer would show the first picture's rest in the second.
  const samples::Bytes first = samples::read("rgb_444.jpg");
  const samples::Bytes second = samples::read("gray.jpg");
  const Image before = decode(second, {});
  const Image kept = decode(first, {});
  const cv::Mat copy = kept.pixels.clone();
  const Image after = decode(second, {});
  CHECK(std::memcmp(before.pixels.data, after.pixels.data, before.pixels.total()) == 0);
  CHECK(std::memcmp(copy.data, kept.pixels.data, copy.total() * 3) == 0);
}

TEST_CASE("content of no known format is refused by its first bytes") {
  CHECK(samples::error_of({}) == "image.empty");
  CHECK(samples::error_of(samples::Bytes(4096, 0)) == "image.format");
  CHECK(samples::error_of(bytes_of("<!DOCTYPE html><html></html>")) == "image.format");
  CHECK(samples::error_of(bytes_of("%PDF-1.7")) == "image.format");
  CHECK(samples::error_of(bytes_of("P7\nWIDTH 2\n")) == "image.format");
  CHECK(samples::error_of(bytes_of("RIFF1234WAVE")) == "image.format");
  CHECK(samples::error_of(bytes_of("P5x")) == "image.format");
}

TEST_CASE("a picture above max_pixels is refused, one of exactly max_pixels is not") {
  DecodeOptions options;
  for (const char* name : {"rgb_420.jpg", "rgb8.png", "rgb24.bmp", "rgb_raw.tif", "rgb_lossy.webp",
                           "plain.gif", "binary.ppm", "plain.ppm"}) {
    INFO(name);
    options.max_pixels = 21 * 19;
    CHECK(samples::error_of(samples::read(name), options) == "");
    options.max_pixels = 21 * 19 - 1;
    CHECK(samples::error_of(samples::read(name), options) == "image.too_large");
  }
}

TEST_CASE("thumbnails shrink to the longest side and enlarge by whole factors") {
  const cv::Mat wide(100, 400, CV_8UC3, cv::Scalar(10, 20, 30));
  CHECK(thumbnail(wide, 200).size() == cv::Size(200, 50));
  CHECK(thumbnail(wide, 400).size() == cv::Size(400, 100));
  CHECK(thumbnail(wide, 799).size() == cv::Size(400, 100));
  CHECK(thumbnail(wide, 800).size() == cv::Size(800, 200));
  const cv::Mat thin(1, 1000, CV_8UC1, cv::Scalar(7));
  CHECK(thumbnail(thin, 10).size() == cv::Size(10, 1));

  cv::Mat dies = (cv::Mat_<std::uint8_t>(1, 2) << 0, 255);
  const cv::Mat large = thumbnail(dies, 7);  // 7 / 2 = 3 times
  REQUIRE(large.size() == cv::Size(6, 3));
  CHECK(large.at<std::uint8_t>(2, 2) == 0);
  CHECK(large.at<std::uint8_t>(0, 3) == 255);
}

TEST_CASE("a JPEG's thumbnail shows the same picture and keeps its rules") {
  // Left half red, right half blue: after 8-fold shrinking still so.
  cv::Mat pixels(480, 640, CV_8UC3, cv::Scalar(200, 0, 0));
  pixels.colRange(320, 640).setTo(cv::Scalar(0, 0, 200));
  const std::string jpeg = encode_jpeg(pixels, 95);
  const cv::Mat small = decode_thumbnail(bytes_of(jpeg), {}, 64);
  REQUIRE(small.size() == cv::Size(64, 48));
  CHECK(small.at<cv::Vec3b>(24, 16)[0] > 190);
  CHECK(small.at<cv::Vec3b>(24, 16)[2] < 10);
  CHECK(small.at<cv::Vec3b>(24, 48)[2] > 190);

  DecodeOptions apply;
  apply.orientation = OrientationRule::apply;
  const samples::Bytes turned = samples::read("exif_6.jpg");
  CHECK(decode_thumbnail(turned, apply, 21).size() == cv::Size(19, 21));
  CHECK_THROWS_AS(decode_thumbnail(turned, {}, 21), ItemError);
  CHECK_THROWS_AS(decode_thumbnail(bytes_of(jpeg.substr(0, jpeg.size() / 2)), {}, 64), ItemError);
}
