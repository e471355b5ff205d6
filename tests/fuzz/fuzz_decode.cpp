// Any bytes: a picture or an ItemError, never a crash, a leak or memory beyond the header's limit.

#include <zeromiss/image/decode.hpp>

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  zeromiss::DecodeOptions options;
  options.max_pixels = 1U << 16U;
  // Every rule open: the code behind a refusal is reached too.
  options.sixteen_bit = zeromiss::SixteenBitRule::scale;
  options.alpha = zeromiss::AlphaRule::ignore;
  options.orientation = zeromiss::OrientationRule::apply;
  options.frames = zeromiss::FramesRule::first;
  try {
    zeromiss::decode({data, size}, options);
  } catch (const zeromiss::ItemError&) {
    // The expected answer to most inputs; anything else ends the run.
  }
  return 0;
}
