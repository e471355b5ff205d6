#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace zeromiss {

/// How the chance of a hit hangs on the linear predictor eta: 1 / (1 + exp(-eta)), or Phi(eta).
enum class Link { logit, probit };

/// The linear predictor at which the chance is `share`, 0 < share < 1; and back.
double link_of(Link link, double share);
double share_of(Link link, double eta);

/// Rows of trials with the same covariates: hits among trials.
struct BinaryData {
  std::size_t columns = 0;
  std::vector<double> design;        ///< row by row, `columns` numbers each; 1 for an intercept
  std::vector<double> trials, hits;  ///< one a row, 0 <= hits <= trials
  std::vector<double> offset;        ///< of eta, one a row; empty: 0
};

struct RegressionOptions {
  Link link = Link::logit;
  /// Maximise the likelihood times det(I)^1/2 (Firth 1993; Heinze & Schemper 2002): finite also
  /// where the covariates separate hits from misses. Logit only.
  bool firth = false;
};

struct BinaryFit {
  /// False: the likelihood has no maximum at finite coefficients (separation), or none was found.
  bool converged = false;
  std::vector<double> beta;        ///< one a column
  std::vector<double> covariance;  ///< inverse of the expected information, row by row
  double log_likelihood = 0.0;     ///< of the single trials, so without binomial coefficients
  double penalty = 0.0;            ///< of Firth: ln det(I) / 2; else 0
};

/// Iteratively reweighted least squares with halved steps.
/// @throws std::invalid_argument for lists that do not fit together, hits outside 0..trials,
/// numbers that are not finite, or firth with another link than logit
BinaryFit fit_binary(const BinaryData& data, const RegressionOptions& options);

/// Log-likelihood (with Firth's penalty, if asked for) at given coefficients.
double log_likelihood(const BinaryData& data, const RegressionOptions& options,
                      std::span<const double> beta);

struct Estimate {
  double value, standard_error;
};
/// Where beta[intercept] + beta[slope] x = eta, and its standard error by the delta method
/// ("dose.p" of MASS). Precondition: the slope is not 0.
Estimate quantile(const BinaryFit& fit, std::size_t intercept, std::size_t slope, double eta);

struct ProfileInterval {
  std::optional<double> low, high;  ///< no value: the likelihood sets no limit on this side
};
/// Two-sided profile-likelihood interval of one coefficient (R's confint of a glm). Not for Firth.
/// Precondition: fit.converged
ProfileInterval profile_interval(const BinaryData& data, const BinaryFit& fit, Link link,
                                 std::size_t column, double confidence);

}  // namespace zeromiss
