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

/// How a warp reads between and beside the pixels. Filters: nearest, bilinear, bicubic, lanczos
/// (OpenCV's INTER_* of warpAffine). Sources and results of a warp have at most 32766 pixels a
/// side: OpenCV counts them in 16 bits.
struct WarpSampling {
  Filter filter;
  std::array<int, 3> fill;  ///< outside the picture, in the order of the colour space
};
/// Counter-clockwise by any angle about the picture's centre, ((w - 1) / 2, (h - 1) / 2) in pixel
/// indices. expand: the result takes in every corner, ceil(w |cos| + h |sin|) wide and
/// ceil(w |sin| + h |cos|) high; else it keeps the size.
struct RotateAnyStep {
  double degrees;
  bool expand;
  WarpSampling sampling;
};
/// cv::warpAffine: (x, y) comes to matrix * (x, y, 1); pixel indices, row-major.
struct AffineStep {
  std::array<double, 6> matrix;
  int width, height;
  WarpSampling sampling;
};
/// cv::warpPerspective: as AffineStep, divided by the third row.
struct PerspectiveStep {
  std::array<double, 9> matrix;
  int width, height;
  WarpSampling sampling;
};

// Filters of OpenCV with its default borders: BORDER_REFLECT_101, for the median BORDER_REPLICATE.

/// cv::blur: the mean of width x height pixels, both odd.
struct BlurStep {
  int width, height;
};
/// cv::GaussianBlur; width and height odd. Both sigmas are 0: 0.3 ((n - 1) / 2 - 1) + 0.8.
struct GaussianStep {
  int width, height;
  double sigma_x, sigma_y;
};
/// cv::medianBlur of size x size pixels, odd, from 3.
struct MedianStep {
  int size;
};
/// unsharp: cv::addWeighted(v, 1 + amount, GaussianBlur(v), -amount, 0).
/// laplacian: cv::filter2D with 1 + 4 amount in the middle, -amount at its four neighbours.
enum class SharpenMethod { unsharp, laplacian };
struct SharpenStep {
  SharpenMethod method;
  double amount;
  GaussianStep blur;  ///< of unsharp alone
};
enum class EqualizeMethod { global, clahe };
/// all: each channel by itself. luma, lightness, value: the channel Y, L or V alone; of an RGB
/// picture through OpenCV's YCrCb, Lab or HSV and back.
enum class EqualizedChannels { all, luma, lightness, value };
/// cv::equalizeHist, or cv::CLAHE with its clip limit and a grid of columns x rows.
struct EqualizeStep {
  EqualizeMethod method;
  EqualizedChannels channels;
  double clip_limit;
  int columns, rows;
  ColorSpace color;  ///< of the picture: parse_input_spec() copies InputSpec::color
};

/// Cuts a large picture into tiles that overlap by `overlap` pixels (zeromiss/image/tiles.hpp); the
/// steps after it work on each tile. At most one in a spec.
struct TileStep {
  int width, height, overlap;
};

using Step = std::variant<ResizeStep, ResizeShortestStep, LetterboxStep, CenterCropStep, CropStep,
                          RotateStep, FlipStep, RotateAnyStep, AffineStep, PerspectiveStep,
                          BlurStep, GaussianStep, MedianStep, SharpenStep, EqualizeStep, TileStep>;

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
/// @throws ItemError image.too_small when a crop does not fit, image.too_large for a warp;
///         std::logic_error for a spec with a tile step: TiledPicture has its pictures
cv::Mat apply_steps(const Image& image, const InputSpec& spec);

/// Normalises one 8-bit picture into `out`, H x W x C interleaved (channels_last), C*H*W floats.
/// The 256 possible values of each channel are tabulated once.
class Normalizer {
 public:
  explicit Normalizer(const InputSpec& spec);
  void operator()(const cv::Mat& pixels, float* out) const;
  /// What each value of a channel becomes.
  [[nodiscard]] const std::vector<std::array<float, 256>>& values() const { return table_; }

 private:
  std::vector<std::array<float, 256>> table_;
};

}  // namespace zeromiss
