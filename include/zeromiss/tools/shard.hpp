#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace zeromiss {

/// One of `count` parts of a list that are inspected apart, on one machine or many; counts from 0.
struct Shard {
  std::uint64_t index = 0, count = 1;
  [[nodiscard]] bool whole() const { return count == 1; }
  [[nodiscard]] std::string text() const;  ///< "3/8"
};

/// Slices `first` to `end`, without `end`.
struct SliceRange {
  std::uint64_t first = 0, end = 0;
};

/// The images of a shard: neighbours in the sorted list, in whole slices, so that a record is the
/// same in a shard and in one run over everything. May be empty.
struct ListPart {
  Shard shard;
  std::uint64_t first = 0, end = 0;  ///< images, without `end`
  std::uint64_t slice = 1;           ///< images of a slice
  [[nodiscard]] std::uint64_t size() const { return end - first; }
  /// What is left from image `image` on, the first of a slice.
  [[nodiscard]] SliceRange slices_from(std::uint64_t image) const;
};
ListPart part_of(const Shard& shard, std::uint64_t images, int slice);

/// "I/N", 0 <= I < N <= 1,000,000. @throws Error(usage)
Shard parse_shard(std::string_view text);

/// Value of an environment variable, if it is set.
using Environment = std::function<std::optional<std::string>(const char*)>;

/// What the scheduler of this process says: a job array of Slurm, AWS Batch or Grid Engine, an
/// indexed job of Kubernetes, a rank of Open MPI or PMI. Where it gives an index and no count,
/// ZEROMISS_SHARD_COUNT does. @throws Error(usage) when none is there, two disagree, or the count
/// is missing or does not fit
Shard shard_from_environment(const Environment& environment);

/// --shard as it was given: "", "I/N" or "auto" (this process's environment).
Shard shard_in_force(const std::string& option);

}  // namespace zeromiss
