#pragma once

#include <zeromiss/metrics/figure.hpp>

#include <string>

namespace zeromiss {

/// An upper bound of a share in per cent, "1.01 %", rounded up: rounded to the nearest it would
/// claim what was not shown ("at most 1.00 %" for 1.0002 %).
/// @param share  0..1  @param digits  behind the point
std::string percent_at_most(double share, int digits);

/// The same of a lower bound, rounded down.
std::string percent_at_least(double share, int digits);

/// With that many digits behind the point, and with more where it would read as 0 or as `whole` and
/// is not: 4 misses of 90,000 are no recall of 1.0000.
std::string rounded(double value, double whole, int digits);
/// "0.9843", "98.43 %" of a share; `otherwise` where there is none.
std::string rate_text(const Figure& figure, const std::string& otherwise = "-");
std::string percent_text(const Figure& figure, const std::string& otherwise = "-");

}  // namespace zeromiss
