#include <zeromiss/metrics/intervals.hpp>
#include <zeromiss/metrics/limit.hpp>

#include <algorithm>
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

}  // namespace zeromiss
