#pragma once
// Probability of detection against size from hit/miss data: MIL-HDBK-1823A (2009), appendix G.

#include <zeromiss/metrics/binary_regression.hpp>
#include <zeromiss/metrics/figure.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace zeromiss {

/// One defect that was there to be found. Size > 0 and finite, in any unit.
struct PodTarget {
  double size = 0.0;
  bool found = false;
};

enum class SizeAxis { linear, log };

/// link(POD) = intercept + slope f(size), f = identity or natural logarithm. With the logarithm it
/// does not matter whether the size is an area or a diameter.
struct PodModel {
  Link link = Link::logit;
  SizeAxis axis = SizeAxis::log;
};

/// How sizes of hits and misses lie to each other; in all but `overlap` the maximum-likelihood
/// curve does not exist.
enum class Separation {
  overlap,
  complete,  ///< largest miss < smallest hit
  quasi,     ///< largest miss = smallest hit
  reversed,  ///< the other way round: small ones are found, large ones missed
  all_found,
  none_found,
  no_targets,
};
Separation separation_of(std::span<const PodTarget> targets);

struct PodFit {
  PodModel model;
  bool firth = false, converged = false;
  double intercept = 0.0, slope = 0.0;
  double intercept_error = 0.0, slope_error = 0.0, covariance = 0.0;
  double log_likelihood = 0.0;  ///< with Firth's penalty where `firth`
  double aic = 0.0;             ///< 4 - 2 x log-likelihood, without the penalty
  double deviance = 0.0;
  double slope_p = 1.0;  ///< likelihood-ratio test of "POD does not rise with size", one-sided
};

/// POD and the one-sided bounds of it at rising sizes.
struct PodCurve {
  std::vector<double> size, pod, low, high;
};

/// One model on one set of targets. Works on groups of equal sizes; of more than 5,000 different
/// sizes neighbours are taken together (their sizes differ by less than a thousandth of the span).
class PodCurveFit {
 public:
  /// @throws std::invalid_argument for no targets, a size that is not finite, or, with the
  /// logarithm, not above 0
  PodCurveFit(std::span<const PodTarget> targets, PodModel model, bool firth);

  [[nodiscard]] const PodFit& fit() const { return fit_; }

  /// The size that is found with probability `share`: a50, a90. No value where the slope is not
  /// above 0 or nothing converged.
  [[nodiscard]] std::optional<double> size_at(double share) const;
  /// Upper one-sided bound of that size: a90/95 for 0.9 and 0.95.
  /// Likelihood ratio: where 2 (best - best with POD(size) = share) reaches the square of the
  /// one-sided normal quantile (2.7055 for 0.95). With Firth by the penalised profile.
  [[nodiscard]] std::optional<double> size_bound(double share, double confidence) const;
  /// The same from the Wald bound of the curve; for information: with a steep curve it is far off
  /// or not there (Hauck & Donner 1977).
  [[nodiscard]] std::optional<double> size_bound_wald(double share, double confidence) const;
  /// Lower one-sided Wald bound of POD at a size.
  [[nodiscard]] double wald_lower(double size, double confidence) const;
  /// Bounds by likelihood ratio at `points` sizes, evenly spaced on the model's axis.
  [[nodiscard]] PodCurve curve(double confidence, std::size_t points) const;

  /// p-value of Hosmer and Lemeshow's test with ten groups; no value with fewer than 30 targets or
  /// 4 groups.
  [[nodiscard]] std::optional<double> hosmer_lemeshow_p() const;

 private:
  [[nodiscard]] double to_axis(double size) const;  ///< standardised
  [[nodiscard]] double from_axis(double u) const;
  [[nodiscard]] double best_with(double eta, double u) const;

  BinaryData data_;  ///< intercept and standardised axis
  RegressionOptions options_;
  double centre_ = 0.0, scale_ = 1.0;  ///< of f(size)
  double low_ = 0.0, high_ = 0.0;      ///< standardised ends of the sizes
  BinaryFit inner_;
  PodFit fit_;
};

}  // namespace zeromiss
