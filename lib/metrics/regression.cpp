#include <zeromiss/metrics/regression.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

namespace zeromiss {
namespace {

/// Neumaier's compensated sum over the sorted values: the same for every order of the input.
double ordered_sum(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  double sum = 0.0, lost = 0.0;
  for (const double value : values) {
    const double next = sum + value;
    lost += std::abs(sum) >= std::abs(value) ? (sum - next) + value : (value - next) + sum;
    sum = next;
  }
  return sum + lost;
}

double ordered_mean(std::vector<double> values) {
  const auto count = static_cast<double>(values.size());
  return ordered_sum(std::move(values)) / count;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2.0;
}

std::vector<double> squares(std::span<const double> values, double centre) {
  std::vector<double> squared;
  squared.reserve(values.size());
  for (const double value : values) squared.push_back((value - centre) * (value - centre));
  return squared;
}

/// Divided by next to nothing, a number may leave the doubles.
Figure if_finite(double number) {
  return std::isfinite(number) ? Figure(number) : Figure::undefined("too_large");
}

Figure coefficient_of_determination(std::span<const double> truth,
                                    const std::vector<double>& errors) {
  if (truth.size() < 2) return Figure::undefined("fewer_than_two_samples");
  if (std::all_of(truth.begin(), truth.end(), [&](double y) { return y == truth.front(); }))
    return Figure::undefined("constant_target");
  const double mean = ordered_mean({truth.begin(), truth.end()});
  return if_finite(1.0 - ordered_sum(squares(errors, 0.0)) / ordered_sum(squares(truth, mean)));
}

void add_mape(std::span<const double> truth, const std::vector<double>& absolute,
              RegressionFigures& figures) {
  std::vector<double> relative, sklearn;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const double size = std::abs(truth[i]);
    sklearn.push_back(absolute[i] / std::max(size, std::numeric_limits<double>::epsilon()));
    if (size > 0.0) relative.push_back(absolute[i] / size);
  }
  figures.mape_zero_targets = truth.size() - relative.size();
  figures.mape_sklearn = ordered_mean(std::move(sklearn));
  if (relative.empty()) {
    figures.mape = figures.mape_percent = Figure::undefined("only_zero_targets");
    return;
  }
  const double mape = ordered_mean(std::move(relative));
  figures.mape = if_finite(mape);
  figures.mape_percent = if_finite(100.0 * mape);
}

}  // namespace

RegressionFigures regression_figures(std::span<const double> truth,
                                     std::span<const double> predicted) {
  if (truth.size() != predicted.size()) throw std::invalid_argument("the lengths differ");
  RegressionFigures figures;
  figures.samples = truth.size();
  if (truth.empty()) {
    const Figure none = Figure::undefined("no_samples");
    figures.mae = figures.mse = figures.rmse = figures.median_ae = figures.max_error = none;
    figures.r2 = figures.mape = figures.mape_percent = figures.mape_sklearn = none;
    return figures;
  }
  std::vector<double> errors, absolute;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (!std::isfinite(truth[i]) || !std::isfinite(predicted[i]))
      throw std::invalid_argument("a value is not finite");
    errors.push_back(predicted[i] - truth[i]);
    absolute.push_back(std::abs(errors.back()));
  }
  figures.mae = ordered_mean(absolute);
  figures.mse = ordered_mean(squares(errors, 0.0));
  figures.rmse = std::sqrt(figures.mse.or_zero());
  figures.median_ae = median(absolute);
  figures.max_error = *std::max_element(absolute.begin(), absolute.end());
  figures.r2 = coefficient_of_determination(truth, errors);
  add_mape(truth, absolute, figures);
  return figures;
}

}  // namespace zeromiss
