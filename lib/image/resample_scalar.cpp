#include "resample_kernels.hpp"

#include <algorithm>

namespace zeromiss::resample {
namespace {

std::uint8_t to_byte(std::int32_t sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> kPrecisionBits, 0, 255));
}

template <int kChannels>
void filter_row(const Taps& taps, const std::uint8_t* in, std::uint8_t* out) {
  for (std::size_t x = 0; x < taps.spans.size(); ++x) {
    const auto [first, count] = taps.spans[x];
    const std::int32_t* weights = taps.weights_of(x);
    const std::uint8_t* pixel = in + static_cast<std::ptrdiff_t>(first) * kChannels;
    std::array<std::int32_t, kChannels> sums;
    sums.fill(kHalf);
    for (int tap = 0; tap < count; ++tap, pixel += kChannels)
      for (std::size_t c = 0; c < kChannels; ++c) sums[c] += pixel[c] * weights[tap];
    for (const std::int32_t sum : sums) *out++ = to_byte(sum);
  }
}

}  // namespace

void horizontal_scalar(const Taps& taps, int channels, const RowsIn& in, const RowsOut& out) {
  for (std::size_t row = 0; row < kRows; ++row) {
    if (row > 0 && out[row] == out[row - 1]) continue;  // a repeated last row
    if (channels == 1)
      filter_row<1>(taps, in[row], out[row]);
    else
      filter_row<3>(taps, in[row], out[row]);
  }
}

void vertical_scalar(const std::uint8_t* const* rows, const std::int32_t* weights, int count,
                     std::uint8_t* out, std::size_t size) {
  for (std::size_t x = 0; x < size; ++x) {
    std::int32_t sum = kHalf;
    for (int tap = 0; tap < count; ++tap) sum += rows[tap][x] * weights[tap];
    out[x] = to_byte(sum);
  }
}

}  // namespace zeromiss::resample
