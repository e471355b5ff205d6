#include <zeromiss/image/decode.hpp>
#include <zeromiss/image/encode.hpp>
#include <zeromiss/image/perturb.hpp>

#include <opencv2/core.hpp>

#include <cstdint>
#include <span>
#include <string>

namespace zeromiss {
namespace {

constexpr int kJpegQuality = 95;

cv::Mat lighter(const cv::Mat& pixels, int by) {
  cv::Mat result;
  cv::add(pixels, cv::Scalar::all(by), result);  // saturates
  return result;
}

/// Each pixel takes the place `right` and `down` of its own.
cv::Mat moved(const cv::Mat& pixels, int right, int down) {
  cv::Mat framed;
  cv::copyMakeBorder(pixels, framed, 1, 1, 1, 1, cv::BORDER_REPLICATE);
  return framed(cv::Rect(1 - right, 1 - down, pixels.cols, pixels.rows)).clone();
}

cv::Mat saved_again(const cv::Mat& pixels) {
  const std::string file = encode_jpeg(pixels, kJpegQuality);
  DecodeOptions options;
  options.max_pixels = pixels.total();  // larger than the default where the run allows it
  return decode({reinterpret_cast<const std::uint8_t*>(file.data()), file.size()}, options).pixels;
}

cv::Mat changed(const cv::Mat& pixels, Perturbation perturbation) {
  switch (perturbation) {
    case Perturbation::grey_down:
      return lighter(pixels, -1);
    case Perturbation::grey_up:
      return lighter(pixels, 1);
    case Perturbation::shift_left:
      return moved(pixels, -1, 0);
    case Perturbation::shift_right:
      return moved(pixels, 1, 0);
    case Perturbation::shift_up:
      return moved(pixels, 0, -1);
    case Perturbation::shift_down:
      return moved(pixels, 0, 1);
    case Perturbation::jpeg:
      break;
  }
  return saved_again(pixels);
}

}  // namespace

std::string_view perturbation_name(Perturbation perturbation) {
  constexpr std::array<std::string_view, kPerturbations.size()> kNames{
      "grey-1", "grey+1", "shift-left", "shift-right", "shift-up", "shift-down", "jpeg-95"};
  return kNames[static_cast<std::size_t>(perturbation)];
}

Image perturbed(const Image& image, Perturbation perturbation) {
  Image result = image;
  result.pixels = changed(image.pixels, perturbation);
  return result;
}

}  // namespace zeromiss
