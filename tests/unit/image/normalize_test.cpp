#include "golden.hpp"
#include "support/catch.hpp"

#include <zeromiss/image/transform.hpp>

#include <numeric>

using namespace zeromiss;

namespace {

InputSpec gray_spec(double scale, double mean, double std) {
  InputSpec spec;
  spec.color = ColorSpace::gray;
  spec.scale = scale;
  spec.mean = {mean};
  spec.std = {std};
  return spec;
}

std::vector<float> normalized(const cv::Mat& pixels, const InputSpec& spec) {
  std::vector<float> out(pixels.total() * pixels.elemSize());
  Normalizer{spec}(pixels, out.data());
  return out;
}

}  // namespace

TEST_CASE("all 256 values are normalised to torchvision's bits") {
  cv::Mat values(1, 256, CV_8UC1);
  std::iota(values.data, values.data + 256, std::uint8_t{0});
  const JsonNode cases = test::golden("normalize");
  REQUIRE(cases.size() == 11);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const JsonNode node = cases.at(i);
    const InputSpec spec =
        gray_spec(node.at("scale").number(), node.at("mean").number(), node.at("std").number());
    CAPTURE(i, spec.scale, spec.mean[0], spec.std[0]);
    CHECK(test::difference(normalized(values, spec), node) == "");
  }
}

TEST_CASE("each channel has its own mean and deviation, and channels stay interleaved") {
  InputSpec spec;
  spec.scale = 1.0;
  spec.mean = {0, 10, 20};
  spec.std = {1, 2, 4};
  cv::Mat pixels(1, 2, CV_8UC3, cv::Scalar(8, 8, 8));
  pixels.data[3] = 9;
  CHECK(normalized(pixels, spec) == std::vector<float>{8, -1, -3, 9, -1, -3});
}

TEST_CASE("rows with a gap between them are read without the gap") {
  const cv::Mat whole = test::draw("noise", 9, 5, 1);
  const cv::Mat part = whole(cv::Rect(2, 1, 4, 3));
  const InputSpec spec = gray_spec(1.0 / 255.0, 0.5, 0.5);
  CHECK(normalized(part, spec) == normalized(part.clone(), spec));
}
