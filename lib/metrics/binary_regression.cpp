#include <zeromiss/metrics/binary_regression.hpp>

#include <boost/math/special_functions/erf.hpp>
#include <boost/math/tools/toms748_solve.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace zeromiss {
namespace {

constexpr double kTiny = 1e-300;
constexpr double kSqrt2 = 1.4142135623730951, kSqrt2Pi = 2.5066282746310002;

/// Chance of a hit and of a miss, and what one trial adds to score and information.
struct Point {
  double hit, miss;
  double slope;   ///< d hit / d eta
  double weight;  ///< slope^2 / (hit miss)
};

Point point_at(Link link, double eta) {
  if (link == Link::logit) {
    const double small = std::exp(-std::abs(eta)), most = 1.0 / (1.0 + small);
    const double hit = eta >= 0 ? most : small * most, miss = eta >= 0 ? small * most : most;
    return {hit, miss, hit * miss, hit * miss};
  }
  const double hit = std::max(0.5 * std::erfc(-eta / kSqrt2), kTiny);
  const double miss = std::max(0.5 * std::erfc(eta / kSqrt2), kTiny);
  const double slope = std::exp(-0.5 * eta * eta) / kSqrt2Pi;
  return {hit, miss, slope, slope / hit * (slope / miss)};
}

/// Symmetric positive definite, small: L of A = L L^T, row by row.
class Cholesky {
 public:
  /// No value in ok() when the matrix is singular to rounding.
  Cholesky(std::vector<double> matrix, std::size_t size) : lower_(std::move(matrix)), size_(size) {
    for (std::size_t j = 0; j < size_ && ok_; ++j) {
      const double before = at(j, j);
      double diagonal = before;
      for (std::size_t k = 0; k < j; ++k) diagonal -= at(j, k) * at(j, k);
      ok_ = diagonal > before * 1e-14 && std::isfinite(diagonal);
      at(j, j) = std::sqrt(diagonal);
      for (std::size_t i = j + 1; i < size_; ++i) {
        double sum = at(i, j);
        for (std::size_t k = 0; k < j; ++k) sum -= at(i, k) * at(j, k);
        at(i, j) = sum / at(j, j);
      }
    }
  }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] double log_determinant() const {
    double sum = 0.0;
    for (std::size_t j = 0; j < size_; ++j) sum += 2.0 * std::log(lower_[j * size_ + j]);
    return sum;
  }
  /// L^-1 v
  void forward(std::vector<double>& v) const {
    for (std::size_t i = 0; i < size_; ++i) {
      for (std::size_t k = 0; k < i; ++k) v[i] -= lower_[i * size_ + k] * v[k];
      v[i] /= lower_[i * size_ + i];
    }
  }
  [[nodiscard]] std::vector<double> solve(std::vector<double> v) const {
    forward(v);
    for (std::size_t i = size_; i-- > 0;) {
      for (std::size_t k = i + 1; k < size_; ++k) v[i] -= lower_[k * size_ + i] * v[k];
      v[i] /= lower_[i * size_ + i];
    }
    return v;
  }
  [[nodiscard]] std::vector<double> inverse() const {
    std::vector<double> out(size_ * size_);
    for (std::size_t j = 0; j < size_; ++j) {
      std::vector<double> unit(size_);
      unit[j] = 1.0;
      unit = solve(std::move(unit));
      for (std::size_t i = 0; i < size_; ++i) out[i * size_ + j] = unit[i];
    }
    return out;
  }

 private:
  double& at(std::size_t i, std::size_t j) { return lower_[i * size_ + j]; }
  std::vector<double> lower_;
  std::size_t size_;
  bool ok_ = true;
};

double eta_of(const BinaryData& data, std::size_t row, std::span<const double> beta) {
  double eta = data.offset.empty() ? 0.0 : data.offset[row];
  for (std::size_t j = 0; j < data.columns; ++j)
    eta += data.design[row * data.columns + j] * beta[j];
  return eta;
}

/// ln of the chance without cancellation, also far out.
double log_share(Link link, double eta) {
  if (link == Link::logit)
    return eta >= 0 ? -std::log1p(std::exp(-eta)) : eta - std::log1p(std::exp(eta));
  return std::log(std::max(0.5 * std::erfc(-eta / kSqrt2), kTiny));
}

