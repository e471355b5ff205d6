#include <zeromiss/metrics/confusion.hpp>

#include <cmath>
#include <functional>
#include <stdexcept>

namespace zeromiss {
namespace {

double real(std::uint64_t count) { return static_cast<double>(count); }

ClassFigures class_figures(const ConfusionMatrix& matrix, std::size_t k) {
  ClassFigures figures;
  figures.support = matrix.support(k);
  figures.predicted = matrix.predicted(k);
  figures.tp = matrix.count(k, k);
  figures.fp = figures.predicted - figures.tp;
  figures.fn = figures.support - figures.tp;
  const auto negatives = matrix.samples() - figures.support;
  // Whoever was not looked at was not told apart from this class.
  figures.tn = negatives - figures.fp - (matrix.unpredicted() - matrix.unpredicted(k));
  figures.precision = ratio(real(figures.tp), real(figures.predicted), "no_predictions");
  figures.recall = ratio(real(figures.tp), real(figures.support), "no_positives");
  figures.f1 = ratio(2.0 * real(figures.tp), real(2 * figures.tp + figures.fp + figures.fn),
                     "no_positives_and_no_predictions");
  figures.specificity = ratio(real(figures.tn), real(negatives), "no_negatives");
  return figures;
}

using Pick = Figure ClassFigures::*;

Averages for_each_average(const std::function<Figure(Pick)>& mean) {
  return {mean(&ClassFigures::precision), mean(&ClassFigures::recall), mean(&ClassFigures::f1)};
}

Averages macro_average(const std::vector<ClassFigures>& classes, bool only_defined) {
  return for_each_average([&](Pick pick) {
    double sum = 0.0;
    std::size_t used = 0;
    for (const auto& figures : classes) {
      if (only_defined && !(figures.*pick).defined()) continue;
      sum += (figures.*pick).or_zero();
      ++used;
    }
    return ratio(sum, real(used), "no_class");
  });
}

Averages weighted_average(const std::vector<ClassFigures>& classes) {
  return for_each_average([&](Pick pick) {
    double sum = 0.0, weight = 0.0;
    for (const auto& figures : classes) {
      sum += real(figures.support) * (figures.*pick).or_zero();
      weight += real(figures.support);
    }
    return ratio(sum, weight, "no_samples");
  });
}

Averages micro_average(const std::vector<ClassFigures>& classes) {
  std::uint64_t tp = 0, fp = 0, fn = 0;
  for (const auto& figures : classes) {
    tp += figures.tp;
    fp += figures.fp;
    fn += figures.fn;
  }
  return {ratio(real(tp), real(tp + fp), "no_predictions"),
          ratio(real(tp), real(tp + fn), "no_positives"),
          ratio(2.0 * real(tp), real(2 * tp + fp + fn), "no_positives_and_no_predictions")};
}

Figure balanced_accuracy(const std::vector<ClassFigures>& classes) {
  double sum = 0.0, present = 0.0;
  for (const auto& figures : classes) {
    if (figures.support == 0) continue;
    sum += figures.recall.or_zero();
    present += 1.0;
  }
  return ratio(sum, present, "no_samples");
}

/// Gorodkin's R_K; the column of missing predictions takes part as one more predicted label.
Figure matthews(const ConfusionMatrix& matrix, const std::vector<ClassFigures>& classes) {
  const double all = real(matrix.samples());
  if (matrix.samples() == 0) return Figure::undefined("no_samples");
  double both = 0.0, truth = 0.0, guess = real(matrix.unpredicted()) * real(matrix.unpredicted());
  for (const auto& figures : classes) {
    both += real(figures.support) * real(figures.predicted);
    truth += real(figures.support) * real(figures.support);
    guess += real(figures.predicted) * real(figures.predicted);
  }
  const double spread = std::sqrt((all * all - truth) * (all * all - guess));
  return ratio(real(matrix.correct()) * all - both, spread, "single_class");
}

Figure kappa(const ConfusionMatrix& matrix, const std::vector<ClassFigures>& classes) {
  const double all = real(matrix.samples());
  if (matrix.samples() == 0) return Figure::undefined("no_samples");
  double chance = 0.0;  // times all * all, so that whole numbers stay exact
  for (const auto& figures : classes) chance += real(figures.support) * real(figures.predicted);
  return ratio(real(matrix.correct()) * all - chance, all * all - chance, "single_class");
}

}  // namespace

ConfusionMatrix::ConfusionMatrix(std::size_t classes)
    : classes_(classes), counts_((classes + 1) * (classes + 1)) {}

std::size_t ConfusionMatrix::cell(std::size_t row, std::optional<std::size_t> column) const {
  if (column && *column >= classes_) throw std::out_of_range("predicted class is not in the list");
  return row * (classes_ + 1) + column.value_or(classes_);
}

void ConfusionMatrix::add(std::size_t truth, std::optional<std::size_t> predicted,
                          std::uint64_t count) {
  if (truth >= classes_) throw std::out_of_range("true class is not in the list");
  counts_[cell(truth, predicted)] += count;
}

void ConfusionMatrix::add_foreign(std::optional<std::size_t> predicted, std::uint64_t count) {
  counts_[cell(classes_, predicted)] += count;
}

void ConfusionMatrix::merge(const ConfusionMatrix& other) {
  if (other.classes_ != classes_) throw std::invalid_argument("the class lists differ");
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
}

std::uint64_t ConfusionMatrix::count(std::size_t truth, std::size_t predicted) const {
  return counts_.at(cell(truth, predicted));
}

std::uint64_t ConfusionMatrix::unpredicted(std::size_t truth) const {
  return counts_.at(cell(truth, std::nullopt));
}

std::uint64_t ConfusionMatrix::unpredicted() const {
  std::uint64_t sum = 0;
  for (std::size_t row = 0; row <= classes_; ++row) sum += counts_[cell(row, std::nullopt)];
  return sum;
}

std::uint64_t ConfusionMatrix::support(std::size_t k) const {
  std::uint64_t sum = unpredicted(k);
  for (std::size_t column = 0; column < classes_; ++column) sum += counts_[cell(k, column)];
  return sum;
}

std::uint64_t ConfusionMatrix::predicted(std::size_t k) const {
  std::uint64_t sum = 0;
  for (std::size_t row = 0; row <= classes_; ++row) sum += counts_[cell(row, k)];
  return sum;
}

std::uint64_t ConfusionMatrix::correct() const {
  std::uint64_t sum = 0;
  for (std::size_t k = 0; k < classes_; ++k) sum += counts_[cell(k, k)];
  return sum;
}

std::uint64_t ConfusionMatrix::samples() const {
  std::uint64_t sum = 0;
  for (const std::uint64_t count : counts_) sum += count;
  return sum;
}

ConfusionFigures confusion_figures(const ConfusionMatrix& matrix) {
  ConfusionFigures figures;
  figures.samples = matrix.samples();
  figures.unpredicted = matrix.unpredicted();
  for (std::size_t k = 0; k < matrix.classes(); ++k)
    figures.classes.push_back(class_figures(matrix, k));
  figures.accuracy = ratio(real(matrix.correct()), real(figures.samples), "no_samples");
  figures.balanced_accuracy = balanced_accuracy(figures.classes);
  figures.mcc = matthews(matrix, figures.classes);
  figures.cohen_kappa = kappa(matrix, figures.classes);
  figures.macro = macro_average(figures.classes, false);
  figures.macro_present = macro_average(figures.classes, true);
  figures.micro = micro_average(figures.classes);
  figures.weighted = weighted_average(figures.classes);
  return figures;
}

}  // namespace zeromiss
