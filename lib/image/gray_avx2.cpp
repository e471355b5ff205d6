#include "color.hpp"

#if defined(__x86_64__)
#include <immintrin.h>

namespace zeromiss {
namespace {

#define ZEROMISS_AVX2_INLINE __attribute__((target("avx2"), always_inline)) inline

constexpr int pair(unsigned lower, unsigned upper) {
  return static_cast<int>(lower | upper << 16U);
}

/// The gray values of eight pixels; 28 bytes are read where they have 24.
ZEROMISS_AVX2_INLINE __m256i eight_grays(const std::uint8_t* at) {
  const __m256i red_green = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(0, -1, 1, -1, 3, -1, 4, -1, 6, -1, 7, -1, 9, -1, 10, -1));
  const __m256i green_blue = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(1, -1, 2, -1, 4, -1, 5, -1, 7, -1, 8, -1, 10, -1, 11, -1));
  const __m256i bytes = _mm256_loadu2_m128i(reinterpret_cast<const __m128i*>(at + 12),
                                            reinterpret_cast<const __m128i*>(at));
  // Green's weight passes 16 bits with a sign: half of it goes with red, half with blue.
  const __m256i with_red = _mm256_set1_epi32(pair(kGrayRed, kGrayGreen / 2));
  const __m256i with_blue = _mm256_set1_epi32(pair(kGrayGreen / 2, kGrayBlue));
  const __m256i sums =
      _mm256_add_epi32(_mm256_madd_epi16(_mm256_shuffle_epi8(bytes, red_green), with_red),
                       _mm256_madd_epi16(_mm256_shuffle_epi8(bytes, green_blue), with_blue));
  return _mm256_srli_epi32(_mm256_add_epi32(sums, _mm256_set1_epi32(kGrayHalf)), 16);
}

}  // namespace

__attribute__((target("avx2"))) int gray_row_avx2(const std::uint8_t* rgb, std::uint8_t* gray,
                                                  int width) {
  static_assert(kGrayGreen % 2 == 0);
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 0, 0, 0, 0);
  int x = 0;
  for (; x + 18 <= width; x += 16) {  // the last load ends 4 bytes, so 2 pixels, further on
    const std::uint8_t* at = rgb + std::ptrdiff_t{3} * x;
    const __m256i words = _mm256_packs_epi32(eight_grays(at), eight_grays(at + 24));
    const __m256i bytes = _mm256_packus_epi16(words, words);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(gray + x),
                     _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(bytes, order)));
  }
  return x;
}

}  // namespace zeromiss

#else

namespace zeromiss {
int gray_row_avx2(const std::uint8_t*, std::uint8_t*, int) { return 0; }
}  // namespace zeromiss

#endif