double plain_log_likelihood(const BinaryData& data, Link link, std::span<const double> beta) {
  double sum = 0.0;
  for (std::size_t i = 0; i < data.trials.size(); ++i) {
    const double eta = eta_of(data, i, beta), hits = data.hits[i], misses = data.trials[i] - hits;
    if (hits > 0) sum += hits * log_share(link, eta);
    if (misses > 0) sum += misses * log_share(link, -eta);
  }
  return sum;
}

std::vector<double> information(const BinaryData& data, Link link, std::span<const double> beta) {
  const std::size_t p = data.columns;
  std::vector<double> matrix(p * p);
  for (std::size_t i = 0; i < data.trials.size(); ++i) {
    const double weight = data.trials[i] * point_at(link, eta_of(data, i, beta)).weight;
    const double* x = &data.design[i * p];
    for (std::size_t j = 0; j < p; ++j)
      for (std::size_t k = 0; k < p; ++k) matrix[j * p + k] += weight * x[j] * x[k];
  }
  return matrix;
}

std::vector<double> score(const BinaryData& data, const RegressionOptions& options,
                          std::span<const double> beta, const Cholesky& info) {
  const std::size_t p = data.columns;
  std::vector<double> sum(p), row(p);
  for (std::size_t i = 0; i < data.trials.size(); ++i) {
    const Point at = point_at(options.link, eta_of(data, i, beta));
    const double* x = &data.design[i * p];
    const double factor = options.link == Link::logit ? 1.0 : at.slope / at.hit / at.miss;
    // Not hits - trials * chance: that rounds to 0 where the data are separated, and looks settled.
    double residual = (data.hits[i] * at.miss - (data.trials[i] - data.hits[i]) * at.hit) * factor;
    if (options.firth) {
      row.assign(x, x + p);
      info.forward(row);
      double leverage = 0.0;
      for (const double value : row) leverage += value * value;
      residual += leverage * data.trials[i] * at.weight * (0.5 - at.hit);
    }
    for (std::size_t j = 0; j < p; ++j) sum[j] += residual * x[j];
  }
  return sum;
}

void check(const BinaryData& data, const RegressionOptions& options) {
  if (data.columns == 0 || data.design.size() != data.columns * data.trials.size() ||
      data.hits.size() != data.trials.size() ||
      (!data.offset.empty() && data.offset.size() != data.trials.size()))
    throw std::invalid_argument("lists of a regression do not fit together");
  for (std::size_t i = 0; i < data.trials.size(); ++i)
    if (!(data.hits[i] >= 0 && data.hits[i] <= data.trials[i] && std::isfinite(data.trials[i])))
      throw std::invalid_argument("expected 0 <= hits <= trials");
  for (const auto* list : {&data.design, &data.offset})
    if (!std::all_of(list->begin(), list->end(), [](double v) { return std::isfinite(v); }))
      throw std::invalid_argument("a number of the design is not finite");
  if (options.firth && options.link != Link::logit)
    throw std::invalid_argument("Firth's likelihood is there for the logit only");
}

/// The same rows without one column, which is held at `value`.
BinaryData hold(const BinaryData& data, std::size_t column, double value) {
  BinaryData held{data.columns - 1, {}, data.trials, data.hits, data.offset};
  held.offset.resize(data.trials.size());
  for (std::size_t i = 0; i < data.trials.size(); ++i)
    for (std::size_t j = 0; j < data.columns; ++j) {
      const double x = data.design[i * data.columns + j];
      if (j == column)
        held.offset[i] += value * x;
      else
        held.design.push_back(x);
    }
  return held;
}

}  // namespace

double link_of(Link link, double share) {
  if (!(share > 0.0 && share < 1.0)) throw std::invalid_argument("share is not between 0 and 1");
  return link == Link::logit ? std::log(share / (1.0 - share))
                             : kSqrt2 * boost::math::erf_inv(2.0 * share - 1.0);
}

double share_of(Link link, double eta) { return point_at(link, eta).hit; }

double log_likelihood(const BinaryData& data, const RegressionOptions& options,
                      std::span<const double> beta) {
  const double plain = plain_log_likelihood(data, options.link, beta);
  if (!options.firth) return plain;
  const Cholesky info(information(data, options.link, beta), data.columns);
  return info.ok() ? plain + 0.5 * info.log_determinant()
                   : -std::numeric_limits<double>::infinity();
}

