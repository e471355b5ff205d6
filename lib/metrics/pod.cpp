#include <zeromiss/metrics/pod.hpp>

#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/tools/minima.hpp>
#include <boost/math/tools/toms748_solve.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>

namespace zeromiss {
namespace {

constexpr std::size_t kMostGroups = 5000;
constexpr double kInfinite = std::numeric_limits<double>::infinity();

/// One-sided standard normal quantile: 1.645 for 0.95.
double one_sided(double confidence) {
  return std::numbers::sqrt2 * boost::math::erf_inv(2.0 * confidence - 1.0);
}

/// P(chi-square with `freedom` > x)
double chi_square_above(double x, double freedom) {
  return boost::math::gamma_q(freedom / 2.0, std::max(x, 0.0) / 2.0);
}

template <typename Function>
double root(const Function& function, double low, double high) {
  std::uintmax_t steps = 100;
  const auto found = boost::math::tools::toms748_solve(
      function, low, high, boost::math::tools::eps_tolerance<double>(46), steps);
  return 0.5 * (found.first + found.second);
}

struct Ends {
  double low = kInfinite, high = -kInfinite;
  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

std::vector<PodTarget> on_axis(std::span<const PodTarget> targets, SizeAxis axis) {
  std::vector<PodTarget> sorted(targets.begin(), targets.end());
  for (PodTarget& target : sorted) {
    if (!std::isfinite(target.size) || (axis == SizeAxis::log && target.size <= 0.0))
      throw std::invalid_argument("a size is not a number above 0");
    if (axis == SizeAxis::log) target.size = std::log(target.size);
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const PodTarget& a, const PodTarget& b) { return a.size < b.size; });
  return sorted;
}

/// Rows of (1, f(size)), equal sizes in one.
BinaryData grouped(const std::vector<PodTarget>& sorted) {
  std::size_t different = 1;
  for (std::size_t i = 1; i < sorted.size(); ++i)
    if (sorted[i].size > sorted[i - 1].size) ++different;
  const double span = sorted.back().size - sorted.front().size;
  const double width = different > kMostGroups ? span / static_cast<double>(kMostGroups) : 0.0;
  BinaryData data;
  data.columns = 2;
  double begin = -kInfinite;
  for (const PodTarget& target : sorted) {
    if (data.trials.empty() || target.size - begin > width) {
      begin = target.size;
      data.design.insert(data.design.end(), {1.0, 0.0});
      data.trials.push_back(0.0);
      data.hits.push_back(0.0);
    }
    double& mean = data.design.back();
    data.trials.back() += 1.0;
    data.hits.back() += target.found ? 1.0 : 0.0;
    mean += (target.size - mean) / data.trials.back();
  }
  return data;
}

}  // namespace

Separation separation_of(std::span<const PodTarget> targets) {
  if (targets.empty()) return Separation::no_targets;
  Ends hits, misses;
  for (const PodTarget& target : targets) (target.found ? hits : misses).add(target.size);
  if (misses.low > misses.high) return Separation::all_found;
  if (hits.low > hits.high) return Separation::none_found;
  if (misses.high < hits.low) return Separation::complete;
  if (hits.high <= misses.low && hits.low < misses.high) return Separation::reversed;
  if (misses.high == hits.low && misses.low < hits.high) return Separation::quasi;
  return Separation::overlap;
}

PodCurveFit::PodCurveFit(std::span<const PodTarget> targets, PodModel model, bool firth)
    : options_{model.link, firth} {
  if (targets.empty()) throw std::invalid_argument("no targets");
  data_ = grouped(on_axis(targets, model.axis));
  double sum = 0.0, squares = 0.0, total = 0.0;
  for (std::size_t i = 0; i < data_.trials.size(); ++i) {
    total += data_.trials[i];
    sum += data_.trials[i] * data_.design[2 * i + 1];
  }
  centre_ = sum / total;
  for (std::size_t i = 0; i < data_.trials.size(); ++i)
    squares += data_.trials[i] * std::pow(data_.design[2 * i + 1] - centre_, 2);
  if (squares > 0.0) scale_ = std::sqrt(squares / total);
  for (std::size_t i = 0; i < data_.trials.size(); ++i) {
    double& u = data_.design[2 * i + 1];
    u = (u - centre_) / scale_;
  }
  low_ = data_.design[1];
  high_ = data_.design.back();
  fit_.model = model;
  fit_.firth = firth;
  inner_ = fit_binary(data_, options_);
  fit_.converged = inner_.converged;
  if (!fit_.converged) return;
  const auto& v = inner_.covariance;
  const double shift = centre_ / scale_;
  fit_.slope = inner_.beta[1] / scale_;
  fit_.intercept = inner_.beta[0] - inner_.beta[1] * shift;
  fit_.slope_error = std::sqrt(v[3]) / scale_;
  fit_.intercept_error = std::sqrt(v[0] - 2.0 * shift * v[1] + shift * shift * v[3]);
  fit_.covariance = (v[1] - shift * v[3]) / scale_;
  fit_.log_likelihood = inner_.log_likelihood + inner_.penalty;
  fit_.aic = 4.0 - 2.0 * inner_.log_likelihood;
  fit_.deviance = -2.0 * inner_.log_likelihood;  // of single trials: the full model's is 0
  const double flat = best_with(kInfinite, 0.0);
  const double ratio = std::max(0.0, 2.0 * (fit_.log_likelihood - flat));
  const double upper = 0.5 * chi_square_above(ratio, 1.0);
  fit_.slope_p = fit_.slope > 0.0 ? upper : 1.0 - upper;
}

double PodCurveFit::to_axis(double size) const {
  return ((fit_.model.axis == SizeAxis::log ? std::log(size) : size) - centre_) / scale_;
}

double PodCurveFit::from_axis(double u) const {
  const double value = centre_ + scale_ * u;
  return fit_.model.axis == SizeAxis::log ? std::exp(value) : value;
}

/// The greatest likelihood of all curves through (u, eta); eta infinite: of all flat ones.
double PodCurveFit::best_with(double eta, double u) const {
  const bool flat = std::isinf(eta);
  if (!options_.firth) {
    BinaryData held{1, std::vector<double>(data_.trials.size(), 1.0), data_.trials, data_.hits, {}};
    if (!flat) {
      held.offset.assign(data_.trials.size(), eta);
      for (std::size_t i = 0; i < held.design.size(); ++i)
        held.design[i] = data_.design[2 * i + 1] - u;
    }
    return fit_binary(held, options_).log_likelihood;
  }
  // The penalty is that of both coefficients (Heinze & Schemper 2002).
  const auto loss = [&](double free) {
    const std::array<double, 2> beta =
        flat ? std::array{free, 0.0} : std::array{eta - free * u, free};
    return -zeromiss::log_likelihood(data_, options_, beta);
  };
  double middle = flat ? inner_.beta[0] : inner_.beta[1], step = 0.25 * (1.0 + std::abs(middle));
  double low = middle - step, high = middle + step;
  for (int i = 0; i < 60 && loss(low) < loss(middle); ++i) {
    middle = low;
    low -= step *= 1.5;
  }
  step = 0.25 * (1.0 + std::abs(middle));
  for (int i = 0; i < 60 && loss(high) < loss(middle); ++i) {
    middle = high;
    high += step *= 1.5;
  }
  return -boost::math::tools::brent_find_minima(loss, low, high, 40).second;
}

std::optional<double> PodCurveFit::size_at(double share) const {
  if (!fit_.converged || !(fit_.slope > 0.0)) return std::nullopt;
  return from_axis((link_of(options_.link, share) - inner_.beta[0]) / inner_.beta[1]);
}

std::optional<double> PodCurveFit::size_bound(double share, double confidence) const {
  if (!fit_.converged || !(fit_.slope > 0.0)) return std::nullopt;
  const double eta = link_of(options_.link, share), limit = std::pow(one_sided(confidence), 2);
  const auto excess = [&](double u) {
    return 2.0 * (fit_.log_likelihood - best_with(eta, u)) - limit;
  };
  constexpr double kFarthest = 1e5;  // spreads of the sizes: then any slope would do
  double inside = (eta - inner_.beta[0]) / inner_.beta[1];
  for (double step = 0.05; step < kFarthest; step *= 1.3) {
    const double outside = inside + step;
    if (excess(outside) > 0.0) return from_axis(root(excess, inside, outside));
    inside = outside;
  }
  return std::nullopt;
}

std::optional<double> PodCurveFit::size_bound_wald(double share, double confidence) const {
  if (!fit_.converged || !(fit_.slope > 0.0)) return std::nullopt;
  // (b0 - eta + b1 u)^2 = z^2 (v00 + 2 v01 u + v11 u^2), the root above the size itself.
  const auto& v = inner_.covariance;
  const double z2 = std::pow(one_sided(confidence), 2), b1 = inner_.beta[1];
  const double b0 = inner_.beta[0] - link_of(options_.link, share);
  const double a = b1 * b1 - z2 * v[3], b = b0 * b1 - z2 * v[1], c = b0 * b0 - z2 * v[0];
  if (!(a > 0.0)) return std::nullopt;
  return from_axis((-b + std::sqrt(std::max(0.0, b * b - a * c))) / a);
}

double PodCurveFit::wald_lower(double size, double confidence) const {
  const auto& v = inner_.covariance;
  const double u = to_axis(size);
  const double error = std::sqrt(v.at(0) + 2.0 * u * v.at(1) + u * u * v.at(3));
  return share_of(options_.link,
                  inner_.beta[0] + inner_.beta[1] * u - one_sided(confidence) * error);
}

PodCurve PodCurveFit::curve(double confidence, std::size_t points) const {
  PodCurve curve;
  if (!(confidence > 0.5)) throw std::invalid_argument("a bound needs a confidence above 0.5");
  if (!fit_.converged || points < 2) return curve;
  // The bounds of every size at once: the ends of a line over the contour of coefficients whose
  // likelihood ratio is the limit.
  constexpr std::size_t kDirections = 240;
  const double limit = std::pow(one_sided(confidence), 2);
  const auto& v = inner_.covariance;
  const double l00 = std::sqrt(v[0]), l10 = v[1] / l00, l11 = std::sqrt(v[3] - l10 * l10);
  std::vector<std::array<double, 2>> contour;
  for (std::size_t k = 0; k < kDirections; ++k) {
    const double angle = 2.0 * std::numbers::pi * static_cast<double>(k) / kDirections;
    const double d0 = l00 * std::cos(angle), d1 = l10 * std::cos(angle) + l11 * std::sin(angle);
    const auto at = [&](double r) {
      return std::array{inner_.beta[0] + r * d0, inner_.beta[1] + r * d1};
    };
    const auto excess = [&](double r) {
      return 2.0 * (fit_.log_likelihood - zeromiss::log_likelihood(data_, options_, at(r))) - limit;
    };
    double outside = std::sqrt(limit);
    while (excess(outside) <= 0.0 && outside < 1e6) outside *= 1.5;
    if (outside < 1e6) contour.push_back(at(root(excess, 0.0, outside)));
  }
  for (std::size_t i = 0; i < points; ++i) {
    const double u =
        low_ + (high_ - low_) * static_cast<double>(i) / static_cast<double>(points - 1);
    const double eta = inner_.beta[0] + inner_.beta[1] * u;
    Ends ends{eta, eta};
    for (const auto& [b0, b1] : contour) ends.add(b0 + b1 * u);
    curve.size.push_back(from_axis(u));
    curve.pod.push_back(share_of(options_.link, eta));
    curve.low.push_back(share_of(options_.link, ends.low));
    curve.high.push_back(share_of(options_.link, ends.high));
  }
  return curve;
}

std::optional<double> PodCurveFit::hosmer_lemeshow_p() const {
  constexpr double kGroups = 10.0, kFewest = 30.0;
  double total = 0.0;
  for (const double trials : data_.trials) total += trials;
  if (!fit_.converged || total < kFewest) return std::nullopt;
  double seen = 0.0, trials = 0.0, hits = 0.0, expected = 0.0, statistic = 0.0, groups = 0.0;
  for (std::size_t i = 0; i < data_.trials.size(); ++i) {
    trials += data_.trials[i];
    hits += data_.hits[i];
    expected += data_.trials[i] *
                share_of(options_.link, inner_.beta[0] + inner_.beta[1] * data_.design[2 * i + 1]);
    seen += data_.trials[i];
    const bool last = i + 1 == data_.trials.size();
    if (!last && seen < (groups + 1.0) * total / kGroups) continue;
    const double variance = expected * (1.0 - expected / trials);
    if (variance > 0.0) statistic += std::pow(hits - expected, 2) / variance;
    groups += 1.0;
    trials = hits = expected = 0.0;
  }
  if (groups < 4.0) return std::nullopt;
  return chi_square_above(statistic, groups - 2.0);
}

}  // namespace zeromiss
