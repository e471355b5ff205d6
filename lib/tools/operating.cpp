#include "operating.hpp"

#include "misses.hpp"
#include "score_messages.hpp"

#include <zeromiss/base/text.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace zeromiss {
namespace {

constexpr std::size_t kCurvePoints = 2000;  ///< of the curve in curves.json

/// Nothing when the image got what it deserves.
std::optional<MissKind> miss_kind(bool defect, Decision decision) {
  if (!defect)
    return decision == Decision::passed ? std::nullopt : std::optional(MissKind::overkill);
  if (decision == Decision::flagged) return std::nullopt;
  return decision == Decision::not_judged ? MissKind::not_judged : MissKind::escape;
}

}  // namespace

std::optional<std::vector<bool>> defects_by_option(const std::vector<std::string>& classes,
                                                   const ScoreOptions& options) {
  const auto require_known = [&](const std::string& option, const std::string& name) {
    if (std::find(classes.begin(), classes.end(), name) == classes.end())
      refuse_usage(
          fmt::format("{} \"{}\": no such class; there are {} (--classes adds what does not occur)",
                      option, printable(name), fmt::join(classes, ", ")));
  };
  for (const auto& name : options.positive) require_known("--positive", name);
  if (!options.good.empty()) require_known("--good", options.good);
  if (options.positive.empty() && options.good.empty()) return std::nullopt;
  std::vector<bool> flags;
  for (const auto& name : classes)
    flags.push_back(options.positive.empty()
                        ? name != options.good
                        : std::find(options.positive.begin(), options.positive.end(), name) !=
                              options.positive.end());
  return flags;
}

DefectScoreReport defect_score_report(const std::vector<ScoredSample>& samples) {
  const Ranking ranking = rank_samples(samples);
  return {roc_auc(ranking), average_precision(ranking), thinned(ranking, kCurvePoints),
          ranking.points.size()};
}

void OperatingPointBuilder::add(std::size_t truth, Decision decision,
                                const std::function<Miss()>& describe) {
  TruthRow& row = evaluation_.truths.at(truth);
  row.decisions.add(decision);
  const auto kind = miss_kind(row.defect, decision);
  if (!kind) return;
  Miss miss = describe();
  miss.kind = *kind;
  if (miss.score && threshold_.defined()) miss.margin = std::abs(*miss.score - *threshold_.value);
  evaluation_.misses.push_back(std::move(miss));
}

void OperatingPointBuilder::finish(const ScoreOptions& options) {
  sort_misses(evaluation_.misses);
  DecisionCounts defective, good;
  for (const auto& row : evaluation_.truths) (row.defect ? defective : good).add(row.decisions);
  OperatingPoint point;
  point.threshold = threshold_;
  point.origin = origin_;
  point.figures = operating_figures(defective, good, options.confidence);
  if (options.defect_rate) {
    point.defect_rate = options.defect_rate;
    point.line = line_figures(point.figures, *options.defect_rate);
  }
  evaluation_.operating_point = std::move(point);
}

}  // namespace zeromiss
