#include "score_regression.hpp"

#include <zeromiss/base/text.hpp>

#include <fmt/format.h>

namespace zeromiss {

Evaluation evaluate_regression(const Matched& matched, const GroundTruth& truth) {
  Evaluation evaluation;
  evaluation.task = "regression";
  evaluation.has_verdicts = false;
  evaluation.no_operating_point = "regression";
  std::vector<double> truths, predicted;
  for (std::size_t i = 0; i < truth.images.size(); ++i) {
    const double value = truth.images[i].value.value();
    if (matched.results[i].has_score) {
      truths.push_back(value);
      predicted.push_back(matched.results[i].score);
      continue;
    }
    Miss miss{};
    miss.kind = MissKind::missing;
    miss.image = to_utf8(truth.images[i].image);
    miss.truth = fmt::format("{}", value);
    miss.verdict = kVerdictColumns[kMissingColumn];
    evaluation.misses.push_back(std::move(miss));
  }
  evaluation.regression = regression_figures(truths, predicted);
  return evaluation;
}

}  // namespace zeromiss
