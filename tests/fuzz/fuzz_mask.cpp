// Any bytes as a mask: class numbers or an ItemError, never a crash, a leak or a hang.

#include <zeromiss/image/decode.hpp>

#include <opencv2/core/mat.hpp>

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint64_t kMostPixels = 1'000'000;
  try {
    const cv::Mat mask = zeromiss::decode_mask({data, size}, kMostPixels);
    if (mask.channels() != 1 || mask.empty()) __builtin_trap();
  } catch (const zeromiss::ItemError&) {
    // The expected answer to most inputs; anything else ends the run.
  }
  return 0;
}
