#include "resample_kernels.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#if defined(__x86_64__)
#include <immintrin.h>
#define ZEROMISS_AVX2 __attribute__((target("avx2")))
#define ZEROMISS_AVX2_INLINE __attribute__((target("avx2"), always_inline)) inline
#endif

namespace zeromiss::resample {
namespace {

constexpr int kSplitBits = 12;
constexpr int kLowMask = (1 << kSplitBits) - 1;

std::int16_t low_part(std::int32_t weight) { return static_cast<std::int16_t>(weight & kLowMask); }
std::int16_t high_part(std::int32_t weight) {
  return static_cast<std::int16_t>(weight >> kSplitBits);
}

/// Source pixels that one block of weights covers: four of three channels, or sixteen of one.
int block_pixels(int channels) { return channels == 3 ? 4 : 16; }

/// Pixels that the last load of an output reads, from its first pixel on. A block of three
/// channels uses 12 of the 16 bytes it loads: two more pixels are touched.
int pixels_read(const PackedTaps::Output& output, int channels) {
  return output.blocks * block_pixels(channels) + (channels == 3 ? 2 : 0);
}

/// Where weight number `tap` of a block goes among 16 words (see load_rgb for the three-channel
/// order: pairs of neighbours, three times, taps 0 and 1 in the lower half, 2 and 3 in the upper).
void place(std::int16_t* words, int channels, int tap, std::int16_t value) {
  if (channels == 1) {
    words[tap] = value;
    return;
  }
  const int first = (tap / 2) * 8 + tap % 2;
  for (const int channel : {0, 2, 4}) words[first + channel] = value;
}

}  // namespace

PackedTaps pack(const Taps& taps, int width, int channels) {
  PackedTaps packed;
  packed.channels = channels;
  packed.width = width;
  packed.tail_output = static_cast<int>(taps.spans.size());
  packed.tail_first = width;
  const int step = block_pixels(channels);
  for (std::size_t x = 0; x < taps.spans.size(); ++x) {
    const auto [first, count] = taps.spans[x];
    const PackedTaps::Output output{first, (count + step - 1) / step, packed.weights.size()};
    packed.weights.resize(packed.weights.size() + static_cast<std::size_t>(output.blocks) * 32);
    for (int tap = 0; tap < count; ++tap) {
      const std::int32_t weight = taps.weights_of(x)[tap];
      std::int16_t* block =
          packed.weights.data() + output.weights_at + std::ptrdiff_t{32} * (tap / step);
      place(block, channels, tap % step, low_part(weight));
      place(block + 16, channels, tap % step, high_part(weight));
    }
    const bool passes_end = first + pixels_read(output, channels) > width;
    if (passes_end && packed.tail_first == width) {
      packed.tail_output = static_cast<int>(x);
      packed.tail_first = first;
    }
    packed.outputs.push_back(output);
  }
  return packed;
}

#if defined(__x86_64__)
namespace {

ZEROMISS_AVX2_INLINE __m256i load_words(const std::int16_t* at) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
}
ZEROMISS_AVX2_INLINE __m128i load_bytes(const std::uint8_t* at) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}
/// Four pixels as words: r0 r1 g0 g1 b0 b1 - - in the lower half, r2 r3 g2 g3 b2 b3 - - above.
ZEROMISS_AVX2_INLINE __m256i load_rgb(const std::uint8_t* at) {
  const __m256i order =
      _mm256_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1, 6, -1, 9, -1, 7,
                       -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1);
  return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(load_bytes(at)), order);
}
ZEROMISS_AVX2_INLINE __m256i join(__m256i low, __m256i high) {
  return _mm256_add_epi32(_mm256_slli_epi32(high, kSplitBits), low);
}

/// Low and high sums of four rows.
struct Sums {
  __m256i low0, low1, low2, low3, high0, high1, high2, high3;
};

ZEROMISS_AVX2_INLINE Sums zero_sums() {
  const __m256i zero = _mm256_setzero_si256();
  return {zero, zero, zero, zero, zero, zero, zero, zero};
}
ZEROMISS_AVX2_INLINE void accumulate(__m256i& low, __m256i& high, __m256i pixels,
                                     __m256i low_weight, __m256i high_weight) {
  low = _mm256_add_epi32(low, _mm256_madd_epi16(pixels, low_weight));
  high = _mm256_add_epi32(high, _mm256_madd_epi16(pixels, high_weight));
}

ZEROMISS_AVX2_INLINE void store_int(std::uint8_t* at, int value, bool last) {
  if (last)
    std::memcpy(at, &value, 3);
  else
    std::memcpy(at, &value, 4);  // the fourth byte is overwritten by the next pixel
}

