#include <zeromiss/metrics/intervals.hpp>

#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/erf.hpp>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace zeromiss {
namespace {

double real(std::uint64_t count) { return static_cast<double>(count); }

void require_valid(std::uint64_t k, std::uint64_t n, double confidence) {
  if (k > n) throw std::invalid_argument("more hits than trials");
  if (!(confidence > 0.0 && confidence < 1.0))
    throw std::invalid_argument("confidence is not between 0 and 1");
}

/// Upper limit that is too low with probability `risk`.
double beta_upper(std::uint64_t k, std::uint64_t n, double risk) {
  if (k == n) return 1.0;
  if (k == 0) return -std::expm1(std::log(risk) / real(n));
  return boost::math::ibetac_inv(real(k) + 1.0, real(n - k), risk);
}

/// Two-sided standard normal quantile: 1.96 for 0.95.
double normal_quantile(double confidence) {
  return std::sqrt(2.0) * boost::math::erf_inv(confidence);
}

/// P(Bin(n, p) <= k)
double binomial_cdf(std::uint64_t k, std::uint64_t n, double p) {
  if (k >= n) return 1.0;
  return boost::math::ibetac(real(k) + 1.0, real(n - k), p);
}

}  // namespace

std::optional<Interval> clopper_pearson(std::uint64_t k, std::uint64_t n, double confidence) {
  require_valid(k, n, confidence);
  if (n == 0) return std::nullopt;
  const double risk = (1.0 - confidence) / 2.0;
  return Interval{1.0 - beta_upper(n - k, n, risk), beta_upper(k, n, risk)};
}

std::optional<double> upper_bound(std::uint64_t k, std::uint64_t n, double confidence) {
  require_valid(k, n, confidence);
  if (n == 0) return std::nullopt;
  return beta_upper(k, n, 1.0 - confidence);
}

std::optional<double> lower_bound(std::uint64_t k, std::uint64_t n, double confidence) {
  require_valid(k, n, confidence);
  if (n == 0) return std::nullopt;
  return 1.0 - beta_upper(n - k, n, 1.0 - confidence);
}

std::optional<Interval> wilson(std::uint64_t k, std::uint64_t n, double confidence) {
  require_valid(k, n, confidence);
  if (n == 0) return std::nullopt;
  const double z = normal_quantile(confidence), trials = real(n), share = real(k) / trials;
  const double shrink = 1.0 + z * z / trials;
  const double centre = (share + z * z / (2.0 * trials)) / shrink;
  const double half =
      z * std::sqrt(share * (1.0 - share) / trials + z * z / (4.0 * trials * trials)) / shrink;
  // At the ends the formula gives exactly 0 and 1; rounding must not leave [0, 1].
  const double low = k == 0 ? 0.0 : std::max(0.0, centre - half);
  const double high = k == n ? 1.0 : std::min(1.0, centre + half);
  return Interval{low, high};
}

std::optional<std::uint64_t> demonstration_size(std::uint64_t misses, double rate,
                                                double confidence) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 53U;  // beyond, doubles do not count
  require_valid(0, 1, confidence);
  if (!(rate > 0.0 && rate < 1.0)) throw std::invalid_argument("rate is not between 0 and 1");
  const double risk = 1.0 - confidence;
  std::uint64_t high = misses + 1;
  while (binomial_cdf(misses, high, rate) > risk) {
    if (high > kMost) return std::nullopt;
    high *= 2;
  }
  std::uint64_t low = misses;  // P(...) is 1 there
  while (high - low > 1) {
    const std::uint64_t middle = low + (high - low) / 2;
    (binomial_cdf(misses, middle, rate) > risk ? low : high) = middle;
  }
  return high <= kMost ? std::optional(high) : std::nullopt;
}

}  // namespace zeromiss
