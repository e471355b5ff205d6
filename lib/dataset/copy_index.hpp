#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace zeromiss {

/// 64-bit hashes that can be found again with a few wrong bits: four tables, one a band of 16 bits.
class HashIndex {
 public:
  static constexpr unsigned kBands = 4, kBits = 16;

  /// @param hashes  stays where it is while the index lives
  explicit HashIndex(const std::vector<std::uint64_t>& hashes) : hashes_(hashes) {
    for (unsigned band = 0; band < kBands; ++band) {
      auto& table = tables_.at(band);
      table.starts.assign((std::size_t{1} << kBits) + 1, 0);
      for (const auto hash : hashes) ++table.starts[part(hash, band) + 1];
      for (std::size_t i = 1; i < table.starts.size(); ++i) table.starts[i] += table.starts[i - 1];
      auto next = table.starts;
      table.entries.resize(hashes.size());
      for (std::size_t i = 0; i < hashes.size(); ++i)
        table.entries[next[part(hashes[i], band)]++] = static_cast<std::uint32_t>(i);
    }
  }

  /// Calls use(entry, wrong bits) for entries that differ in at most `most` bits; an entry may come
  /// more than once. @param wrong     bits that may differ within a band: 0 or 1
  /// @param crowd  buckets with more entries say nothing and are passed over
  template <typename Use>
  void find(std::uint64_t hash, int most, unsigned wrong, std::size_t crowd, const Use& use) const {
    for (unsigned band = 0; band < kBands; ++band) {
      const std::size_t value = part(hash, band);
      bucket(band, value, hash, most, crowd, use);
      for (unsigned bit = 0; wrong > 0 && bit < kBits; ++bit)
        bucket(band, value ^ (std::size_t{1} << bit), hash, most, crowd, use);
    }
  }

 private:
  struct Table {
    std::vector<std::uint32_t> starts, entries;
  };

  static std::size_t part(std::uint64_t hash, unsigned band) {
    return (hash >> (band * kBits)) & 0xFFFFU;
  }

  template <typename Use>
  void bucket(unsigned band, std::size_t value, std::uint64_t hash, int most, std::size_t crowd,
              const Use& use) const {
    const auto& table = tables_.at(band);
    const std::uint32_t from = table.starts[value], to = table.starts[value + 1];
    if (to - from > crowd) return;
    for (std::uint32_t i = from; i < to; ++i) {
      const std::uint32_t entry = table.entries[i];
      const int differ = std::popcount(hashes_[entry] ^ hash);
      if (differ <= most) use(entry, differ);
    }
  }

  const std::vector<std::uint64_t>& hashes_;
  std::array<Table, kBands> tables_;
};

}  // namespace zeromiss
