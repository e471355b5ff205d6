#include <zeromiss/report/bounds.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace zeromiss {

std::string percent_at_most(double share, int digits) {
  constexpr double kPercent = 100;
  constexpr double kRounding = 1e-9;  // 0.07 * 100 is a little more than 7
  const double unit = std::pow(10.0, digits);
  const double up = std::ceil(kPercent * share * unit * (1 - kRounding)) / unit;
  return fmt::format("{:.{}f} %", std::min(up, kPercent), digits);
}

}  // namespace zeromiss
