#include <zeromiss/metrics/paired.hpp>

#include <boost/math/distributions/binomial.hpp>

#include <algorithm>
#include <cmath>

namespace zeromiss {
namespace {

double real(std::uint64_t count) { return static_cast<double>(count); }

struct Discordant {
  std::uint64_t smaller, all;
};

Discordant discordant(const PairedCounts& counts) {
  return {std::min(counts.first_only, counts.second_only), counts.first_only + counts.second_only};
}

/// Correlation of the two answers; its numerator is brought nearer to 0 by n/2 where it is
/// positive, so that a chance agreement does not make the interval too short.
double correlation(const PairedCounts& c) {
  const double first = real(c.both + c.first_only), second = real(c.both + c.second_only);
  const double all = real(c.total());
  const double scale = first * (all - first) * second * (all - second);
  if (scale <= 0.0) return 0.0;
  double numerator = real(c.both) * real(c.neither) - real(c.first_only) * real(c.second_only);
  if (numerator > 0.0) numerator = std::max(0.0, numerator - all / 2.0);
  return numerator / std::sqrt(scale);
}

double side(double a, double b, double phi) {
  return std::sqrt(std::max(0.0, a * a - 2.0 * phi * a * b + b * b));
}

}  // namespace

void PairedCounts::add(bool first, bool second) {
  ++(first ? (second ? both : first_only) : (second ? second_only : neither));
}

double mcnemar_exact(const PairedCounts& counts) {
  const auto [smaller, all] = discordant(counts);
  if (all == 0) return 1.0;
  const boost::math::binomial_distribution<double> fair(real(all), 0.5);
  return std::min(1.0, 2.0 * cdf(fair, real(smaller)));
}

double mcnemar_mid_p(const PairedCounts& counts) {
  const auto [smaller, all] = discordant(counts);
  if (all == 0) return 1.0;
  const boost::math::binomial_distribution<double> fair(real(all), 0.5);
  const double point = pdf(fair, real(smaller));
  // Both tails hold the middle point when b = c: it is taken off half, once.
  if (2 * smaller == all) return 1.0 - point / 2.0;
  return std::min(1.0, 2.0 * cdf(fair, real(smaller)) - point);
}

Figure paired_difference(const PairedCounts& counts) {
  return ratio(real(counts.first_only) - real(counts.second_only), real(counts.total()),
               "no_samples");
}

std::optional<Interval> newcombe_paired(const PairedCounts& counts, double confidence) {
  const std::uint64_t n = counts.total();
  const auto first = wilson(counts.both + counts.first_only, n, confidence);
  const auto second = wilson(counts.both + counts.second_only, n, confidence);
  if (!first || !second) return std::nullopt;
  const double p1 = real(counts.both + counts.first_only) / real(n);
  const double p2 = real(counts.both + counts.second_only) / real(n);
  const double phi = correlation(counts), difference = *paired_difference(counts).value;
  const double below = side(p1 - first->low, second->high - p2, phi);
  const double above = side(p2 - second->low, first->high - p1, phi);
  return Interval{std::max(-1.0, difference - below), std::min(1.0, difference + above)};
}

}  // namespace zeromiss
