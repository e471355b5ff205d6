#include <zeromiss/metrics/independence.hpp>

#include <boost/math/distributions/chi_squared.hpp>

#include <algorithm>
#include <cmath>

namespace zeromiss {

Independence test_independence(const std::vector<std::vector<std::uint64_t>>& counts) {
  const std::size_t width = counts.empty() ? 0 : counts.front().size();
  std::vector<double> rows(counts.size()), columns(width);
  double all = 0;
  for (std::size_t i = 0; i < counts.size(); ++i)
    for (std::size_t j = 0; j < width; ++j) {
      const auto count = static_cast<double>(counts[i].at(j));
      rows[i] += count, columns[j] += count, all += count;
    }
  const auto positive = [](double sum) { return sum > 0; };
  const auto used_rows = std::count_if(rows.begin(), rows.end(), positive);
  const auto used_columns = std::count_if(columns.begin(), columns.end(), positive);
  Independence result;
  if (used_rows < 2 || used_columns < 2) {
    result.p_value = result.cramers_v = Figure::undefined("single_group");
    return result;
  }
  result.smallest_expected = all;
  for (std::size_t i = 0; i < counts.size(); ++i)
    for (std::size_t j = 0; j < width; ++j) {
      const double expected = rows[i] * columns[j] / all;
      if (expected <= 0) continue;
      const double difference = static_cast<double>(counts[i][j]) - expected;
      result.chi_square += difference * difference / expected;
      result.smallest_expected = std::min(result.smallest_expected, expected);
    }
  result.degrees = static_cast<std::uint64_t>((used_rows - 1) * (used_columns - 1));
  const boost::math::chi_squared distribution(static_cast<double>(result.degrees));
  result.p_value = Figure{cdf(complement(distribution, result.chi_square))};
  result.cramers_v = Figure{std::sqrt(
      result.chi_square / (all * static_cast<double>(std::min(used_rows, used_columns) - 1)))};
  return result;
}

}  // namespace zeromiss
