#include "support/catch.hpp"

#include <zeromiss/image/perturb.hpp>

#include <opencv2/core.hpp>

#include <algorithm>
#include <cstdint>
#include <vector>

using namespace zeromiss;

namespace {

/// 3 wide, 2 high.
Image gray(const std::vector<std::uint8_t>& values) {
  cv::Mat pixels(2, 3, CV_8UC1);
  std::copy(values.begin(), values.end(), pixels.data);
  return {pixels};
}

std::vector<std::uint8_t> values_of(const Image& image) {
  return {image.pixels.data, image.pixels.data + image.pixels.total() * image.pixels.elemSize()};
}

std::vector<std::uint8_t> after(const Image& image, Perturbation perturbation) {
  return values_of(perturbed(image, perturbation));
}

using Values = std::vector<std::uint8_t>;

}  // namespace

TEST_CASE("a grey level more or less stops at the ends") {
  const Image image = gray({0, 1, 2, 253, 254, 255});
  CHECK(after(image, Perturbation::grey_down) == Values{0, 0, 1, 252, 253, 254});
  CHECK(after(image, Perturbation::grey_up) == Values{1, 2, 3, 254, 255, 255});
  CHECK(values_of(image) == Values{0, 1, 2, 253, 254, 255});  // its own pixels are left alone
  const Image colour{cv::Mat(1, 1, CV_8UC3, cv::Scalar(10, 20, 255))};
  CHECK(after(colour, Perturbation::grey_up) == Values{11, 21, 255});
  CHECK(after(colour, Perturbation::grey_down) == Values{9, 19, 254});
}

TEST_CASE("a shift moves the picture by one pixel and repeats its edge") {
  const Image image = gray({1, 2, 3,  //
                            4, 5, 6});
  CHECK(after(image, Perturbation::shift_left) == Values{2, 3, 3, 5, 6, 6});
  CHECK(after(image, Perturbation::shift_right) == Values{1, 1, 2, 4, 4, 5});
  CHECK(after(image, Perturbation::shift_up) == Values{4, 5, 6, 4, 5, 6});
  CHECK(after(image, Perturbation::shift_down) == Values{1, 2, 3, 1, 2, 3});
  CHECK(perturbed(image, Perturbation::shift_down).pixels.isContinuous());
}

TEST_CASE("JPEG changes a picture a little, always the same way, and keeps gray gray") {
  cv::Mat pixels(16, 16, CV_8UC1);
  for (int i = 0; i < 256; ++i) pixels.data[i] = static_cast<std::uint8_t>((i * 37) % 256);
  const Image image{pixels};
  const Image saved = perturbed(image, Perturbation::jpeg);
  CHECK(saved.pixels.type() == CV_8UC1);
  CHECK(saved.pixels.size() == pixels.size());
  const double most = cv::norm(saved.pixels, pixels, cv::NORM_INF);
  CHECK(most > 0);
  CHECK(most < 16);
  CHECK(values_of(perturbed(image, Perturbation::jpeg)) == values_of(saved));
}

TEST_CASE("every small change has a name of its own") {
  std::vector<std::string_view> names;
  for (const Perturbation one : kPerturbations) names.push_back(perturbation_name(one));
  CHECK(names == std::vector<std::string_view>{"grey-1", "grey+1", "shift-left", "shift-right",
                                               "shift-up", "shift-down", "jpeg-95"});
}