ZEROMISS_AVX2_INLINE void store_rgb(const Sums& sums, const RowsOut& out, std::size_t at,
                                    bool last) {
  const __m256i row0 = join(sums.low0, sums.high0), row1 = join(sums.low1, sums.high1);
  const __m256i row2 = join(sums.low2, sums.high2), row3 = join(sums.low3, sums.high3);
  const __m256i half = _mm256_set1_epi32(kHalf);
  __m256i rows01 = _mm256_add_epi32(_mm256_permute2x128_si256(row0, row1, 0x20),
                                    _mm256_permute2x128_si256(row0, row1, 0x31));
  __m256i rows23 = _mm256_add_epi32(_mm256_permute2x128_si256(row2, row3, 0x20),
                                    _mm256_permute2x128_si256(row2, row3, 0x31));
  rows01 = _mm256_srai_epi32(_mm256_add_epi32(rows01, half), kPrecisionBits);
  rows23 = _mm256_srai_epi32(_mm256_add_epi32(rows23, half), kPrecisionBits);
  const __m256i words = _mm256_packs_epi32(rows01, rows23);
  const __m256i bytes = _mm256_packus_epi16(words, words);
  const __m128i even = _mm256_castsi256_si128(bytes), odd = _mm256_extracti128_si256(bytes, 1);
  store_int(out[0] + at, _mm_cvtsi128_si32(even), last);
  store_int(out[1] + at, _mm_cvtsi128_si32(odd), last);
  store_int(out[2] + at, _mm_extract_epi32(even, 1), last);
  store_int(out[3] + at, _mm_extract_epi32(odd, 1), last);
}

ZEROMISS_AVX2_INLINE void store_gray(const Sums& sums, const RowsOut& out, std::size_t at) {
  const __m256i rows01 =
      _mm256_hadd_epi32(join(sums.low0, sums.high0), join(sums.low1, sums.high1));
  const __m256i rows23 =
      _mm256_hadd_epi32(join(sums.low2, sums.high2), join(sums.low3, sums.high3));
  const __m256i halves = _mm256_hadd_epi32(rows01, rows23);
  __m128i rows = _mm_add_epi32(_mm256_castsi256_si128(halves), _mm256_extracti128_si256(halves, 1));
  rows = _mm_srai_epi32(_mm_add_epi32(rows, _mm_set1_epi32(kHalf)), kPrecisionBits);
  const __m128i words = _mm_packs_epi32(rows, rows);
  const __m128i bytes = _mm_packus_epi16(words, words);
  out[0][at] = static_cast<std::uint8_t>(_mm_extract_epi8(bytes, 0));
  out[1][at] = static_cast<std::uint8_t>(_mm_extract_epi8(bytes, 1));
  out[2][at] = static_cast<std::uint8_t>(_mm_extract_epi8(bytes, 2));
  out[3][at] = static_cast<std::uint8_t>(_mm_extract_epi8(bytes, 3));
}

/// Outputs [begin, end); `in` points at source pixel `in_first`.
ZEROMISS_AVX2 void filter_rgb(const PackedTaps& taps, int begin, int end, const RowsIn& in,
                              int in_first, const RowsOut& out) {
  const std::uint8_t *in0 = in[0], *in1 = in[1], *in2 = in[2], *in3 = in[3];
  const int last = static_cast<int>(taps.outputs.size()) - 1;
  for (int x = begin; x < end; ++x) {
    const PackedTaps::Output& output = taps.outputs[static_cast<std::size_t>(x)];
    const std::int16_t* weights = taps.weights.data() + output.weights_at;
    std::ptrdiff_t at = std::ptrdiff_t{3} * (output.first - in_first);
    Sums sums = zero_sums();
    for (int block = 0; block < output.blocks; ++block, weights += 32, at += 12) {
      const __m256i low = load_words(weights), high = load_words(weights + 16);
      accumulate(sums.low0, sums.high0, load_rgb(in0 + at), low, high);
      accumulate(sums.low1, sums.high1, load_rgb(in1 + at), low, high);
      accumulate(sums.low2, sums.high2, load_rgb(in2 + at), low, high);
      accumulate(sums.low3, sums.high3, load_rgb(in3 + at), low, high);
    }
    store_rgb(sums, out, static_cast<std::size_t>(x) * 3, x == last);
  }
}

ZEROMISS_AVX2 void filter_gray(const PackedTaps& taps, int begin, int end, const RowsIn& in,
                               int in_first, const RowsOut& out) {
  for (int x = begin; x < end; ++x) {
    const PackedTaps::Output& output = taps.outputs[static_cast<std::size_t>(x)];
    const std::int16_t* weights = taps.weights.data() + output.weights_at;
    std::ptrdiff_t at = output.first - in_first;
    Sums sums = zero_sums();
    for (int block = 0; block < output.blocks; ++block, weights += 32, at += 16) {
      const __m256i low = load_words(weights), high = load_words(weights + 16);
      accumulate(sums.low0, sums.high0, _mm256_cvtepu8_epi16(load_bytes(in[0] + at)), low, high);
      accumulate(sums.low1, sums.high1, _mm256_cvtepu8_epi16(load_bytes(in[1] + at)), low, high);
      accumulate(sums.low2, sums.high2, _mm256_cvtepu8_epi16(load_bytes(in[2] + at)), low, high);
      accumulate(sums.low3, sums.high3, _mm256_cvtepu8_epi16(load_bytes(in[3] + at)), low, high);
    }
    store_gray(sums, out, static_cast<std::size_t>(x));
  }
}

