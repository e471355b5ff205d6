#pragma once

#include <nlohmann/json_fwd.hpp>

#include <vector>

namespace zeromiss {

/// A figure measured several times: the median and how far the others lie from it.
struct Spread {
  double median = 0;
  double mad = 0;  ///< median absolute deviation from the median, not scaled

  /// mad / median; 0 where the median is 0.
  [[nodiscard]] double relative() const;
};

/// {"median": …, "mad": …}
nlohmann::ordered_json spread_json(const Spread& spread);

/// @param values  at least one; of an even number the mean of the middle two counts
Spread spread_of(std::vector<double> values);

/// The smallest value that at least `share` of all values do not exceed (nearest rank).
/// @param sorted  ascending, not empty
/// @param share   (0, 1]
double percentile(const std::vector<double>& sorted, double share);

}  // namespace zeromiss
