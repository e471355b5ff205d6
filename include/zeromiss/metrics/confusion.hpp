#pragma once

#include <zeromiss/metrics/figure.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace zeromiss {

/// Counts of (truth, prediction), rows = truth. Besides one column a class there is one for samples
/// without a usable prediction: they count as wrong everywhere and are no class of their own.
class ConfusionMatrix {
 public:
  explicit ConfusionMatrix(std::size_t classes);

  /// @throws std::out_of_range for a class that is not there
  void add(std::size_t truth, std::optional<std::size_t> predicted, std::uint64_t count = 1);
  /// A sample whose truth is outside the list (scikit-learn's `labels=`): it can only be a false
  /// positive.
  void add_foreign(std::optional<std::size_t> predicted, std::uint64_t count = 1);
  /// @throws std::invalid_argument when the numbers of classes differ
  void merge(const ConfusionMatrix& other);

  [[nodiscard]] std::size_t classes() const { return classes_; }
  [[nodiscard]] std::uint64_t count(std::size_t truth, std::size_t predicted) const;
  [[nodiscard]] std::uint64_t unpredicted(std::size_t truth) const;
  [[nodiscard]] std::uint64_t unpredicted() const;
  /// Row sum: samples whose truth is `k`.
  [[nodiscard]] std::uint64_t support(std::size_t k) const;
  /// Column sum: samples predicted as `k`.
  [[nodiscard]] std::uint64_t predicted(std::size_t k) const;
  [[nodiscard]] std::uint64_t correct() const;
  [[nodiscard]] std::uint64_t samples() const;

 private:
  [[nodiscard]] std::size_t cell(std::size_t row, std::optional<std::size_t> column) const;
  std::size_t classes_;
  std::vector<std::uint64_t>
      counts_;  ///< (classes + 1) x (classes + 1); the last of each is "none"
};

struct ClassFigures {
  std::uint64_t support = 0, predicted = 0, tp = 0, fp = 0, fn = 0, tn = 0;
  Figure precision, recall, f1, specificity;
};

struct Averages {
  Figure precision, recall, f1;
};

/// Everything that follows from the counts alone.
struct ConfusionFigures {
  std::uint64_t samples = 0, unpredicted = 0;
  Figure accuracy, balanced_accuracy, mcc, cohen_kappa;
  std::vector<ClassFigures> classes;
  Averages macro;          ///< mean over all classes, 0/0 counted as 0 (scikit-learn)
  Averages macro_present;  ///< mean over the classes whose figure is not 0/0
  Averages micro;          ///< counts pooled, then divided
  Averages weighted;       ///< mean weighted by support, 0/0 counted as 0
};

ConfusionFigures confusion_figures(const ConfusionMatrix& matrix);

}  // namespace zeromiss