/// Copies the rows' ends, zero-padded, so that no load passes the memory of the picture.
RowsIn copy_tails(const PackedTaps& taps, const RowsIn& in, std::vector<std::uint8_t>& scratch) {
  const auto channels = static_cast<std::size_t>(taps.channels);
  const auto first = static_cast<std::size_t>(taps.tail_first) * channels;
  const std::size_t size = static_cast<std::size_t>(taps.width) * channels - first;
  const std::size_t pitch = size + static_cast<std::size_t>(block_pixels(taps.channels) + 2) * 3;
  scratch.assign(pitch * kRows, 0);
  RowsIn copies{};
  for (std::size_t row = 0; row < kRows; ++row) {
    std::memcpy(scratch.data() + row * pitch, in[row] + first, size);
    copies[row] = scratch.data() + row * pitch;
  }
  return copies;
}

ZEROMISS_AVX2_INLINE __m256i clip(__m256i low, __m256i high) {
  return _mm256_srai_epi32(join(low, high), kPrecisionBits);
}

/// Both weights of a pair of rows as the words of each lane.
ZEROMISS_AVX2_INLINE __m256i pair(std::int16_t first, std::int16_t second) {
  const auto lower = static_cast<std::uint32_t>(static_cast<std::uint16_t>(first));
  const auto upper = static_cast<std::uint32_t>(static_cast<std::uint16_t>(second));
  return _mm256_set1_epi32(static_cast<int>(lower | upper << 16U));
}

/// 32 columns at once, two rows a turn.
ZEROMISS_AVX2_INLINE void vertical_block(const std::uint8_t* const* rows,
                                         const std::int32_t* weights, int count, std::size_t at,
                                         std::uint8_t* out) {
  const __m256i zero = _mm256_setzero_si256();
  Sums sums = zero_sums();
  sums.low0 = sums.low1 = sums.low2 = sums.low3 = _mm256_set1_epi32(kHalf);
  for (int tap = 0; tap < count; tap += 2) {
    const bool alone = tap + 1 == count;
    const std::int32_t second = alone ? 0 : weights[tap + 1];
    const __m256i low = pair(low_part(weights[tap]), low_part(second));
    const __m256i high = pair(high_part(weights[tap]), high_part(second));
    const auto* upper_row = rows[tap] + at;
    const auto* lower_row = rows[alone ? tap : tap + 1] + at;
    const __m256i upper = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(upper_row));
    const __m256i lower = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(lower_row));
    const __m256i left = _mm256_unpacklo_epi8(upper, lower);
    const __m256i right = _mm256_unpackhi_epi8(upper, lower);
    accumulate(sums.low0, sums.high0, _mm256_unpacklo_epi8(left, zero), low, high);
    accumulate(sums.low1, sums.high1, _mm256_unpackhi_epi8(left, zero), low, high);
    accumulate(sums.low2, sums.high2, _mm256_unpacklo_epi8(right, zero), low, high);
    accumulate(sums.low3, sums.high3, _mm256_unpackhi_epi8(right, zero), low, high);
  }
  const __m256i left = _mm256_packs_epi32(clip(sums.low0, sums.high0), clip(sums.low1, sums.high1));
  const __m256i right =
      _mm256_packs_epi32(clip(sums.low2, sums.high2), clip(sums.low3, sums.high3));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + at), _mm256_packus_epi16(left, right));
}

}  // namespace

ZEROMISS_AVX2 void horizontal_avx2(const PackedTaps& taps, const RowsIn& in, const RowsOut& out,
                                   std::vector<std::uint8_t>& scratch) {
  const auto filter = taps.channels == 3 ? filter_rgb : filter_gray;
  const int size = static_cast<int>(taps.outputs.size());
  filter(taps, 0, taps.tail_output, in, 0, out);
  if (taps.tail_output < size)
    filter(taps, taps.tail_output, size, copy_tails(taps, in, scratch), taps.tail_first, out);
}

ZEROMISS_AVX2 void vertical_avx2(const std::uint8_t* const* rows, const std::int32_t* weights,
                                 int count, std::uint8_t* out, std::size_t size) {
  constexpr std::size_t kColumns = 32;
  if (size < kColumns) {
    vertical_scalar(rows, weights, count, out, size);
    return;
  }
  for (std::size_t at = 0; at + kColumns <= size; at += kColumns)
    vertical_block(rows, weights, count, at, out);
  // The last columns once more, overlapping: cheaper than a loop of single ones.
  if (size % kColumns != 0) vertical_block(rows, weights, count, size - kColumns, out);
}

#else  // other processors never get here: best_simd() is none

void horizontal_avx2(const PackedTaps&, const RowsIn&, const RowsOut&, std::vector<std::uint8_t>&) {
  throw std::logic_error("AVX2 on a processor without it");
}
void vertical_avx2(const std::uint8_t* const*, const std::int32_t*, int, std::uint8_t*,
                   std::size_t) {
  throw std::logic_error("AVX2 on a processor without it");
}

#endif

}  // namespace zeromiss::resample
