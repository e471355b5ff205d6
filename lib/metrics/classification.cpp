#include <zeromiss/metrics/classification.hpp>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace zeromiss {
namespace {

struct Scored {
  double score;
  std::uint32_t truth;
};

/// Pairs of classes for Hand and Till: at(i, j) is twice the number of (i, j) sample pairs in which
/// the sample of i has the higher probability of i, ties counted half.
class PairWins {
 public:
  explicit PairWins(std::size_t classes) : classes_(classes), doubled_(classes * classes) {}
  [[nodiscard]] std::size_t classes() const { return classes_; }
  std::uint64_t& at(std::size_t i, std::size_t j) { return doubled_[i * classes_ + j]; }

 private:
  std::size_t classes_;
  std::vector<std::uint64_t> doubled_;
};

std::vector<Scored> sorted_by_class(const ClassificationSamples& samples, std::size_t k) {
  std::vector<Scored> sorted(samples.scored());
  for (std::size_t i = 0; i < sorted.size(); ++i)
    sorted[i] = {samples.probability(i, k), static_cast<std::uint32_t>(samples.truth(i))};
  std::sort(sorted.begin(), sorted.end(),
            [](const Scored& a, const Scored& b) { return a.score > b.score; });
  return sorted;
}

/// One pass over the sorted samples: the ranking of class k against the rest, and its row of wins.
Ranking rank_class(const std::vector<Scored>& sorted, std::size_t k, PairWins& wins) {
  Ranking ranking;
  for (std::size_t begin = 0, end = 0; begin < sorted.size(); begin = end) {
    std::uint64_t tied = 0;
    for (; end < sorted.size() && sorted[end].score == sorted[begin].score; ++end)
      if (sorted[end].truth == k) ++tied;
    for (std::size_t i = begin; i < end; ++i)
      if (sorted[i].truth != k) wins.at(k, sorted[i].truth) += 2 * ranking.positives + tied;
    ranking.positives += tied;
    ranking.negatives += (end - begin) - tied;
    ranking.points.push_back({sorted[begin].score, ranking.positives, ranking.negatives});
  }
  return ranking;
}

Figure hand_till(PairWins& wins, const std::vector<std::uint64_t>& supports) {
  double sum = 0.0, pairs = 0.0;
  for (std::size_t i = 0; i < wins.classes(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (supports[i] == 0 || supports[j] == 0) continue;
      const double both = static_cast<double>(supports[i]) * static_cast<double>(supports[j]);
      sum += static_cast<double>(wins.at(i, j) + wins.at(j, i)) / (4.0 * both);
      pairs += 1.0;
    }
  }
  return ratio(sum, pairs, "single_class");
}

Figure mean_of_defined(const std::vector<ClassRanking>& classes, Figure ClassRanking::*pick) {
  double sum = 0.0, defined = 0.0;
  for (const auto& ranking : classes) {
    if (!(ranking.*pick).defined()) continue;
    sum += (ranking.*pick).or_zero();
    defined += 1.0;
  }
  return ratio(sum, defined, "undefined_for_every_class");
}

/// Position of the true class when classes are ordered by falling probability, then by index.
std::size_t rank_of_truth(const ClassificationSamples& samples, std::size_t sample) {
  const std::size_t truth = samples.truth(sample);
  const double own = samples.probability(sample, truth);
  std::size_t before = 0;
  for (std::size_t k = 0; k < samples.classes(); ++k) {
    const double other = samples.probability(sample, k);
    if (other > own || (other == own && k < truth)) ++before;
  }
  return before;
}

}  // namespace

ClassificationSamples::ClassificationSamples(std::size_t classes) : matrix_(classes) {}

void ClassificationSamples::add(std::size_t truth, std::optional<std::size_t> predicted,
                                std::span<const double> probabilities) {
  if (!probabilities.empty() && probabilities.size() != classes())
    throw std::invalid_argument("expected one probability a class");
  for (const double probability : probabilities)
    if (!std::isfinite(probability)) throw std::invalid_argument("a probability is not finite");
  matrix_.add(truth, predicted);
  if (probabilities.empty()) return;
  truths_.push_back(static_cast<std::uint32_t>(truth));
  probabilities_.insert(probabilities_.end(), probabilities.begin(), probabilities.end());
}

RankingFigures ranking_figures(const ClassificationSamples& samples, std::size_t curve_points) {
  RankingFigures figures;
  figures.scored = samples.scored();
  figures.unscored = samples.matrix().samples() - figures.scored;
  PairWins wins(samples.classes());
  std::vector<std::uint64_t> supports;
  for (std::size_t k = 0; k < samples.classes(); ++k) {
    const Ranking ranking = rank_class(sorted_by_class(samples, k), k, wins);
    supports.push_back(ranking.positives);
    figures.classes.push_back({roc_auc(ranking), average_precision(ranking), ranking.points.size(),
                               thinned(ranking, curve_points)});
    if (!figures.classes.back().roc_auc.defined()) ++figures.roc_auc_undefined;
  }
  figures.roc_auc_macro = mean_of_defined(figures.classes, &ClassRanking::roc_auc);
  figures.average_precision_macro =
      mean_of_defined(figures.classes, &ClassRanking::average_precision);
  figures.roc_auc_hand_till = hand_till(wins, supports);
  return figures;
}

Figure top_k_accuracy(const ClassificationSamples& samples, std::size_t k) {
  if (samples.scored() == 0) return Figure::undefined("no_probabilities");
  std::uint64_t hits = 0;
  for (std::size_t i = 0; i < samples.scored(); ++i)
    if (rank_of_truth(samples, i) < k) ++hits;
  return static_cast<double>(hits) / static_cast<double>(samples.matrix().samples());
}

}  // namespace zeromiss
