#include <zeromiss/metrics/intervals.hpp>
#include <zeromiss/metrics/limit.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace zeromiss {

std::optional<double> risk_limit(std::vector<double> defective, double target, double confidence) {
  const std::uint64_t n = defective.size();
  if (n == 0 || *upper_bound(0, n, confidence) > target) return std::nullopt;
  std::uint64_t allowed = 0, too_many = n;  // the bound rises with the escapes
  while (too_many - allowed > 1) {
    const std::uint64_t middle = allowed + (too_many - allowed) / 2;
    (*upper_bound(middle, n, confidence) <= target ? allowed : too_many) = middle;
  }
  const auto place = defective.begin() + static_cast<std::ptrdiff_t>(allowed);
  std::nth_element(defective.begin(), place, defective.end());
  return *place;
}

std::optional<double> leave_one_out_limit(std::span<const double> defective) {
  if (defective.size() < 2) return std::nullopt;
  double lowest = std::numeric_limits<double>::infinity(), second = lowest;
  for (const double score : defective) {
    second = std::min(second, std::max(lowest, score));
    lowest = std::min(lowest, score);
  }
  return lowest - (second - lowest);
}

std::optional<double> bootstrap_limit(std::vector<double> defective, double confidence) {
  const std::size_t n = defective.size();
  if (n < 2) return std::nullopt;
  const auto size = static_cast<double>(n);
  std::size_t rank = 1;  // of the quantile of a resample's smallest score
  while (std::pow(1.0 - static_cast<double>(rank) / size, size) > 1.0 - confidence) ++rank;
  const auto place = defective.begin() + static_cast<std::ptrdiff_t>(rank - 1);
  std::nth_element(defective.begin(), place, defective.end());
  const double quantile = *place, lowest = *std::min_element(defective.begin(), place + 1);
  return lowest - (quantile - lowest);
}

double rejection_limit(std::span<const double> defective, std::vector<double> good, double share,
                       double review_at) {
  const auto allowed = static_cast<std::size_t>(share * static_cast<double>(good.size()));
  if (allowed >= good.size()) return review_at;
  const auto place = good.begin() + static_cast<std::ptrdiff_t>(allowed);
  std::nth_element(good.begin(), place, good.end(), std::greater<>());
  const double highest = *place;  // that must not be rejected
  if (highest < review_at) return review_at;
  double limit = std::numeric_limits<double>::infinity();
  for (const double score : defective)
    if (score > highest) limit = std::min(limit, score);
  return std::isfinite(limit) ? limit : std::nextafter(highest, limit);
}

}  // namespace zeromiss
