#pragma once

#include <zeromiss/metrics/confusion.hpp>
#include <zeromiss/metrics/curves.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace zeromiss {

/// Labelled predictions of a classifier: true class, predicted class and, where the model gave
/// them, one probability a class.
class ClassificationSamples {
 public:
  explicit ClassificationSamples(std::size_t classes);

  /// @param predicted      no value: no usable prediction; the sample counts as wrong
  /// @param probabilities  one a class, or empty: the sample then takes no part in curves and top-k
  /// @throws std::out_of_range, std::invalid_argument for what does not fit the class list
  void add(std::size_t truth, std::optional<std::size_t> predicted,
           std::span<const double> probabilities);

  [[nodiscard]] const ConfusionMatrix& matrix() const { return matrix_; }
  [[nodiscard]] std::size_t classes() const { return matrix_.classes(); }
  /// Samples with probabilities.
  [[nodiscard]] std::size_t scored() const { return truths_.size(); }
  [[nodiscard]] std::size_t truth(std::size_t sample) const { return truths_[sample]; }
  [[nodiscard]] double probability(std::size_t sample, std::size_t k) const {
    return probabilities_[sample * classes() + k];
  }

 private:
  ConfusionMatrix matrix_;
  std::vector<std::uint32_t> truths_;  ///< of the scored samples only
  std::vector<double> probabilities_;  ///< scored x classes
};

struct ClassRanking {
  Figure roc_auc, average_precision;  ///< this class against all others
  std::size_t points = 0;             ///< distinct probabilities
  Ranking curve;                      ///< at most `curve_points` of them
};

/// Everything that needs the probabilities.
struct RankingFigures {
  std::uint64_t scored = 0, unscored = 0;
  std::vector<ClassRanking> classes;
  Figure roc_auc_macro;            ///< mean over the classes for which it is defined
  Figure average_precision_macro;  ///< the same
  Figure roc_auc_hand_till;        ///< mean over pairs of classes that both occur
  std::size_t roc_auc_undefined = 0;
};

/// @param curve_points  how many points of each class's curve are kept
RankingFigures ranking_figures(const ClassificationSamples& samples, std::size_t curve_points);

/// Share of samples whose true class is among the k most probable ones; of equal probabilities the
/// class that is listed first ranks first, as in the prediction itself. Samples without
/// probabilities count as wrong.
Figure top_k_accuracy(const ClassificationSamples& samples, std::size_t k);

}  // namespace zeromiss
