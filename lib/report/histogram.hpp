#pragma once

#include <zeromiss/model/package.hpp>
#include <zeromiss/report/record.hpp>

#include <nlohmann/json_fwd.hpp>

#include <array>
#include <cstdint>
#include <vector>

namespace zeromiss {

/// Lowest and highest score seen.
struct ScoreRange {
  bool any = false;
  double lowest = 0, highest = 0;
  void add(double score);
};

/// What the axis of a score histogram shows.
struct ScoreAxis {
  double from, to;
};

/// The axis for scores without natural bounds: all of them and both limits, except that a few
/// extreme scores must not flatten the part around the limits; those go into the last bin.
ScoreAxis axis_around(const ScoreRange& range, const Limits& limits);

/// The bin of a score, from 0 to ScoreHistogram::kBins - 1; beyond the axis the outermost.
std::size_t histogram_bin(const ScoreAxis& axis, double score);

/// Counts of scores in bins of equal width, apart for PASS, REVIEW and REJECT. Scores beyond the
/// axis count in the outermost bins. Its size does not depend on the number of scores.
class ScoreHistogram {
 public:
  static constexpr std::size_t kBins = 50;

  explicit ScoreHistogram(ScoreAxis axis) : axis_(axis) {}
  void add(double score, VerdictKind verdict);
  /// {"from", "to", "below", "above", "counts": {"PASS": [...], "REVIEW": [...], "REJECT": [...]}}
  [[nodiscard]] nlohmann::ordered_json json() const;

 private:
  ScoreAxis axis_;
  std::uint64_t below_ = 0, above_ = 0;
  std::array<std::array<std::uint64_t, kBins>, 3> counts_{};
};

}  // namespace zeromiss
