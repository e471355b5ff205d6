#pragma once

#include <cstdint>
#include <optional>

namespace zeromiss {

struct Interval {
  double low, high;
};

/// Two-sided Clopper-Pearson interval of a proportion: k hits among n. Never too short.
/// No value when n = 0. Precondition of all: k <= n, 0 < confidence < 1 (else
/// std::invalid_argument).
std::optional<Interval> clopper_pearson(std::uint64_t k, std::uint64_t n, double confidence);
/// One-sided Clopper-Pearson bounds; the upper one is 1 - (1 - confidence)^(1/n) for k = 0 (the
/// exact form of the rule of three).
std::optional<double> upper_bound(std::uint64_t k, std::uint64_t n, double confidence);
std::optional<double> lower_bound(std::uint64_t k, std::uint64_t n, double confidence);

/// Wilson's score interval, two-sided, without continuity correction: for estimates such as
/// accuracy and overkill, not for gates.
std::optional<Interval> wilson(std::uint64_t k, std::uint64_t n, double confidence);

/// Smallest n for which at most `misses` misses show a rate below `rate` with this confidence:
/// P(Bin(n, rate) <= misses) <= 1 - confidence. 29, 46, 61, 76 for 0..3 misses at 90 % / 95 %. No
/// value when that is more than 2^53.
std::optional<std::uint64_t> demonstration_size(std::uint64_t misses, double rate,
                                                double confidence);

}  // namespace zeromiss
