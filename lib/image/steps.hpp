#pragma once
// One step = one struct in transform.hpp and three functions here: how it is read from a manifest,
// what it does to a size, what it does to a picture. A new step adds these, its line in
// input_spec.cpp's table, and nothing else.

#include <zeromiss/base/json.hpp>
#include <zeromiss/image/transform.hpp>

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
Step parse_rotate(const JsonNode& node);
Step parse_flip(const JsonNode& node);

/// @throws ItemError image.too_small or image.too_large when a known size cannot take the step
MaybeSize size_after(const ResizeStep& step, MaybeSize before);
MaybeSize size_after(const ResizeShortestStep& step, MaybeSize before);
MaybeSize size_after(const LetterboxStep& step, MaybeSize before);
MaybeSize size_after(const CenterCropStep& step, MaybeSize before);
MaybeSize size_after(const CropStep& step, MaybeSize before);
MaybeSize size_after(const RotateStep& step, MaybeSize before);
MaybeSize size_after(const FlipStep& step, MaybeSize before);

/// @throws ItemError as size_after
cv::Mat run(const ResizeStep& step, const cv::Mat& picture);
cv::Mat run(const ResizeShortestStep& step, const cv::Mat& picture);
cv::Mat run(const LetterboxStep& step, const cv::Mat& picture);
cv::Mat run(const CenterCropStep& step, const cv::Mat& picture);
cv::Mat run(const CropStep& step, const cv::Mat& picture);
cv::Mat run(const RotateStep& step, const cv::Mat& picture);
cv::Mat run(const FlipStep& step, const cv::Mat& picture);

// What several steps share.

/// `width` and `height`, 1..65536 each, at most 100 million pixels together.
cv::Size parse_size(const JsonNode& node);
/// The keys `filter` and `antialias`.
struct Sampling {
  Filter filter;
  bool antialias;
};
Sampling parse_sampling(const JsonNode& node);
cv::Mat resize(const cv::Mat& picture, cv::Size size, Filter filter, bool antialias);

}  // namespace zeromiss::steps
