// Laws that hold for any input, tried on random ones (fixed seeds), and slow twins written from the
// definitions.
#include "support/catch.hpp"

#include <zeromiss/metrics/classification.hpp>
#include <zeromiss/metrics/intervals.hpp>
#include <zeromiss/metrics/operating_point.hpp>
#include <zeromiss/metrics/regression.hpp>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

using namespace zeromiss;

namespace {

constexpr unsigned kRounds = 60;

/// std distributions differ between libraries; these do not.
class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}
  std::size_t below(std::size_t n) { return engine_() % n; }
  /// Few distinct values, so that ties are common.
  double coarse() { return static_cast<double>(below(8)) / 8.0; }
  std::mt19937& engine() { return engine_; }

 private:
  std::mt19937 engine_;
};

std::vector<ScoredSample> random_samples(Dice& dice) {
  std::vector<ScoredSample> samples(1 + dice.below(40));
  for (auto& sample : samples) sample = {dice.coarse(), dice.below(2) == 0};
  return samples;
}

struct Labelled {
  std::size_t truth, predicted;
  std::vector<double> probabilities;
};

std::vector<Labelled> random_labelled(Dice& dice, std::size_t classes) {
  std::vector<Labelled> samples(1 + dice.below(60));
  for (auto& sample : samples) {
    sample.truth = dice.below(classes);
    for (std::size_t k = 0; k < classes; ++k) sample.probabilities.push_back(dice.coarse());
    const auto best = std::max_element(sample.probabilities.begin(), sample.probabilities.end());
    sample.predicted = static_cast<std::size_t>(best - sample.probabilities.begin());
  }
  return samples;
}

ClassificationSamples collect(const std::vector<Labelled>& labelled, std::size_t classes) {
  ClassificationSamples samples(classes);
  for (const auto& one : labelled) samples.add(one.truth, one.predicted, one.probabilities);
  return samples;
}

/// Share of (higher, lower) pairs in the right order, ties half; no value without pairs.
std::optional<double> pairs_won(const std::vector<double>& higher,
                                const std::vector<double>& lower) {
  if (higher.empty() || lower.empty()) return std::nullopt;
  double won = 0.0;
  for (const double a : higher)
    for (const double b : lower) won += a > b ? 1.0 : a == b ? 0.5 : 0.0;
  return won / (static_cast<double>(higher.size()) * static_cast<double>(lower.size()));
}

/// The definition, with one threshold a sample: recall and precision at every distinct score.
std::optional<double> slow_average_precision(const std::vector<ScoredSample>& samples) {
  std::vector<double> thresholds;
  double positives = 0.0;
  for (const auto& sample : samples) {
    thresholds.push_back(sample.score);
    positives += sample.positive ? 1.0 : 0.0;
  }
  if (positives == 0.0) return std::nullopt;
  std::sort(thresholds.rbegin(), thresholds.rend());
  double area = 0.0, recall_before = 0.0;
  for (const double threshold : thresholds) {  // a repeated threshold adds recall 0
    double tp = 0.0, flagged = 0.0;
    for (const auto& sample : samples) {
      if (sample.score < threshold) continue;
      flagged += 1.0;
      tp += sample.positive ? 1.0 : 0.0;
    }
    area += (tp / positives - recall_before) * tp / flagged;
    recall_before = tp / positives;
  }
  return area;
}

void check_same(const Figure& figure, std::optional<double> twin) {
  REQUIRE(figure.defined() == twin.has_value());
  if (twin) CHECK(*figure.value == Approx(*twin).margin(1e-12));
}

}  // namespace

TEST_CASE("ROC-AUC equals the pairs counted one by one") {
  for (unsigned seed = 0; seed < kRounds; ++seed) {
    Dice dice(seed);
    const auto samples = random_samples(dice);
    std::vector<double> higher, lower;
    for (const auto& sample : samples) (sample.positive ? higher : lower).push_back(sample.score);
    check_same(roc_auc(rank_samples(samples)), pairs_won(higher, lower));
  }
}

