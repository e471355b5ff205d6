#include "histogram.hpp"

#include <zeromiss/model/verdict.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>

namespace zeromiss {
namespace {

constexpr std::array kCounted = {VerdictKind::pass, VerdictKind::review, VerdictKind::reject};

/// How far beyond reject_at the axis may reach, in widths of what lies below it.
constexpr double kReach = 4;

}  // namespace

void ScoreRange::add(double score) {
  lowest = any ? std::min(lowest, score) : score;
  highest = any ? std::max(highest, score) : score;
  any = true;
}

ScoreAxis axis_around(const ScoreRange& range, const Limits& limits) {
  const double from = range.any ? std::min(range.lowest, limits.review_at) : limits.review_at;
  const double highest = range.any ? std::max(range.highest, limits.reject_at) : limits.reject_at;
  const double width = limits.reject_at - from;
  const double to = width > 0 ? std::min(highest, limits.reject_at + kReach * width) : highest;
  if (to <= from) return {from - 0.5, from + 0.5};
  return {from, to};
}

std::size_t histogram_bin(const ScoreAxis& axis, double score) {
  const double place = (score / 2 - axis.from / 2) / (axis.to / 2 - axis.from / 2);
  const double index = std::clamp(place * static_cast<double>(ScoreHistogram::kBins), 0.0,
                                  ScoreHistogram::kBins - 1.0);
  return static_cast<std::size_t>(index);
}

void ScoreHistogram::add(double score, VerdictKind verdict) {
  const auto row = std::find(kCounted.begin(), kCounted.end(), verdict);
  if (row == kCounted.end()) throw std::logic_error("an ERROR record has no score to count");
  ++counts_.at(static_cast<std::size_t>(row - kCounted.begin())).at(histogram_bin(axis_, score));
  if (score < axis_.from) ++below_;
  if (score > axis_.to) ++above_;
}

nlohmann::ordered_json ScoreHistogram::json() const {
  nlohmann::ordered_json counts = nlohmann::ordered_json::object();
  for (std::size_t i = 0; i < kCounted.size(); ++i)
    counts[std::string(verdict_name(kCounted.at(i)))] = counts_.at(i);
  return {{"from", axis_.from},
          {"to", axis_.to},
          {"below", below_},
          {"above", above_},
          {"counts", counts}};
}

}  // namespace zeromiss
