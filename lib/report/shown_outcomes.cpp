#include "shown_outcomes.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <unordered_map>

namespace zeromiss {
namespace {

constexpr std::size_t kListed = 2000, kTiles = 240;
constexpr std::size_t kListedOfKind = 250, kTilesOfKind = 40, kTilesOfEscapes = 80;
constexpr std::size_t kListedOfCell = 24, kTilesOfCell = 4;

/// Smaller comes first: what is worse among misses, what is nearer to the limit among the others.
double rank_of(const Evaluation& evaluation, const ImageOutcome& outcome, OutcomeKind kind) {
  if (evaluation.regression)
    return outcome.has_score ? -std::abs(outcome.score - outcome.value) : 0.0;
  if (!outcome.has_score) return kind == OutcomeKind::escape ? -HUGE_VAL : HUGE_VAL;
  if (kind == OutcomeKind::escape) return outcome.score;
  if (kind == OutcomeKind::overkill) return -outcome.score;
  const auto& point = evaluation.operating_point;
  if (!point || !point->threshold.defined()) return -outcome.score;
  return std::abs(outcome.score - *point->threshold.value);
}

/// Two cells of tables that an image is in, as one number each.
std::uint64_t cell_of(const ImageOutcome& outcome, bool by_decision) {
  const std::int64_t column = by_decision
                                  ? (outcome.decision ? static_cast<int>(*outcome.decision) : -1)
                                  : outcome.predicted;
  return static_cast<std::uint64_t>(outcome.truth) << 33U |
         static_cast<std::uint64_t>(column + 1) << 1U | (by_decision ? 1U : 0U);
}

struct Ranked {
  OutcomeKind kind;
  double rank;
  std::size_t image;
  bool operator<(const Ranked& other) const {
    return std::tie(kind, rank, image) < std::tie(other.kind, other.rank, other.image);
  }
};

std::vector<Ranked> ranked(const Evaluation& evaluation) {
  std::vector<Ranked> all;
  all.reserve(evaluation.outcomes.size());
  for (std::size_t i = 0; i < evaluation.outcomes.size(); ++i) {
    const auto& outcome = evaluation.outcomes[i];
    const OutcomeKind kind = outcome_kind(evaluation, outcome);
    all.push_back({kind, rank_of(evaluation, outcome, kind), i});
  }
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

OutcomeKind outcome_kind(const Evaluation& evaluation, const ImageOutcome& outcome) {
  if (evaluation.regression) return outcome.has_score ? OutcomeKind::right : OutcomeKind::missing;
  if (outcome.decision) {
    const Decision decision = *outcome.decision;
    const bool defect = evaluation.truths[outcome.truth].defect;
    if (!defect && decision != Decision::passed) return OutcomeKind::overkill;
    if (defect && decision == Decision::not_judged) return OutcomeKind::not_judged;
    if (defect && decision != Decision::flagged) return OutcomeKind::escape;
  }
  if (!evaluation.classification) return OutcomeKind::right;
  if (outcome.predicted < 0) return OutcomeKind::missing;
  const bool same = static_cast<std::uint32_t>(outcome.predicted) == outcome.truth;
  return same ? OutcomeKind::right : OutcomeKind::wrong;
}

std::array<std::uint64_t, kOutcomeNames.size()> outcome_counts(const Evaluation& evaluation) {
  std::array<std::uint64_t, kOutcomeNames.size()> counts{};
  for (const auto& outcome : evaluation.outcomes)
    ++counts.at(static_cast<std::size_t>(outcome_kind(evaluation, outcome)));
  return counts;
}

std::vector<ShownOutcome> shown_outcomes(const Evaluation& evaluation) {
  if (evaluation.segmentation) return {};  // the names are those of masks, not of pictures
  std::array<std::size_t, kOutcomeNames.size()> of_kind{};
  std::unordered_map<std::uint64_t, std::size_t> of_cell;
  std::vector<ShownOutcome> shown;
  std::size_t tiles = 0;
  for (const auto& [kind, rank, image] : ranked(evaluation)) {
    const auto& outcome = evaluation.outcomes[image];
    auto& in_kind = of_kind.at(static_cast<std::size_t>(kind));
    auto& by_class = of_cell[cell_of(outcome, false)];
    auto& by_decision = of_cell[cell_of(outcome, true)];
    const std::size_t in_cell = std::min(by_class, by_decision);
    if (shown.size() >= kListed || (in_kind >= kListedOfKind && in_cell >= kListedOfCell)) continue;
    const std::size_t wanted = kind == OutcomeKind::escape ? kTilesOfEscapes : kTilesOfKind;
    const bool tile = tiles < kTiles && (in_kind < wanted || in_cell < kTilesOfCell);
    shown.push_back({image, kind, tile});
    tiles += tile ? 1 : 0;
    ++in_kind, ++by_class, ++by_decision;
  }
  return shown;
}

std::vector<std::size_t> images_to_draw(const Evaluation& evaluation) {
  std::vector<std::size_t> images;
  for (const auto& shown : shown_outcomes(evaluation))
    if (shown.tile) images.push_back(shown.image);
  return images;
}

}  // namespace zeromiss
