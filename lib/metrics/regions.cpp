#include <zeromiss/metrics/regions.hpp>

#include <algorithm>
#include <array>
#include <numeric>
#include <stdexcept>

namespace zeromiss {
namespace {

/// Sets that grow together; the smaller number stays the root, so roots come in reading order.
class Groups {
 public:
  std::uint32_t make() {
    parent_.push_back(static_cast<std::uint32_t>(parent_.size()));
    return parent_.back();
  }
  std::uint32_t root(std::uint32_t one) {
    while (parent_[one] != one) one = parent_[one] = parent_[parent_[one]];
    return one;
  }
  void join(std::uint32_t a, std::uint32_t b) {
    a = root(a);
    b = root(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::uint32_t> parent_;
};

/// Pixels of one true region, and how many of them were predicted as its class, or as any.
struct Region {
  std::uint16_t label = 0;
  std::uint64_t pixels = 0, same = 0, any = 0;
};

/// Pixels that are in no region: where the truth is the ignored label, and of a prediction also
/// where it says so itself.
std::vector<bool> outside_of(const LabelImage& image, const LabelImage& truth,
                             std::optional<std::uint16_t> ignored) {
  if (!ignored) return {};
  std::vector<bool> outside(image.labels.size());
  for (std::size_t i = 0; i < outside.size(); ++i)
    outside[i] = truth.labels[i] == *ignored || image.labels[i] == *ignored;
  return outside;
}

bool is_found(std::uint64_t hit, std::uint64_t pixels, double overlap) {
  return static_cast<double>(hit) >= overlap * static_cast<double>(pixels);
}

}  // namespace

Regions connected_regions(const LabelImage& image, std::uint16_t background,
                          const std::vector<bool>& outside) {
  constexpr std::uint32_t kNone = 0;
  Groups groups;
  groups.make();  // 0 is no region
  Regions regions{0, std::vector<std::uint32_t>(image.labels.size(), kNone)};
  const std::size_t width = image.width;
  for (std::size_t i = 0; i < image.labels.size(); ++i) {
    if (image.labels[i] == background || (!outside.empty() && outside[i])) continue;
    const bool left = i % width > 0, right = i % width + 1 < width, above = i >= width;
    const std::array<std::pair<bool, std::size_t>, 4> before = {
        {{left, 1}, {above && left, width + 1}, {above, width}, {above && right, width - 1}}};
    for (const auto& [is_there, distance] : before) {
      if (!is_there || image.labels[i - distance] != image.labels[i]) continue;
      const std::uint32_t neighbour = regions.of[i - distance];
      if (neighbour == kNone) continue;
      if (regions.of[i] != kNone) groups.join(regions.of[i], neighbour);
      regions.of[i] = neighbour;
    }
    if (regions.of[i] == kNone) regions.of[i] = groups.make();
  }
  std::vector<std::uint32_t> numbers(image.labels.size() + 1, kNone);
  for (std::uint32_t& region : regions.of) {
    if (region == kNone) continue;
    std::uint32_t& number = numbers[groups.root(region)];
    if (number == kNone) number = ++regions.count;
    region = number;
  }
  return regions;
}

RegionSamples::RegionSamples(const RegionOptions& options)
    : options_(options), counts_(options.classes) {
  if (!(options.overlap > 0.0 && options.overlap <= 1.0))
    throw std::invalid_argument("expected an overlap above 0 and at most 1");
  if (options.background >= options.classes)
    throw std::invalid_argument("the background is no class of the list");
}

void RegionSamples::add(const LabelImage& truth, const LabelImage& predicted) {
  // Checks sizes and labels, so that nothing below can be out of range.
  SegmentationSamples(options_.classes, options_.ignored).add(truth, predicted);
  const Regions is =
      connected_regions(truth, options_.background, outside_of(truth, truth, options_.ignored));
  const Regions said = connected_regions(predicted, options_.background,
                                         outside_of(predicted, truth, options_.ignored));
  std::vector<Region> truths(is.count), guesses(said.count);
  for (std::size_t i = 0; i < truth.labels.size(); ++i) {
    const std::uint16_t label = truth.labels[i], guess = predicted.labels[i];
    if (is.of[i] > 0) {
      Region& region = truths[is.of[i] - 1];
      region.label = label;
      ++region.pixels;
      if (guess == label) ++region.same;
      if (said.of[i] > 0) ++region.any;
    }
    if (said.of[i] > 0) {
      Region& region = guesses[said.of[i] - 1];
      region.label = guess;
      if (guess == label) ++region.same;
    }
  }
  for (const Region& region : truths) {
    RegionCounts& counts = counts_[region.label];
    ++counts.regions;
    const bool found = is_found(region.same, region.pixels, options_.overlap);
    regions_.push_back({region.label, region.pixels, found});
    if (found) ++counts.found;
    if (is_found(region.any, region.pixels, options_.overlap)) ++counts.found_as_any;
  }
  for (const Region& region : guesses)
    if (region.same == 0) ++counts_[region.label].false_regions;
}

RegionFigures region_figures(const RegionCounts& counts) {
  const auto share = [&](std::uint64_t part) {
    return ratio(static_cast<double>(part), static_cast<double>(counts.regions), "no_regions");
  };
  return {counts, share(counts.found), share(counts.found_as_any)};
}

RegionCounts sum(const std::vector<RegionCounts>& counts) {
  RegionCounts all;
  for (const RegionCounts& one : counts) {
    all.regions += one.regions;
    all.found += one.found;
    all.found_as_any += one.found_as_any;
    all.false_regions += one.false_regions;
  }
  return all;
}

}  // namespace zeromiss
