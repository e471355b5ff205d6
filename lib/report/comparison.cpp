#include <zeromiss/base/error.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/report/comparison.hpp>
#include <zeromiss/report/metrics_report.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace zeromiss {
namespace {

constexpr std::size_t kMostNamed = 5;  ///< in a refusal
constexpr std::size_t kMostShifts = 10;
constexpr std::array<double, 7> kQuantiles{0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99};
constexpr std::size_t kDecisions = 4;

std::string some(const std::vector<std::string>& names) {
  std::vector<std::string> first;
  for (std::size_t i = 0; i < std::min(kMostNamed, names.size()); ++i)
    first.push_back(printable(names[i]));
  return fmt::format("{}{}", fmt::join(first, ", "), names.size() > kMostNamed ? ", …" : "");
}

[[noreturn]] void refuse(const OutcomeSet& a, const OutcomeSet& b, const std::string& difference) {
  throw Error(ErrorKind::refused,
              fmt::format("{} and {} cannot be compared: {}", a.source, b.source, difference));
}

void require_same_images(const OutcomeSet& a, const OutcomeSet& b) {
  std::vector<std::string> only_a, only_b;
  auto left = a.images.begin();
  auto right = b.images.begin();
  while (left != a.images.end() || right != b.images.end()) {
    if (right == b.images.end() || (left != a.images.end() && left->image < right->image))
      only_a.push_back((left++)->image);
    else if (left == a.images.end() || right->image < left->image)
      only_b.push_back((right++)->image);
    else
      ++left, ++right;
  }
  if (only_a.empty() && only_b.empty()) return;
  std::string text = "other test set";
  if (!only_a.empty())
    text += fmt::format("; only in {}: {} ({})", a.source, only_a.size(), some(only_a));
  if (!only_b.empty())
    text += fmt::format("; only in {}: {} ({})", b.source, only_b.size(), some(only_b));
  refuse(a, b, text);
}

void require_same_labels(const OutcomeSet& a, const OutcomeSet& b) {
  std::vector<std::string> other;
  for (std::size_t i = 0; i < a.images.size(); ++i) {
    const std::string& truth_a = a.names.at(a.images[i].truth);
    const std::string& truth_b = b.names.at(b.images[i].truth);
    if (truth_a != truth_b)
      other.push_back(fmt::format("{}: {} and {}", a.images[i].image, truth_a, truth_b));
  }
  if (!other.empty())
    refuse(a, b, fmt::format("other labels; images: {} ({})", other.size(), some(other)));
  if (a.labels_sha256 != b.labels_sha256)
    refuse(a, b, "other labels: the labelled objects, boxes or masks are not the same");
}

std::string classes(const OutcomeSet& set) {
  return set.positive.empty() ? "none" : some(set.positive);
}

void require_same_defects(const OutcomeSet& a, const OutcomeSet& b) {
  for (std::size_t i = 0; i < a.images.size(); ++i)
    if (a.images[i].defective != b.images[i].defective)
      refuse(a, b,
             fmt::format("other classes count as defects: {} in {}, {} in {}", classes(a), a.source,
                         classes(b), b.source));
}

bool has_verdicts(const OutcomeSet& set) {
  return std::all_of(set.images.begin(), set.images.end(), [](const LabelledOutcome& image) {
    return image.verdict < kVerdictColumns.size();
  });
}

std::size_t state_of(const LabelledOutcome& outcome, bool verdicts) {
  return verdicts ? outcome.verdict : static_cast<std::size_t>(outcome.decision.value());
}

/// No value: nothing changed.
std::optional<Change> change_of(const LabelledOutcome& a, const LabelledOutcome& b, bool verdicts) {
  if (is_escape(b) && !is_escape(a)) return Change::new_escape;
  if (is_escape(a) && !is_escape(b)) return Change::repaired_escape;
  if (is_overkill(b) && !is_overkill(a)) return Change::new_overkill;
  if (is_overkill(a) && !is_overkill(b)) return Change::repaired_overkill;
  const bool same = state_of(a, verdicts) == state_of(b, verdicts) && a.decision == b.decision;
  return same ? std::nullopt : std::optional(Change::verdict);
}

double quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], place - static_cast<double>(below));
}

ScoreShifts score_shifts(const OutcomeSet& a, const OutcomeSet& b) {
  ScoreShifts shifts;
  std::vector<std::pair<double, std::size_t>> all;
  for (std::size_t i = 0; i < a.images.size(); ++i) {
    const auto &before = a.images[i].score, &after = b.images[i].score;
    if (before && after) all.emplace_back(*after - *before, i);
  }
  shifts.images = all.size();
  shifts.without = a.images.size() - all.size();
  if (all.empty()) return shifts;
  std::vector<double> sorted;
  for (const auto& [shift, image] : all) {
    sorted.push_back(shift);
    shifts.mean += shift;
    shifts.mean_absolute += std::abs(shift);
  }
  shifts.mean /= static_cast<double>(all.size());
  shifts.mean_absolute /= static_cast<double>(all.size());
  std::sort(sorted.begin(), sorted.end());
  shifts.quantiles.emplace_back(0.0, sorted.front());
  for (const double share : kQuantiles)
    shifts.quantiles.emplace_back(share, quantile(sorted, share));
  shifts.quantiles.emplace_back(1.0, sorted.back());
  const auto most = static_cast<std::ptrdiff_t>(std::min(kMostShifts, all.size()));
  std::partial_sort(all.begin(), all.begin() + most, all.end(), [](const auto& x, const auto& y) {
    const double left = std::abs(x.first), right = std::abs(y.first);
    return left != right ? left > right : x.second < y.second;
  });
  for (auto it = all.begin(); it != all.begin() + most && it->first != 0.0; ++it)
    shifts.largest.push_back(it->second);
  return shifts;
}

