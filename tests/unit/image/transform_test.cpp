#include "golden.hpp"
#include "support/catch.hpp"

#include <zeromiss/image/transform.hpp>

#include <array>
#include <string_view>

using namespace zeromiss;

namespace {

Image image_of(const cv::Mat& pixels) { return Image{pixels, ImageFormat::png, false}; }

InputSpec with_steps(std::vector<Step> steps, ColorSpace color = ColorSpace::rgb) {
  InputSpec spec;
  spec.color = color;
  spec.steps = std::move(steps);
  return spec;
}

cv::Mat pixel(int red, int green, int blue) {
  return cv::Mat(1, 1, CV_8UC3, cv::Scalar(red, green, blue));
}

std::vector<int> values(const cv::Mat& picture) {
  return {picture.data, picture.data + picture.total() * picture.elemSize()};
}

std::vector<int> converted(const cv::Mat& picture, ColorSpace color) {
  return values(apply_steps(image_of(picture), with_steps({}, color)));
}

std::string no_size(const InputSpec& spec) {
  try {
    static_cast<void>(output_size(spec));
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return error.what();
  }
  return "none";
}

std::string code_of(const cv::Mat& picture, const Step& step) {
  try {
    apply_steps(image_of(picture), with_steps({step}));
  } catch (const ItemError& error) {
    return error.code();
  }
  return "none";
}

}  // namespace

TEST_CASE("colours and steps give the bytes of Pillow, torchvision, OpenCV and NumPy") {
  const JsonNode cases = test::golden("steps");
  REQUIRE(cases.size() == 193);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const JsonNode node = cases.at(i);
    const InputSpec spec = parse_input_spec(node.at("input"));
    const cv::Mat result = apply_steps(image_of(test::draw(node.at("picture"))), spec);
    CAPTURE(i, json_line(node.raw()));
    CHECK(result.cols == node.at("width").integer(1, 65536));
    CHECK(result.rows == node.at("height").integer(1, 65536));
    CHECK(output_size(spec) == result.size());
    CHECK(test::difference(result, node.at("pixels")) == "");

    std::vector<float> tensor(result.total() * result.elemSize());
    Normalizer{spec}(result, tensor.data());
    CHECK(test::difference(tensor, node.at("tensor")) == "");
  }
}

TEST_CASE("warps, filters and equalisation give the bytes of OpenCV") {
  const JsonNode cases = test::opencv_golden();
  REQUIRE(cases.size() == 445);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const JsonNode node = cases.at(i);
    const InputSpec spec = parse_input_spec(node.at("input"));
    const cv::Mat result = apply_steps(image_of(test::draw(node.at("picture"))), spec);
    CAPTURE(i, json_line(node.raw()));
    CHECK(result.cols == node.at("width").integer(1, 65536));
    CHECK(result.rows == node.at("height").integer(1, 65536));
    CHECK(test::difference(result, node.at("pixels")) == "");
  }
}

TEST_CASE("single colours convert to their published values") {
  const cv::Mat red = pixel(255, 0, 0);
  CHECK(converted(red, ColorSpace::rgb) == std::vector{255, 0, 0});
  CHECK(converted(red, ColorSpace::bgr) == std::vector{0, 0, 255});
  CHECK(converted(red, ColorSpace::gray) == std::vector{76});  // 0.299 * 255
  CHECK(converted(red, ColorSpace::hsv) == std::vector{0, 255, 255});
  CHECK(converted(pixel(0, 0, 255), ColorSpace::hsv) == std::vector{120, 255, 255});  // 240 deg / 2
  CHECK(converted(red, ColorSpace::ycbcr) == std::vector{76, 85, 255});  // BT.601 full range, cut
  CHECK(converted(red, ColorSpace::lab) == std::vector{136, 208, 195});  // L 53.2, a 80.1, b 67.2
}

TEST_CASE("a gray picture becomes three equal channels") {
  const cv::Mat gray(1, 1, CV_8UC1, cv::Scalar(77));
  CHECK(converted(gray, ColorSpace::rgb) == std::vector{77, 77, 77});
  CHECK(converted(gray, ColorSpace::gray) == std::vector{77});
  CHECK(converted(gray, ColorSpace::ycbcr) == std::vector{77, 128, 128});
}

TEST_CASE("steps never write into the decoded picture") {
  const cv::Mat picture = test::draw("noise", 12, 10, 3);
  const cv::Mat before = picture.clone();
  for (const Step& step : std::vector<Step>{
           FlipStep{FlipAxis::horizontal}, RotateStep{180}, CropStep{1, 1, 4, 4}, BlurStep{3, 3},
           MedianStep{3},
           EqualizeStep{EqualizeMethod::global, EqualizedChannels::all, 0, 0, 0, ColorSpace::bgr}})
    apply_steps(image_of(picture), with_steps({step}, ColorSpace::bgr));
  CHECK(values(picture) == values(before));
}

TEST_CASE("rotation is counter-clockwise and a horizontal flip mirrors left and right") {
  cv::Mat picture(1, 2, CV_8UC1);
  picture.data[0] = 1;
  picture.data[1] = 2;
  const auto gray = [&](const Step& step) {
    return apply_steps(image_of(picture), with_steps({step}, ColorSpace::gray));
  };
  CHECK(gray(RotateStep{90}).size() == cv::Size(1, 2));
  CHECK(values(gray(RotateStep{90})) == std::vector{2, 1});  // the right end comes to the top
  CHECK(values(gray(RotateStep{270})) == std::vector{1, 2});
  CHECK(values(gray(FlipStep{FlipAxis::horizontal})) == std::vector{2, 1});
  CHECK(values(gray(FlipStep{FlipAxis::vertical})) == std::vector{1, 2});
}

