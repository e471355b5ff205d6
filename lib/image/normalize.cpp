#include "normalize.hpp"

#include <zeromiss/image/transform.hpp>

#include <cmath>
#include <stdexcept>

namespace zeromiss {
namespace {

/// n when scale is the double nearest to 1/n, else 0. Training code that says 1/255 divides by 255
/// (ToTensor), which rounds differently from a product with the inverse.
double whole_divisor(double scale) {
  const double divisor = std::round(1.0 / scale);
  return divisor >= 1.0 && divisor <= 65535.0 && 1.0 / divisor == scale ? divisor : 0.0;
}

template <std::size_t kChannels>
void look_up(const cv::Mat& pixels, const std::vector<std::array<float, 256>>& tables, float* out) {
  for (int y = 0; y < pixels.rows; ++y) {
    const auto* in = pixels.ptr<std::uint8_t>(y);
    for (int x = 0; x < pixels.cols; ++x)
      for (std::size_t c = 0; c < kChannels; ++c) *out++ = tables[c][*in++];
  }
}

}  // namespace

std::array<float, 256> normalized_values(double scale, double mean, double std) {
  const auto divisor = static_cast<float>(whole_divisor(scale));
  const auto factor = static_cast<float>(scale);
  const auto center = static_cast<float>(mean);
  const auto width = static_cast<float>(std);
  std::array<float, 256> values{};
  for (std::size_t v = 0; v < values.size(); ++v) {
    // Each operation rounds to float32 before the next, as tensors do: named, so that no compiler
    // may fuse them.
    const auto pixel = static_cast<float>(v);
    const float scaled = divisor > 0 ? pixel / divisor : pixel * factor;
    const float centered = scaled - center;
    values[v] = centered / width;
  }
  return values;
}

Normalizer::Normalizer(const InputSpec& spec) {
  const auto channels = static_cast<std::size_t>(spec.channels());
  if (spec.mean.size() != channels || spec.std.size() != channels)
    throw std::logic_error("one mean and one std a channel");
  for (std::size_t c = 0; c < channels; ++c)
    table_.push_back(normalized_values(spec.scale, spec.mean[c], spec.std[c]));
}

void Normalizer::operator()(const cv::Mat& pixels, float* out) const {
  if (pixels.depth() != CV_8U || static_cast<std::size_t>(pixels.channels()) != table_.size())
    throw std::logic_error("a picture of other channels than the input spec has");
  if (table_.size() == 1)
    look_up<1>(pixels, table_, out);
  else
    look_up<3>(pixels, table_, out);
}

}  // namespace zeromiss
