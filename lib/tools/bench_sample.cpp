#include "bench_sample.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/base/files.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

namespace zeromiss {
namespace {

constexpr std::size_t kMostImages = 64;

std::uint64_t size_of(const Image& image) { return image.pixels.total() * image.pixels.elemSize(); }

/// One image of the sample, if it is sound.
struct Loaded {
  std::vector<std::uint8_t> bytes;
  Image image;
};
std::optional<Loaded> load(const Listing& listing, std::string_view name,
                           const Preparer& preparer) {
  try {
    Loaded loaded;
    loaded.bytes = read_image_file(listing.locate(name)).bytes;
    loaded.image = preparer.decode(loaded.bytes);
    InputBatch input(1, preparer.channels(), preparer.height(), preparer.width());
    if (preparer.tiled())
      preparer.fill(preparer.cut(loaded.image), 0, input, 0);
    else
      preparer.fill(loaded.image, input, 0);
    return loaded;
  } catch (const ItemError&) {
    return std::nullopt;  // inspect would write an ERROR record; its speed is nobody's question
  }
}

/// Names spread evenly over the list, in an order whose every beginning of about `fitting` names is
/// spread over it, too.
std::vector<std::string_view> spread_names(const Listing& listing, std::size_t wanted,
                                           std::size_t fitting) {
  const std::size_t stride = (wanted + fitting - 1) / fitting;
  std::vector<std::string_view> names;
  for (std::size_t first = 0; first < stride; ++first)
    for (std::size_t i = first; i < wanted; i += stride) {
      const std::string_view name = listing.images[i * listing.images.size() / wanted];
      if (name.back() != '/') names.push_back(name);  // a folder that could not be read
    }
  return names;
}

/// How many pictures like the first sound one fit, but not fewer than make a valid measurement.
std::size_t fitting_pictures(const Listing& listing, std::size_t wanted, const Preparer& preparer,
                             const SampleBudget& budget) {
  for (const std::string_view name : spread_names(listing, wanted, wanted))
    if (const auto loaded = load(listing, name, preparer))
      return std::max<std::size_t>(kLeastSample, budget.usual / size_of(loaded->image));
  return kLeastSample;
}

}  // namespace

std::string format_name(ImageFormat format) {
  switch (format) {
    case ImageFormat::jpeg:
      return "jpeg";
    case ImageFormat::png:
      return "png";
    case ImageFormat::bmp:
      return "bmp";
    case ImageFormat::tiff:
      return "tiff";
    case ImageFormat::webp:
      return "webp";
    case ImageFormat::gif:
      return "gif";
    case ImageFormat::pnm:
      break;
  }
  return "pnm";
}

BenchSample take_sample(const Listing& listing, const Preparer& preparer,
                        const SampleBudget& budget) {
  BenchSample sample;
  sample.listing.roots = listing.roots;
  sample.listed = listing.images.size();
  sample.list_sha256 = listing.sha256();
  const std::size_t wanted = std::min(kMostImages, listing.images.size());
  std::uint64_t bytes = 0;
  const std::size_t fitting = fitting_pictures(listing, wanted, preparer, budget);
  for (const std::string_view name : spread_names(listing, wanted, fitting)) {
    const bool enough = sample.images.size() >= kLeastSample;
    sample.memory_full = !enough && bytes >= budget.most;
    if (sample.memory_full || (enough && bytes >= budget.usual)) break;
    auto loaded = load(listing, name, preparer);
    if (!loaded) {
      ++sample.unusable;
      continue;
    }
    bytes += size_of(loaded->image);
    ++sample.formats[format_name(loaded->image.format)];
    ++sample.sizes[fmt::format("{}x{}", loaded->image.width(), loaded->image.height())];
    sample.listing.images.add(name);
    sample.bytes.push_back(std::move(loaded->bytes));
    sample.images.push_back(std::move(loaded->image));
  }
  if (sample.images.empty())
    throw Error(ErrorKind::input,
                fmt::format("none of {} images could be decoded, so nothing can be measured; run "
                            "inspect on them to see why",
                            wanted));
  return sample;
}

Listing repeated(const BenchSample& sample, std::size_t times) {
  Listing listing;
  listing.roots = sample.listing.roots;
  for (std::size_t round = 0; round < times; ++round)
    for (std::size_t i = 0; i < sample.listing.images.size(); ++i)
      listing.images.add(sample.listing.images[i]);
  return listing;
}

void drop_from_page_cache(const BenchSample& sample) {
  for (std::size_t i = 0; i < sample.listing.images.size(); ++i) {
    const auto file = sample.listing.locate(sample.listing.images[i]);
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) continue;
    ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
    ::close(descriptor);
  }
}

}  // namespace zeromiss