BinaryFit fit_binary(const BinaryData& data, const RegressionOptions& options) {
  check(data, options);
  constexpr int kMostSteps = 200, kMostHalvings = 30;
  constexpr double kDecrement = 1e-20, kStep = 1e-7;
  BinaryFit fit;
  fit.beta.assign(data.columns, 0.0);
  double best = log_likelihood(data, options, fit.beta);
  for (int step = 0; step < kMostSteps; ++step) {
    const Cholesky info(information(data, options.link, fit.beta), data.columns);
    if (!info.ok()) break;
    const auto gradient = score(data, options, fit.beta, info);
    auto change = info.solve(gradient);
    double decrement = 0.0;
    bool small = true;
    for (std::size_t j = 0; j < change.size(); ++j) {
      decrement += gradient[j] * change[j];
      small = small && std::abs(change[j]) <= kStep * (1.0 + std::abs(fit.beta[j]));
    }
    // With separated data the gradient vanishes, too, but the steps stay as long as ever.
    if (decrement <= kDecrement * (1.0 + std::abs(best)) && small) {
      for (std::size_t j = 0; j < change.size(); ++j) fit.beta[j] += change[j];
      fit.converged = true;
      break;
    }
    std::vector<double> next(fit.beta.size());
    double reached = 0.0;
    for (int halving = 0; halving <= kMostHalvings; ++halving) {
      for (std::size_t j = 0; j < next.size(); ++j) next[j] = fit.beta[j] + change[j];
      reached = log_likelihood(data, options, next);
      if (reached >= best - 1e-12 * (1.0 + std::abs(best))) break;
      for (double& part : change) part *= 0.5;
    }
    fit.beta = next;
    best = reached;
  }
  fit.log_likelihood = plain_log_likelihood(data, options.link, fit.beta);
  const Cholesky info(information(data, options.link, fit.beta), data.columns);
  fit.converged = fit.converged && info.ok();
  if (!info.ok()) return fit;
  fit.covariance = info.inverse();
  if (options.firth) fit.penalty = 0.5 * info.log_determinant();
  return fit;
}

Estimate quantile(const BinaryFit& fit, std::size_t intercept, std::size_t slope, double eta) {
  const std::size_t p = fit.beta.size();
  const auto covariance = [&](std::size_t i, std::size_t j) { return fit.covariance[i * p + j]; };
  const double b1 = fit.beta.at(slope), value = (eta - fit.beta.at(intercept)) / b1;
  const double variance =
      (covariance(intercept, intercept) + 2.0 * value * covariance(intercept, slope) +
       value * value * covariance(slope, slope)) /
      (b1 * b1);
  return {value, std::sqrt(variance)};
}

ProfileInterval profile_interval(const BinaryData& data, const BinaryFit& fit, Link link,
                                 std::size_t column, double confidence) {
  const double z = kSqrt2 * boost::math::erf_inv(confidence), limit = z * z;
  const double centre = fit.beta.at(column);
  const double error = std::sqrt(fit.covariance.at(column * data.columns + column));
  const auto excess = [&](double value) {
    const BinaryData held = hold(data, column, value);
    const double reached = held.columns == 0 ? plain_log_likelihood(held, link, {})
                                             : fit_binary(held, {link, false}).log_likelihood;
    return 2.0 * (fit.log_likelihood - reached) - limit;
  };
  const auto end = [&](double direction) -> std::optional<double> {
    constexpr double kFarthest = 1e4;  // standard errors
    double inside = 0.0;
    for (double outside = z; outside < kFarthest; inside = outside, outside *= 1.5) {
      if (excess(centre + direction * outside * error) <= 0.0) continue;
      const double a = centre + direction * inside * error,
                   b = centre + direction * outside * error;
      std::uintmax_t steps = 100;
      const auto root =
          boost::math::tools::toms748_solve(excess, std::min(a, b), std::max(a, b),
                                            boost::math::tools::eps_tolerance<double>(48), steps);
      return 0.5 * (root.first + root.second);
    }
    return std::nullopt;
  };
  return {end(-1.0), end(1.0)};
}

}  // namespace zeromiss