TEST_CASE("average precision equals the sum over every threshold") {
  for (unsigned seed = 0; seed < kRounds; ++seed) {
    Dice dice(seed);
    const auto samples = random_samples(dice);
    check_same(average_precision(rank_samples(samples)), slow_average_precision(samples));
  }
}

TEST_CASE("the ROC curve encloses the AUC, with and without intermediate points") {
  for (unsigned seed = 0; seed < kRounds; ++seed) {
    Dice dice(seed);
    const auto ranking = rank_samples(random_samples(dice));
    if (!roc_auc(ranking).defined()) continue;
    for (const bool drop : {false, true}) {
      const auto curve = roc_curve(ranking, drop);
      double area = 0.0;
      for (std::size_t i = 1; i < curve.fpr.size(); ++i)
        area += (curve.fpr[i] - curve.fpr[i - 1]) * (curve.tpr[i] + curve.tpr[i - 1]) / 2.0;
      CHECK(area == Approx(roc_auc(ranking).or_zero()).margin(1e-12));
      CHECK(curve.fpr.back() == 1.0);
      CHECK(curve.tpr.back() == 1.0);
    }
  }
}

TEST_CASE("Hand and Till's measure and the one-vs-rest areas equal pair counting") {
  constexpr std::size_t kClasses = 4;
  for (unsigned seed = 0; seed < kRounds; ++seed) {
    Dice dice(seed);
    const auto labelled = random_labelled(dice, kClasses);
    const auto figures = ranking_figures(collect(labelled, kClasses), 10);
    const auto scores = [&](std::size_t of, auto&& wanted) {
      std::vector<double> values;
      for (const auto& one : labelled)
        if (wanted(one.truth)) values.push_back(one.probabilities[of]);
      return values;
    };
    double sum = 0.0, pairs = 0.0;
    for (std::size_t i = 0; i < kClasses; ++i) {
      const auto is_i = [&](std::size_t t) { return t == i; };
      check_same(figures.classes[i].roc_auc,
                 pairs_won(scores(i, is_i), scores(i, [&](std::size_t t) { return t != i; })));
      for (std::size_t j = 0; j < kClasses; ++j) {
        const auto is_j = [&](std::size_t t) { return t == j; };
        const auto won = pairs_won(scores(i, is_i), scores(i, is_j));
        if (i == j || !won) continue;
        sum += *won;
        pairs += 1.0;
      }
    }
    check_same(figures.roc_auc_hand_till,
               pairs > 0.0 ? std::optional<double>(sum / pairs) : std::nullopt);
  }
}

TEST_CASE("no figure changes by one bit when the samples come in another order") {
  constexpr std::size_t kClasses = 3;
  for (unsigned seed = 0; seed < kRounds; ++seed) {
    Dice dice(seed);
    auto labelled = random_labelled(dice, kClasses);
    const auto before = collect(labelled, kClasses);
    std::shuffle(labelled.begin(), labelled.end(), dice.engine());
    const auto after = collect(labelled, kClasses);
    const auto a = confusion_figures(before.matrix()), b = confusion_figures(after.matrix());
    const auto c = ranking_figures(before, 10), d = ranking_figures(after, 10);
    CHECK(a.mcc.value == b.mcc.value);
    CHECK(a.macro.f1.value == b.macro.f1.value);
    CHECK(c.roc_auc_macro.value == d.roc_auc_macro.value);
    CHECK(c.average_precision_macro.value == d.average_precision_macro.value);
    CHECK(c.roc_auc_hand_till.value == d.roc_auc_hand_till.value);

    std::vector<double> truth, predicted;
    for (std::size_t i = 0; i < 30; ++i) {
      truth.push_back(std::ldexp(1.0 + dice.coarse(), static_cast<int>(dice.below(60)) - 30));
      predicted.push_back(truth.back() * (0.3 + dice.coarse()));
    }
    const auto e = regression_figures(truth, predicted);
    std::reverse(truth.begin(), truth.end());
    std::reverse(predicted.begin(), predicted.end());
    const auto f = regression_figures(truth, predicted);
    CHECK(e.mae.value == f.mae.value);
    CHECK(e.mse.value == f.mse.value);
    CHECK(e.r2.value == f.r2.value);
    CHECK(e.mape.value == f.mape.value);
  }
}

