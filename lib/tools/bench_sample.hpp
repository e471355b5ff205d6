#pragma once

#include <zeromiss/dataset/listing.hpp>
#include <zeromiss/image/image.hpp>
#include <zeromiss/model/prepare.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace zeromiss {

/// With fewer no benchmark is valid.
inline constexpr std::size_t kLeastSample = 16;

/// Bytes of the decoded pictures together.
struct SampleBudget {
  std::uint64_t usual = 256U << 20U;
  std::uint64_t most = std::uint64_t{4} << 30U;  ///< where kLeastSample pictures need more
};

/// The images that a benchmark runs on: real files, spread evenly over the list, as many as fit
/// into memory decoded. Every figure of one benchmark stands on the same ones.
struct BenchSample {
  Listing listing;                               ///< these images, each once
  std::vector<std::vector<std::uint8_t>> bytes;  ///< of each file
  std::vector<Image> images;                     ///< of each file, decoded
  std::uint64_t listed = 0;                      ///< images that there were to choose from
  std::uint64_t unusable = 0;                    ///< chosen, but damaged or refused: left out
  bool memory_full = false;                      ///< kLeastSample pictures did not fit
  std::map<std::string, std::uint64_t> formats;  ///< "jpeg": 12
  std::map<std::string, std::uint64_t> sizes;    ///< "1280x1024": 12
  std::string list_sha256;                       ///< over the names of those to choose from
};

/// @throws Error(input) when not one image can be read and decoded
BenchSample take_sample(const Listing& listing, const Preparer& preparer,
                        const SampleBudget& budget = {});

/// The sample's names `times` over, for runs that last long enough.
Listing repeated(const BenchSample& sample, std::size_t times);

/// Takes the sample's files out of the page cache (no privilege is needed), so that the next read
/// is from the disk. Best effort: some file systems keep them.
void drop_from_page_cache(const BenchSample& sample);

/// "jpeg", "png", …
std::string format_name(ImageFormat format);

}  // namespace zeromiss
