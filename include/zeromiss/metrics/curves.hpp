#pragma once

#include <zeromiss/metrics/figure.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace zeromiss {

/// One sample of a two-class question; a higher score speaks for "positive".
struct ScoredSample {
  double score;
  bool positive;
};

/// What "positive if and only if score >= threshold" gives.
struct RankPoint {
  double threshold;
  std::uint64_t tp, fp;
};

/// All distinct scores, highest first, with the counts at each: samples with equal scores are one
/// point, so nothing depends on the order in which samples came.
struct Ranking {
  std::vector<RankPoint> points;
  std::uint64_t positives = 0, negatives = 0;
};

/// @throws std::invalid_argument for a score that is not finite
Ranking rank_samples(std::vector<ScoredSample> samples);

/// Probability that a positive scores higher than a negative, ties counted half.
Figure roc_auc(const Ranking& ranking);
/// sum of (R_n - R_{n-1}) P_n over the points; no interpolation (scikit-learn's, not VOC's).
Figure average_precision(const Ranking& ranking);

/// scikit-learn's roc_curve: starts at (0, 0), whose threshold is "above every score" (no value).
struct RocCurve {
  std::vector<double> fpr, tpr;
  std::vector<std::optional<double>> thresholds;
};
/// @param drop_intermediate  leave out points on a straight line, as scikit-learn does by default
/// @return empty unless there are both positives and negatives
RocCurve roc_curve(const Ranking& ranking, bool drop_intermediate);

/// scikit-learn's precision_recall_curve: thresholds rise; the last point (recall 0, precision 1)
/// has none, so `thresholds` is one shorter.
struct PrCurve {
  std::vector<double> precision, recall, thresholds;
};
/// @return empty unless there are positives
PrCurve pr_curve(const Ranking& ranking);

/// At most `most` points of a curve for drawing: first, last and evenly spaced ones between.
Ranking thinned(const Ranking& ranking, std::size_t most);

}  // namespace zeromiss
