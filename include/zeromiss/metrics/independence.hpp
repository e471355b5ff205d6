#pragma once

#include <zeromiss/metrics/figure.hpp>

#include <cstdint>
#include <vector>

namespace zeromiss {

/// Pearson's chi-square test that rows and columns of a table of counts have nothing to do with
/// each other (NIST/SEMATECH e-Handbook, 7.4.5), without continuity correction.
struct Independence {
  double chi_square = 0;
  std::uint64_t degrees = 0;
  Figure p_value;    ///< undefined with fewer than two rows or columns that hold anything
  Figure cramers_v;  ///< 0: alike, 1: as different as can be
  double smallest_expected = 0;  ///< below 5 the p-value is only a hint (Cochran)
};
/// @param counts  rows of one length
Independence test_independence(const std::vector<std::vector<std::uint64_t>>& counts);

}  // namespace zeromiss
