#pragma once

#include <string>

namespace zeromiss {

/// An upper bound of a share in per cent, "1.01 %", rounded up: rounded to the nearest it would
/// claim what was not shown ("at most 1.00 %" for 1.0002 %).
/// @param share  0..1  @param digits  behind the point
std::string percent_at_most(double share, int digits);

}  // namespace zeromiss
