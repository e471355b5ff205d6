#pragma once

#include <optional>
#include <string>
#include <utility>

namespace zeromiss {

/// A number of a report, or the reason why there is none. Undefined is never 0: whoever wants
/// scikit-learn's zero says so with or_zero().
struct Figure {
  std::optional<double> value;
  std::string reason =
      "not_computed";  ///< a stable word of the manual; empty when there is a value

  Figure() = default;
  Figure(double number) : value(number), reason() {}  // NOLINT: every number is a figure
  static Figure undefined(std::string why) {
    Figure figure;
    figure.reason = std::move(why);
    return figure;
  }

  [[nodiscard]] bool defined() const { return value.has_value(); }
  [[nodiscard]] double or_zero() const { return value.value_or(0.0); }
};

/// numerator / denominator; undefined with `reason` when the denominator is 0.
inline Figure ratio(double numerator, double denominator, const char* reason) {
  if (denominator == 0.0) return Figure::undefined(reason);
  return numerator / denominator;
}

}  // namespace zeromiss
