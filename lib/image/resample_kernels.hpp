#pragma once
// Inner loops of resample_pillow. All accumulate exactly, so the order of additions is free.

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace zeromiss::resample {

constexpr int kPrecisionBits = 22;  // 32 bits, less 8 for the result, less 2 for the filter's lobes
constexpr int kHalf = 1 << (kPrecisionBits - 1);

/// The source pixels behind every output pixel of one axis, with their fixed-point weights.
struct Taps {
  struct Span {
    int first, count;
  };
  std::vector<Span> spans;            ///< one per output pixel
  std::vector<std::int32_t> weights;  ///< `stride` per output pixel
  int stride = 0;

  [[nodiscard]] const std::int32_t* weights_of(std::size_t output) const {
    return weights.data() + output * static_cast<std::size_t>(stride);
  }
};

/// Four rows are filtered together, so that weights are loaded once. Fewer rows: repeat the last.
constexpr std::size_t kRows = 4;
using RowsIn = std::array<const std::uint8_t*, kRows>;
using RowsOut = std::array<std::uint8_t*, kRows>;

void horizontal_scalar(const Taps& taps, int channels, const RowsIn& in, const RowsOut& out);
void vertical_scalar(const std::uint8_t* const* rows, const std::int32_t* weights, int count,
                     std::uint8_t* out, std::size_t size);

/// Taps rearranged for 16-bit multiply-add. A weight has up to 24 bits, so it is split into
/// weight = high * 4096 + low, and the two sums are joined at the end: exact, and two
/// multiplications of an instruction that does sixteen at once.
struct PackedTaps {
  struct Output {
    int first, blocks;
    std::size_t weights_at;
  };
  int channels = 0;
  int width = 0;        ///< of the source row
  int tail_output = 0;  ///< from this output on, loads would pass the row's end: read from a copy
  int tail_first = 0;   ///< the copy's first source pixel
  std::vector<Output> outputs;
  std::vector<std::int16_t> weights;  ///< per block: 16 low parts, 16 high parts
};

PackedTaps pack(const Taps& taps, int width, int channels);

/// @param scratch  memory of the caller for the copied row ends; grows as needed
void horizontal_avx2(const PackedTaps& taps, const RowsIn& in, const RowsOut& out,
                     std::vector<std::uint8_t>& scratch);
void vertical_avx2(const std::uint8_t* const* rows, const std::int32_t* weights, int count,
                   std::uint8_t* out, std::size_t size);

}  // namespace zeromiss::resample