TEST_CASE("confusion matrices of two halves merge into the whole") {
  Dice dice(7);
  ConfusionMatrix whole(3), left(3), right(3);
  for (int i = 0; i < 500; ++i) {
    const std::size_t truth = dice.below(3), guess = dice.below(4);
    const auto predicted = guess < 3 ? std::optional(guess) : std::nullopt;
    whole.add(truth, predicted);
    (dice.below(2) == 0 ? left : right).add(truth, predicted);
  }
  left.merge(right);
  const auto a = confusion_figures(whole), b = confusion_figures(left);
  CHECK(a.mcc.value == b.mcc.value);
  CHECK(a.unpredicted == b.unpredicted);
  CHECK(a.weighted.f1.value == b.weighted.f1.value);
}

TEST_CASE("a perfect classifier gets 1 everywhere") {
  constexpr std::size_t kClasses = 4;
  ClassificationSamples samples(kClasses);
  for (std::size_t i = 0; i < 40; ++i) {
    std::vector<double> probabilities(kClasses, 0.1);
    probabilities[i % kClasses] = 0.7;
    samples.add(i % kClasses, i % kClasses, probabilities);
  }
  const auto figures = confusion_figures(samples.matrix());
  for (const auto& figure : {figures.accuracy, figures.balanced_accuracy, figures.mcc,
                             figures.cohen_kappa, figures.macro.f1, figures.macro_present.precision,
                             figures.micro.recall, figures.weighted.f1, top_k_accuracy(samples, 1)})
    CHECK(figure.value == 1.0);
  const auto ranking = ranking_figures(samples, 10);
  CHECK(ranking.roc_auc_macro.value == 1.0);
  CHECK(ranking.average_precision_macro.value == 1.0);
  CHECK(ranking.roc_auc_hand_till.value == 1.0);
}

TEST_CASE("weighted recall and top-1 are the accuracy") {
  constexpr std::size_t kClasses = 5;
  for (unsigned seed = 0; seed < kRounds; ++seed) {
    Dice dice(seed);
    const auto samples = collect(random_labelled(dice, kClasses), kClasses);
    const auto figures = confusion_figures(samples.matrix());
    CHECK(figures.weighted.recall.or_zero() == Approx(*figures.accuracy.value).margin(1e-12));
    CHECK(top_k_accuracy(samples, 1).value == figures.accuracy.value);
  }
}

TEST_CASE("no threshold above the zero-miss threshold is without escapes") {
  for (unsigned seed = 0; seed < kRounds; ++seed) {
    Dice dice(seed);
    const auto samples = random_samples(dice);
    const auto threshold = zero_miss_threshold(samples);
    if (!threshold) continue;
    const auto escapes = [&](double limit) {
      return std::count_if(samples.begin(), samples.end(), [&](const ScoredSample& sample) {
        return sample.positive && decide(sample.score, limit) == Decision::passed;
      });
    };
    CHECK(escapes(*threshold) == 0);
    CHECK(escapes(std::nextafter(*threshold, 2.0)) > 0);
  }
}

TEST_CASE("the Clopper-Pearson limits are where the binomial tail is half the risk") {
  // Tail summed term by term: P(Bin(n, high) <= k) = P(Bin(n, low) >= k) = 0.025
  const auto term = [](int n, int i, double p) {
    return std::exp(std::lgamma(n + 1.0) - std::lgamma(i + 1.0) - std::lgamma(n - i + 1.0) +
                    i * std::log(p) + (n - i) * std::log1p(-p));
  };
  for (const int n : {5, 40, 300}) {
    for (int k = 1; k < n; k += 1 + n / 7) {
      const auto interval =
          *clopper_pearson(static_cast<std::uint64_t>(k), static_cast<std::uint64_t>(n), 0.95);
      double below = 0.0, above = 0.0;
      for (int i = 0; i <= k; ++i) below += term(n, i, interval.high);
      for (int i = k; i <= n; ++i) above += term(n, i, interval.low);
      CHECK(below == Approx(0.025).margin(1e-9));
      CHECK(above == Approx(0.025).margin(1e-9));
    }
  }
}