PairedShare paired_share(const PairedCounts& pairs, double confidence) {
  PairedShare share;
  share.pairs = pairs;
  const auto part = [&](std::uint64_t hits) {
    return ratio(static_cast<double>(hits), static_cast<double>(pairs.total()), "no_samples");
  };
  share.first = part(pairs.both + pairs.first_only);
  share.second = part(pairs.both + pairs.second_only);
  const PairedCounts turned{pairs.both, pairs.second_only, pairs.first_only, pairs.neither};
  share.difference = paired_difference(turned);
  share.interval = newcombe_paired(turned, confidence);
  share.exact_p = mcnemar_exact(pairs);
  share.mid_p = mcnemar_mid_p(pairs);
  return share;
}

void require_operating_point(const OutcomeSet& set) {
  const bool all = std::all_of(set.images.begin(), set.images.end(),
                               [](const LabelledOutcome& image) { return image.decision; });
  if (all && !set.images.empty()) return;
  throw Error(ErrorKind::input,
              fmt::format("{}: has no operating point ({}), so nothing passed and nothing was "
                          "caught; say --good or --positive when it is evaluated",
                          set.source, set.no_operating_point));
}

}  // namespace

bool is_escape(const LabelledOutcome& outcome) {
  const Decision decision = outcome.decision.value();
  return outcome.defective && (decision == Decision::passed || decision == Decision::missing);
}

bool is_overkill(const LabelledOutcome& outcome) {
  return !outcome.defective && outcome.decision.value() != Decision::passed;
}

bool is_right(const LabelledOutcome& outcome) {
  return outcome.decision.value() == (outcome.defective ? Decision::flagged : Decision::passed);
}

std::string state_name(const LabelledOutcome& outcome, bool verdicts) {
  return verdicts ? kVerdictColumns.at(outcome.verdict) : decision_name(outcome.decision.value());
}

void require_comparable(const OutcomeSet& a, const OutcomeSet& b) {
  if (a.task != b.task) refuse(a, b, fmt::format("other task: {} and {}", a.task, b.task));
  require_same_images(a, b);
  require_same_labels(a, b);
  require_same_defects(a, b);
  if (!a.seal_root.empty() && !b.seal_root.empty() && a.seal_root != b.seal_root)
    refuse(a, b, "other seal: the sealed files were not the same");
}

Comparison compare_outcomes(const OutcomeSet& a, const OutcomeSet& b, double confidence) {
  require_operating_point(a);
  require_operating_point(b);
  Comparison result;
  result.confidence = confidence;
  result.images = a.images.size();
  const bool verdicts = has_verdicts(a) && has_verdicts(b);
  const std::size_t states = verdicts ? kVerdictColumns.size() : kDecisions;
  for (std::size_t i = 0; i < states; ++i)
    result.states.emplace_back(verdicts ? kVerdictColumns.at(i)
                                        : decision_name(static_cast<Decision>(i)));
  result.flow.assign(states, std::vector<std::uint64_t>(states));
  PairedCounts found, right, escaped, overkilled;
  for (std::size_t i = 0; i < a.images.size(); ++i) {
    const LabelledOutcome &before = a.images[i], &after = b.images[i];
    ++result.flow[state_of(before, verdicts)][state_of(after, verdicts)];
    ++(before.defective ? result.defective : result.good);
    right.add(is_right(before), is_right(after));
    if (before.defective) {
      found.add(is_right(before), is_right(after));
      escaped.add(is_escape(before), is_escape(after));
    } else {
      overkilled.add(is_overkill(before), is_overkill(after));
    }
    for (std::size_t side = 0; side < 2; ++side) {
      const LabelledOutcome& one = side == 0 ? before : after;
      result.escapes.at(side) += is_escape(one) ? 1 : 0;
      result.overkills.at(side) += is_overkill(one) ? 1 : 0;
      result.not_judged.at(side) += *one.decision == Decision::not_judged ? 1 : 0;
    }
    if (before.label >= 0 && after.label >= 0 &&
        a.names.at(static_cast<std::size_t>(before.label)) !=
            b.names.at(static_cast<std::size_t>(after.label)))
      ++result.label_changes;
    if (const auto change = change_of(before, after, verdicts)) {
      ++result.counts.at(static_cast<std::size_t>(*change));
      result.changes.push_back({i, *change});
    }
  }
  std::stable_sort(
      result.changes.begin(), result.changes.end(),
      [](const ChangedImage& x, const ChangedImage& y) { return x.change < y.change; });
  result.shifts = score_shifts(a, b);
  result.recall = paired_share(found, confidence);
  result.accuracy = paired_share(right, confidence);
  result.escape_rate = paired_share(escaped, confidence);
  result.overkill_rate = paired_share(overkilled, confidence);
  return result;
}

}  // namespace zeromiss
