#include <zeromiss/report/bounds.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace zeromiss {

namespace {
constexpr double kPercent = 100;
constexpr double kRounding = 1e-9;  // 0.07 * 100 is a little more than 7, 0.29 * 100 less than 29
}  // namespace

std::string percent_at_most(double share, int digits) {
  const double unit = std::pow(10.0, digits);
  const double up = std::ceil(kPercent * share * unit * (1 - kRounding)) / unit;
  return fmt::format("{:.{}f} %", std::min(up, kPercent), digits);
}

std::string percent_at_least(double share, int digits) {
  const double unit = std::pow(10.0, digits);
  const double down = std::floor(kPercent * share * unit * (1 + kRounding)) / unit;
  return fmt::format("{:.{}f} %", std::max(down, 0.0), digits);
}

std::string rounded(double value, double whole, int digits) {
  constexpr int kMostDigits = 12;
  constexpr double kNothing = 1e-12;  // COCO's perfect AP is 1 - 2^-52
  if (std::abs(value - whole) < kNothing * whole) value = whole;
  for (; digits < kMostDigits; ++digits) {
    auto shown = fmt::format("{:.{}f}", value, digits);
    const double read = std::stod(shown);
    if ((read > 0) == (value > 0) && (read < whole) == (value < whole)) return shown;
  }
  return fmt::format("{}", value);
}

std::string rate_text(const Figure& figure, const std::string& otherwise) {
  return figure.defined() ? rounded(*figure.value, 1, 4) : otherwise;
}

std::string percent_text(const Figure& figure, const std::string& otherwise) {
  return figure.defined() ? rounded(kPercent * *figure.value, kPercent, 2) + " %" : otherwise;
}

}  // namespace zeromiss
