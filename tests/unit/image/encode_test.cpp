#include "samples.hpp"

#include <zeromiss/image/decode.hpp>
#include <zeromiss/image/encode.hpp>

#include <cstdlib>
#include <stdexcept>

using namespace zeromiss;

namespace {

Image decoded(const std::string& bytes) {
  return decode(samples::Bytes(bytes.begin(), bytes.end()), {});
}

/// The same pixels as a part of a larger matrix, so that rows are not continuous.
cv::Mat as_part(const cv::Mat& pixels) {
  cv::Mat large(pixels.rows + 3, pixels.cols + 5, pixels.type(), cv::Scalar(9, 9, 9));
  cv::Mat part = large(cv::Rect(2, 1, pixels.cols, pixels.rows));
  pixels.copyTo(part);
  return part;
}

int largest_difference(const cv::Mat& a, const cv::Mat& b) {
  REQUIRE(a.size() == b.size());
  REQUIRE(a.type() == b.type());
  int largest = 0;
  for (std::size_t i = 0; i < a.total() * a.elemSize(); ++i) {
    largest = std::max(largest, std::abs(a.data[i] - b.data[i]));
  }
  return largest;
}

}  // namespace

TEST_CASE("an encoded PNG decodes to the same pixels") {
  for (const char* name : {"rgb8.png", "gray8.png"}) {
    const cv::Mat pixels = decode(samples::read(name), {}).pixels;
    const std::string png = encode_png(pixels);
    const Image back = decoded(png);
    CHECK(back.format == ImageFormat::png);
    CHECK(largest_difference(back.pixels, pixels) == 0);
    CHECK(encode_png(as_part(pixels)) == png);
  }
}

TEST_CASE("an encoded JPEG keeps gray gray, and colours in their order") {
  const cv::Mat gray = decode(samples::read("gray8.png"), {}).pixels;
  const Image gray_back = decoded(encode_jpeg(gray, 100));
  CHECK(gray_back.format == ImageFormat::jpeg);
  CHECK(largest_difference(gray_back.pixels, gray) <= 2);

  for (const int quality : {75, 95}) {
    const cv::Mat red(16, 16, CV_8UC3, cv::Scalar(250, 10, 20));
    const cv::Mat back = decoded(encode_jpeg(red, quality)).pixels;
    CHECK(largest_difference(back, red) <= 4);
  }
}

TEST_CASE("a JPEG of higher quality is larger and does not depend on how rows lie in memory") {
  const cv::Mat pixels = decode(samples::read("rgb8.png"), {}).pixels;
  CHECK(encode_jpeg(pixels, 95).size() > encode_jpeg(pixels, 40).size());
  CHECK(encode_jpeg(as_part(pixels), 80) == encode_jpeg(pixels, 80));
}

TEST_CASE("what cannot be encoded is refused") {
  CHECK_THROWS_AS(encode_png(cv::Mat()), std::invalid_argument);
  CHECK_THROWS_AS(encode_jpeg(cv::Mat(), 80), std::invalid_argument);
  CHECK_THROWS_AS(encode_png(cv::Mat(2, 2, CV_8UC4, cv::Scalar(1))), std::invalid_argument);
  CHECK_THROWS_AS(encode_png(cv::Mat(2, 2, CV_16UC1, cv::Scalar(1))), std::invalid_argument);
  CHECK_THROWS_AS(encode_jpeg(cv::Mat(2, 2, CV_8UC1, cv::Scalar(1)), 0), std::invalid_argument);
  CHECK_THROWS_AS(encode_jpeg(cv::Mat(2, 2, CV_8UC1, cv::Scalar(1)), 101), std::invalid_argument);
}
