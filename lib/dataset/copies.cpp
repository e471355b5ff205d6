#include <zeromiss/dataset/copies.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>

namespace zeromiss {
namespace {

constexpr std::size_t kNone = SIZE_MAX;

}  // namespace

std::string_view copy_kind_name(CopyKind kind) {
  constexpr std::array<std::string_view, 5> kNames{"same_file", "same_pixels", "near_copy", "crop",
                                                   "alike"};
  return kNames.at(static_cast<std::size_t>(kind));
}

std::vector<CopyPair> find_same(const std::vector<AuditImage>& images) {
  std::vector<CopyPair> pairs;
  std::unordered_map<std::string_view, std::size_t> first;
  for (std::size_t i = 0; i < images.size(); ++i) {
    const auto& image = images[i];
    if (!image.error_code.empty() || image.print.constant) continue;
    const auto [found, fresh] = first.emplace(image.print.pixels_sha256, i);
    if (fresh) continue;
    const bool bytes = images[found->second].sha256 == image.sha256;
    CopyPair pair{found->second, i, bytes ? CopyKind::same_file : CopyKind::same_pixels, 0, {}};
    pair.place.likeness = {1, 1, 0};
    pairs.push_back(pair);
  }
  return pairs;
}

std::vector<Leak> find_leaks(const std::vector<AuditImage>& images,
                             const std::vector<CopyPair>& pairs) {
  // Groups of copies first: what is a part of one is a part of all.
  std::vector<std::size_t> group(images.size());
  for (std::size_t i = 0; i < group.size(); ++i) group[i] = i;
  const auto root = [&](std::size_t i) {
    while (group[i] != i) i = group[i] = group[group[i]];
    return i;
  };
  for (const auto& pair : pairs) {
    const std::size_t a = root(pair.first), b = root(pair.second);
    if (pair.kind <= CopyKind::near_copy) group[std::max(a, b)] = std::min(a, b);
  }
  for (std::size_t i = 0; i < group.size(); ++i) group[i] = root(i);
  // Of each group its member of the earliest split.
  std::vector<std::size_t> earliest(images.size(), kNone);
  for (std::size_t i = 0; i < images.size(); ++i) {
    auto& member = earliest[group[i]];
    if (member == kNone || images[i].split < images[member].split) member = i;
  }
  std::multimap<std::size_t, std::pair<std::size_t, std::size_t>> seen;  // group -> partner's, pair
  for (std::size_t p = 0; p < pairs.size(); ++p) {
    if (pairs[p].kind == CopyKind::alike) continue;
    const std::size_t a = group[pairs[p].first], b = group[pairs[p].second];
    seen.emplace(a, std::pair(b, p));
    if (a != b) seen.emplace(b, std::pair(a, p));
  }
  std::vector<Leak> leaks;
  for (std::size_t i = 0; i < images.size(); ++i) {
    Leak best{i, kNone, kNone};
    for (auto [at, end] = seen.equal_range(group[i]); at != end; ++at) {
      const std::size_t partner = earliest[at->second.first], pair = at->second.second;
      if (images[partner].split >= images[i].split) continue;
      if (best.pair != kNone && pairs[best.pair].kind <= pairs[pair].kind) continue;
      best.partner = partner, best.pair = pair;
    }
    if (best.pair != kNone) leaks.push_back(best);
  }
  return leaks;
}

}  // namespace zeromiss
