#include <zeromiss/metrics/operating_point.hpp>

#include <algorithm>
#include <stdexcept>

namespace zeromiss {
namespace {

double real(std::uint64_t count) { return static_cast<double>(count); }

}  // namespace

Decision decide(std::optional<double> score, double threshold) {
  if (!score) return Decision::not_judged;
  // Written so that a NaN on either side does not pass.
  return *score < threshold ? Decision::passed : Decision::flagged;
}

std::optional<double> zero_miss_threshold(std::span<const ScoredSample> samples) {
  std::optional<double> smallest;
  for (const auto& sample : samples)
    if (sample.positive) smallest = std::min(smallest.value_or(sample.score), sample.score);
  return smallest;
}

void DecisionCounts::add(Decision decision, std::uint64_t count) {
  switch (decision) {
    case Decision::passed:
      passed += count;
      return;
    case Decision::flagged:
      flagged += count;
      return;
    case Decision::not_judged:
      not_judged += count;
      return;
    case Decision::missing:
      missing += count;
      return;
  }
  throw std::logic_error("unknown decision");
}

void DecisionCounts::add(const DecisionCounts& other) {
  passed += other.passed;
  flagged += other.flagged;
  not_judged += other.not_judged;
  missing += other.missing;
}

OperatingFigures operating_figures(const DecisionCounts& defective, const DecisionCounts& good,
                                   double confidence) {
  OperatingFigures f;
  f.confidence = confidence;
  f.defective = defective.total();
  f.good = good.total();
  f.images = f.defective + f.good;
  f.found = defective.flagged;
  f.escapes = defective.passed + defective.missing;
  f.overkills = good.total() - good.passed;
  f.not_judged_defective = defective.not_judged;
  f.not_judged_good = good.not_judged;
  f.missing_defective = defective.missing;
  f.missing_good = good.missing;

  f.recall = ratio(real(f.found), real(f.defective), "no_defective_images");
  f.precision = ratio(real(f.found), real(f.found + f.overkills), "nothing_flagged");
  f.f1 = ratio(2.0 * real(f.found), real(f.found + f.overkills + f.defective),
               "no_defective_images_and_nothing_flagged");
  f.accuracy = ratio(real(f.found + good.passed), real(f.images), "no_images");
  f.always_pass_accuracy = ratio(real(f.good), real(f.images), "no_images");
  f.escape_rate = ratio(real(f.escapes), real(f.defective), "no_defective_images");
  f.overkill_rate = ratio(real(f.overkills), real(f.good), "no_good_images");
  f.recall_interval = clopper_pearson(f.found, f.defective, confidence);
  f.overkill_rate_interval = wilson(f.overkills, f.good, confidence);
  const auto upper = upper_bound(f.escapes, f.judged_defective(), confidence);
  f.escape_rate_upper = upper ? Figure(*upper)
                              : Figure::undefined(f.defective == 0 ? "no_defective_images"
                                                                   : "no_judged_defective_images");
  return f;
}

LineFigures line_figures(const OperatingFigures& figures, double defect_rate) {
  if (!(defect_rate >= 0.0 && defect_rate <= 1.0))
    throw std::invalid_argument("defect rate is not between 0 and 1");
  LineFigures line;
  line.overkill_per_1000 = Figure::undefined(figures.overkill_rate.reason);
  line.outgoing_ppm = Figure::undefined(figures.escape_rate.defined() ? figures.overkill_rate.reason
                                                                      : figures.escape_rate.reason);
  if (!figures.overkill_rate.defined()) return line;
  const double overkill = figures.overkill_rate.or_zero();
  line.overkill_per_1000 = 1000.0 * (1.0 - defect_rate) * overkill;
  if (!figures.escape_rate.defined()) return line;
  const double escaped = defect_rate * figures.escape_rate.or_zero();
  line.outgoing_ppm =
      ratio(1e6 * escaped, escaped + (1.0 - defect_rate) * (1.0 - overkill), "nothing_passes");
  return line;
}

}  // namespace zeromiss
