#pragma once
// One step = one struct in transform.hpp and four functions here: how it is read from a manifest,
// what it does to a size, to a picture and to a place in it. A new step adds these, its line in
// input_spec.cpp's table, and nothing else.

#include <zeromiss/base/json.hpp>
#include <zeromiss/image/transform.hpp>

#include <opencv2/core/matx.hpp>

#include <optional>

namespace zeromiss::steps {

constexpr int kMaxSide = 65'536;
constexpr std::int64_t kMaxPixels = 100'000'000;  ///< of a step's result: 300 MB of memory

/// Unknown as long as it depends on the input picture.
using MaybeSize = std::optional<cv::Size>;

Step parse_resize(const JsonNode& node);
Step parse_resize_shortest(const JsonNode& node);
Step parse_letterbox(const JsonNode& node);
Step parse_center_crop(const JsonNode& node);
Step parse_crop(const JsonNode& node);
/// A quarter turn with the key `degrees` alone; any angle with filter, expand and fill.
Step parse_rotate(const JsonNode& node);
Step parse_quarter_turn(const JsonNode& node);
Step parse_flip(const JsonNode& node);
Step parse_affine(const JsonNode& node);
Step parse_perspective(const JsonNode& node);
Step parse_blur(const JsonNode& node);
Step parse_gaussian(const JsonNode& node);
Step parse_median(const JsonNode& node);
Step parse_sharpen(const JsonNode& node);
Step parse_tile(const JsonNode& node);
/// @param color  of the pictures it will get
Step parse_equalize(const JsonNode& node, ColorSpace color);

/// @throws ItemError image.too_small or image.too_large when a known size cannot take the step
MaybeSize size_after(const ResizeStep& step, MaybeSize before);
MaybeSize size_after(const ResizeShortestStep& step, MaybeSize before);
MaybeSize size_after(const LetterboxStep& step, MaybeSize before);
MaybeSize size_after(const CenterCropStep& step, MaybeSize before);
MaybeSize size_after(const CropStep& step, MaybeSize before);
MaybeSize size_after(const RotateStep& step, MaybeSize before);
MaybeSize size_after(const FlipStep& step, MaybeSize before);
MaybeSize size_after(const RotateAnyStep& step, MaybeSize before);
MaybeSize size_after(const AffineStep& step, MaybeSize before);
MaybeSize size_after(const PerspectiveStep& step, MaybeSize before);
MaybeSize size_after(const BlurStep& step, MaybeSize before);
MaybeSize size_after(const GaussianStep& step, MaybeSize before);
MaybeSize size_after(const MedianStep& step, MaybeSize before);
MaybeSize size_after(const SharpenStep& step, MaybeSize before);
MaybeSize size_after(const EqualizeStep& step, MaybeSize before);
MaybeSize size_after(const TileStep& step, MaybeSize before);

/// @throws ItemError as size_after
cv::Mat run(const ResizeStep& step, const cv::Mat& picture);
cv::Mat run(const ResizeShortestStep& step, const cv::Mat& picture);
cv::Mat run(const LetterboxStep& step, const cv::Mat& picture);
cv::Mat run(const CenterCropStep& step, const cv::Mat& picture);
cv::Mat run(const CropStep& step, const cv::Mat& picture);
cv::Mat run(const RotateStep& step, const cv::Mat& picture);
cv::Mat run(const FlipStep& step, const cv::Mat& picture);
cv::Mat run(const RotateAnyStep& step, const cv::Mat& picture);
cv::Mat run(const AffineStep& step, const cv::Mat& picture);
cv::Mat run(const PerspectiveStep& step, const cv::Mat& picture);
cv::Mat run(const BlurStep& step, const cv::Mat& picture);
cv::Mat run(const GaussianStep& step, const cv::Mat& picture);
cv::Mat run(const MedianStep& step, const cv::Mat& picture);
cv::Mat run(const SharpenStep& step, const cv::Mat& picture);
cv::Mat run(const EqualizeStep& step, const cv::Mat& picture);
/// @throws std::logic_error: a tile step has many results, see TiledPicture
cv::Mat run(const TileStep& step, const cv::Mat& picture);

/// The fill of a step that has one.
std::array<int, 3>* fill_of(Step& step);

/// Coordinates before the step to coordinates after it, as in zeromiss/image/placement.hpp: pixel
/// (0, 0) covers [0, 1] x [0, 1]. (OpenCV's warp matrices put its centre at 0: shift by 1/2 before
/// and back after.) A step that moves nothing is the identity.
/// @throws ItemError as size_after
cv::Matx33d mapping(const ResizeStep& step, cv::Size before);
cv::Matx33d mapping(const ResizeShortestStep& step, cv::Size before);
cv::Matx33d mapping(const LetterboxStep& step, cv::Size before);
cv::Matx33d mapping(const CenterCropStep& step, cv::Size before);
cv::Matx33d mapping(const CropStep& step, cv::Size before);
cv::Matx33d mapping(const RotateStep& step, cv::Size before);
cv::Matx33d mapping(const FlipStep& step, cv::Size before);
cv::Matx33d mapping(const RotateAnyStep& step, cv::Size before);
cv::Matx33d mapping(const AffineStep& step, cv::Size before);
cv::Matx33d mapping(const PerspectiveStep& step, cv::Size before);
inline cv::Matx33d mapping(const BlurStep&, cv::Size) { return cv::Matx33d::eye(); }
inline cv::Matx33d mapping(const GaussianStep&, cv::Size) { return cv::Matx33d::eye(); }
inline cv::Matx33d mapping(const MedianStep&, cv::Size) { return cv::Matx33d::eye(); }
inline cv::Matx33d mapping(const SharpenStep&, cv::Size) { return cv::Matx33d::eye(); }
inline cv::Matx33d mapping(const EqualizeStep&, cv::Size) { return cv::Matx33d::eye(); }
/// @throws std::logic_error: see tile_spec()
cv::Matx33d mapping(const TileStep& step, cv::Size before);

// What several steps share.

/// Stretches `before` to `after`, then moves it right and down.
cv::Matx33d stretch(cv::Size before, cv::Size after, double right = 0.0, double down = 0.0);

/// `width` and `height`, 1..65536 each, at most 100 million pixels together.
cv::Size parse_size(const JsonNode& node);
Filter parse_filter(const JsonNode& node);
int opencv_flag(Filter filter);
/// The keys `filter` and `antialias`.
struct Sampling {
  Filter filter;
  bool antialias;
};
Sampling parse_sampling(const JsonNode& node);
/// The key `fill`: three numbers 0..255.
std::array<int, 3> parse_fill(const JsonNode& node);
cv::Mat resize(const cv::Mat& picture, cv::Size size, Filter filter, bool antialias);

}  // namespace zeromiss::steps
