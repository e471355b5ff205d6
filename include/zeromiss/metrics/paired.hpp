#pragma once

#include <zeromiss/metrics/figure.hpp>
#include <zeromiss/metrics/intervals.hpp>

#include <cstdint>
#include <optional>

namespace zeromiss {

/// The same samples judged twice, "first" and "second": how many got a hit (were right, were found,
/// ...) both times, only once, or never.
struct PairedCounts {
  std::uint64_t both = 0, first_only = 0, second_only = 0, neither = 0;
  void add(bool first, bool second);
  [[nodiscard]] std::uint64_t total() const { return both + first_only + second_only + neither; }
};

/// McNemar's exact test, two-sided: twice the smaller tail of Bin(b + c, 1/2), at most 1; 1 without
/// a discordant pair. It cannot see a single new miss (b = 1, c = 0: p = 1).
double mcnemar_exact(const PairedCounts& counts);
/// The same with only half of the observed point's probability (Fagerland, Lydersen and Laake 2013,
/// BMC Med Res Methodol 13:91): less conservative, usually still safe.
double mcnemar_mid_p(const PairedCounts& counts);

/// Share of hits, first minus second. Undefined ("no_samples") without samples.
Figure paired_difference(const PairedCounts& counts);
/// Newcombe's interval for it from Wilson's limits of both shares and their correlation (Stat Med
/// 1998;17:2635, method 10), two-sided. No value without samples.
std::optional<Interval> newcombe_paired(const PairedCounts& counts, double confidence);

}  // namespace zeromiss
