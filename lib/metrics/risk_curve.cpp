#include <zeromiss/metrics/intervals.hpp>
#include <zeromiss/metrics/risk_curve.hpp>

#include <algorithm>
#include <cmath>

namespace zeromiss {
namespace {

double real(std::uint64_t count) { return static_cast<double>(count); }

}  // namespace

std::vector<RiskPoint> risk_curve(RiskInput input, double confidence, std::size_t most) {
  auto &defective = input.defective, &good = input.good;
  std::sort(defective.begin(), defective.end());
  std::sort(good.begin(), good.end());
  const std::uint64_t n = defective.size() + input.always_escaped + input.never_escaped;
  const std::uint64_t goods = good.size() + input.always_overkilled;
  if (defective.empty() || goods == 0) return {};
  std::vector<std::size_t> firsts;  // of each group of equal scores
  for (std::size_t i = 0; i < defective.size(); ++i)
    if (i == 0 || defective[i] != defective[i - 1]) firsts.push_back(i);
  const std::size_t wanted = std::min(most, firsts.size());
  std::vector<RiskPoint> points;
  for (std::size_t i = 0; i < wanted; ++i) {
    std::size_t at = i;
    if (wanted < firsts.size()) {  // closer together at the beginning
      const double part = wanted > 1 ? real(i) / real(wanted - 1) : 0.0;
      at = std::max(i, static_cast<std::size_t>(part * part * real(firsts.size() - 1)));
    }
    RiskPoint point{};
    point.limit = defective[firsts[at]];
    point.escapes = firsts[at] + input.always_escaped;
    const auto flagged = good.end() - std::lower_bound(good.begin(), good.end(), point.limit);
    point.overkills = static_cast<std::uint64_t>(flagged) + input.always_overkilled;
    point.escape_rate = real(point.escapes) / real(n);
    point.overkill_rate = real(point.overkills) / real(goods);
    point.escape_rate_upper = *upper_bound(point.escapes, n, confidence);
    points.push_back(point);
  }
  return points;
}

}  // namespace zeromiss
