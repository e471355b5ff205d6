#pragma once

#include <zeromiss/metrics/figure.hpp>

#include <cstdint>
#include <span>

namespace zeromiss {

struct RegressionFigures {
  std::uint64_t samples = 0;
  Figure mae, mse, rmse, median_ae, max_error;
  Figure r2;                            ///< undefined below two samples and for a constant target
  Figure mape;                          ///< a fraction, over the targets that are not zero
  Figure mape_percent;                  ///< 100 times that
  std::uint64_t mape_zero_targets = 0;  ///< left out of the two
  Figure mape_sklearn;  ///< over all targets, each divisor at least 2^-52, as scikit-learn has it
};

/// Sums are taken in sorted order with compensation, so the result does not depend on the order of
/// the samples. What leaves the doubles by a divisor of next to nothing is undefined: "too_large".
/// @throws std::invalid_argument when the lengths differ or a value is not finite
RegressionFigures regression_figures(std::span<const double> truth,
                                     std::span<const double> predicted);

}  // namespace zeromiss
