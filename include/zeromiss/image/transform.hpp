#pragma once

#include <zeromiss/base/json.hpp>
#include <zeromiss/image/image.hpp>

#include <opencv2/core/mat.hpp>

#include <array>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace zeromiss {

/// Colour space of the network's input, made from the decoded picture before any step.
/// gray: Pillow's "L" (ITU-R 601 in 16-bit fixed point); ycbcr, hsv, lab: OpenCV's 8-bit results
/// (H in 0..179), channels in the order of the name. A gray picture gets three equal channels
/// first.
enum class ColorSpace { rgb, bgr, gray, hsv, lab, ycbcr };

/// With antialias: Pillow's resampling, bit for bit. Without: OpenCV's INTER_NEAREST, INTER_AREA
/// (box), INTER_LINEAR, INTER_CUBIC, INTER_LANCZOS4.
enum class Filter { nearest, box, bilinear, bicubic, lanczos };

struct ResizeStep {
  int width, height;
  Filter filter;
  bool antialias;
};
/// Shorter side to `size`, the other by torchvision's rule int(size * long / short).
struct ResizeShortestStep {
  int size;
  Filter filter;
  bool antialias;
};
/// Fits into width x height without distortion, centred, the rest filled (Ultralytics' rounding).
struct LetterboxStep {
  int width, height;
  Filter filter;
  bool antialias;
  std::array<int, 3> fill;
};
/// torchvision's rounding; a picture smaller than the crop is an ItemError image.too_small.
struct CenterCropStep {
  int width, height;
};
struct CropStep {
  int x, y, width, height;
};
/// Counter-clockwise by a multiple of 90 degrees, lossless.
struct RotateStep {
  int degrees;
};
enum class FlipAxis { horizontal, vertical };
struct FlipStep {
  FlipAxis axis;
};

using Step = std::variant<ResizeStep, ResizeShortestStep, LetterboxStep, CenterCropStep, CropStep,
                          RotateStep, FlipStep>;

/// Everything between a decoded picture and the network's input tensor.
struct InputSpec {
  ColorSpace color = ColorSpace::rgb;
  std::vector<Step> steps;
  /// tensor = (pixel * scale - mean[c]) / std[c], in the arithmetic of torchvision's ToTensor and
  /// Normalize.
  double scale = 1.0 / 255.0;
  std::vector<double> mean, std;  ///< one value a channel

  [[nodiscard]] int channels() const { return color == ColorSpace::gray ? 1 : 3; }
};

/// Reads `color`, `steps`, `scale`, `mean` and `std` of a manifest's `input` object; other keys are
/// the caller's to check. @throws Error naming file and key.
InputSpec parse_input_spec(const JsonNode& input);

/// Size after all steps, for every input picture the same.
/// @throws Error(input) when the steps leave it open (no step fixes it)
cv::Size output_size(const InputSpec& spec);

/// Runs colour conversion and all steps.
/// @return CV_8UC1 or CV_8UC3 of output_size(), channels in the order of spec.color
/// @throws ItemError image.too_small when a crop does not fit
cv::Mat apply_steps(const Image& image, const InputSpec& spec);

/// Normalises one 8-bit picture into `out`, H x W x C interleaved (channels_last), C*H*W floats.
/// The 256 possible values of each channel are tabulated once.
class Normalizer {
 public:
  explicit Normalizer(const InputSpec& spec);
  void operator()(const cv::Mat& pixels, float* out) const;

 private:
  std::vector<std::array<float, 256>> table_;
};

}  // namespace zeromiss
