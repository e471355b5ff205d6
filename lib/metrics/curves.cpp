#include <zeromiss/metrics/curves.hpp>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace zeromiss {
namespace {

double real(std::uint64_t count) { return static_cast<double>(count); }

/// True when b lies on the straight line from a to c with equal steps, where scikit-learn drops it.
bool is_intermediate(const RankPoint& a, const RankPoint& b, const RankPoint& c) {
  return b.fp - a.fp == c.fp - b.fp && b.tp - a.tp == c.tp - b.tp;
}

}  // namespace

Ranking rank_samples(std::vector<ScoredSample> samples) {
  for (const auto& sample : samples)
    if (!std::isfinite(sample.score)) throw std::invalid_argument("a score is not finite");
  std::sort(samples.begin(), samples.end(),
            [](const auto& a, const auto& b) { return a.score > b.score; });
  Ranking ranking;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    ++(samples[i].positive ? ranking.positives : ranking.negatives);
    const bool last_of_ties = i + 1 == samples.size() || samples[i + 1].score != samples[i].score;
    if (last_of_ties)
      ranking.points.push_back({samples[i].score, ranking.positives, ranking.negatives});
  }
  return ranking;
}

Figure roc_auc(const Ranking& ranking) {
  if (ranking.positives == 0) return Figure::undefined("no_positives");
  if (ranking.negatives == 0) return Figure::undefined("no_negatives");
  // Twice the number of pairs that are won, in whole numbers: exact, whatever the order.
  std::uint64_t doubled = 0, tp = 0, fp = 0;
  for (const auto& point : ranking.points) {
    doubled += (point.fp - fp) * (point.tp + tp);
    tp = point.tp;
    fp = point.fp;
  }
  return real(doubled) / (2.0 * real(ranking.positives) * real(ranking.negatives));
}

Figure average_precision(const Ranking& ranking) {
  if (ranking.positives == 0) return Figure::undefined("no_positives");
  double sum = 0.0;
  std::uint64_t tp = 0;
  for (const auto& point : ranking.points) {
    sum += real(point.tp - tp) * real(point.tp) / real(point.tp + point.fp);
    tp = point.tp;
  }
  return sum / real(ranking.positives);
}

RocCurve roc_curve(const Ranking& ranking, bool drop_intermediate) {
  RocCurve curve;
  if (ranking.positives == 0 || ranking.negatives == 0) return curve;
  curve.fpr.push_back(0.0);
  curve.tpr.push_back(0.0);
  curve.thresholds.push_back(std::nullopt);
  const auto& points = ranking.points;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const bool inner = i > 0 && i + 1 < points.size();
    if (drop_intermediate && inner && is_intermediate(points[i - 1], points[i], points[i + 1]))
      continue;
    curve.fpr.push_back(real(points[i].fp) / real(ranking.negatives));
    curve.tpr.push_back(real(points[i].tp) / real(ranking.positives));
    curve.thresholds.emplace_back(points[i].threshold);
  }
  return curve;
}

PrCurve pr_curve(const Ranking& ranking) {
  PrCurve curve;
  if (ranking.positives == 0) return curve;
  for (auto point = ranking.points.rbegin(); point != ranking.points.rend(); ++point) {
    curve.precision.push_back(real(point->tp) / real(point->tp + point->fp));
    curve.recall.push_back(real(point->tp) / real(ranking.positives));
    curve.thresholds.push_back(point->threshold);
  }
  curve.precision.push_back(1.0);
  curve.recall.push_back(0.0);
  return curve;
}

Ranking thinned(const Ranking& ranking, std::size_t most) {
  const std::size_t all = ranking.points.size();
  if (all <= most || most < 2) return ranking;
  Ranking fewer;
  fewer.positives = ranking.positives;
  fewer.negatives = ranking.negatives;
  for (std::size_t i = 0; i < most; ++i)
    fewer.points.push_back(ranking.points[i * (all - 1) / (most - 1)]);
  return fewer;
}

}  // namespace zeromiss