TEST_CASE("a letterbox puts the odd pixel to the right and fills in the order of the colour") {
  // 2x4 into 5x4: ratio 1, three columns left over, 1 on the left, 2 on the right
  const cv::Mat picture(4, 2, CV_8UC3, cv::Scalar(9, 9, 9));
  const LetterboxStep step{5, 4, Filter::bilinear, false, {1, 2, 3}};
  for (const ColorSpace color : {ColorSpace::rgb, ColorSpace::bgr}) {
    const cv::Mat result = apply_steps(image_of(picture), with_steps({step}, color));
    CHECK(values(result.row(0)) == std::vector{1, 2, 3, 9, 9, 9, 9, 9, 9, 1, 2, 3, 1, 2, 3});
  }
}

TEST_CASE("a picture that a crop does not fit into is refused, not padded") {
  const cv::Mat picture = test::draw("noise", 10, 8, 3);
  CHECK(code_of(picture, CenterCropStep{10, 8}) == "none");
  CHECK(code_of(picture, CenterCropStep{11, 8}) == "image.too_small");
  CHECK(code_of(picture, CenterCropStep{10, 9}) == "image.too_small");
  CHECK(code_of(picture, CropStep{3, 2, 7, 6}) == "none");
  CHECK(code_of(picture, CropStep{4, 2, 7, 6}) == "image.too_small");
  CHECK(code_of(picture, CropStep{3, 3, 7, 6}) == "image.too_small");
}

TEST_CASE("a picture too narrow to fit or to grow is refused") {
  const cv::Mat line = test::draw("noise", 1, 2000, 1);
  CHECK(code_of(line, LetterboxStep{224, 224, Filter::bilinear, true, {0, 0, 0}}) ==
        "image.too_small");  // 1 * 224 / 2000 rounds to 0
  CHECK(code_of(line, ResizeShortestStep{32, Filter::bilinear, true}) == "none");
  CHECK(code_of(line, ResizeShortestStep{33, Filter::bilinear, true}) == "image.too_large");
}

TEST_CASE("a warp refuses sides that OpenCV's 16-bit coordinates cannot reach") {
  const WarpSampling sampling{Filter::nearest, {0, 0, 0}};
  const AffineStep same{{1, 0, 0, 0, 1, 0}, 8, 1, sampling};
  const cv::Mat longest(1, 32'766, CV_8UC3, cv::Scalar(1, 2, 3));
  const cv::Mat longer(1, 32'767, CV_8UC3, cv::Scalar(1, 2, 3));
  CHECK(code_of(longest, same) == "none");
  CHECK(code_of(longer, same) == "image.too_large");
  CHECK(code_of(longer, PerspectiveStep{{1, 0, 0, 0, 1, 0, 0, 0, 1}, 8, 1, sampling}) ==
        "image.too_large");
  CHECK(code_of(longest, RotateAnyStep{10, false, sampling}) == "none");
  CHECK(code_of(longer, RotateAnyStep{10, false, sampling}) == "image.too_large");
  CHECK(code_of(longest, RotateAnyStep{10, true, sampling}) == "image.too_large");  // 32269 x 5690
}

TEST_CASE("a free rotation is counter-clockwise, and expanding keeps every corner") {
  // By 90 degrees it is the lossless one: the centre of an even side lies between two pixels.
  const cv::Mat picture = test::draw("noise", 9, 6, 3);
  const auto turned = [&](const Step& step) {
    return values(apply_steps(image_of(picture), with_steps({step})));
  };
  const WarpSampling sampling{Filter::bilinear, {0, 0, 0}};
  for (const int degrees : {90, 180, 270})
    CHECK(turned(RotateAnyStep{1.0 * degrees, true, sampling}) == turned(RotateStep{degrees}));
  // sqrt(2)/2 * (30 + 10) = 28.3
  CHECK(output_size(with_steps({CropStep{0, 0, 30, 10}, RotateAnyStep{45, true, sampling}})) ==
        cv::Size(29, 29));
  CHECK(output_size(with_steps({CropStep{0, 0, 30, 10}, RotateAnyStep{45, false, sampling}})) ==
        cv::Size(30, 10));
}

TEST_CASE("the size after the steps is known, or the missing step is named") {
  const ResizeShortestStep shortest{64, Filter::bilinear, true};
  CHECK(output_size(with_steps({shortest, CenterCropStep{56, 48}, RotateStep{90}})) ==
        cv::Size(48, 56));
  CHECK(output_size(with_steps({ResizeStep{100, 50, Filter::box, true}, shortest})) ==
        cv::Size(128, 64));
  CHECK(no_size(with_steps({})).find("add a step resize") != std::string::npos);
  CHECK(no_size(with_steps({shortest})).find("add a step resize") != std::string::npos);
  CHECK(no_size(with_steps({ResizeStep{32, 32, Filter::box, true}, CenterCropStep{33, 32}}))
            .find("center_crop needs a picture of at least 33x32, found 32x32") !=
        std::string::npos);
}
