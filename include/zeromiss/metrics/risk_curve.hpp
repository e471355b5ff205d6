#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace zeromiss {

/// What one limit costs, and what it risks.
struct RiskPoint {
  double limit;  ///< images from this score on do not pass
  std::uint64_t escapes, overkills;
  double escape_rate, overkill_rate;
  double escape_rate_upper;  ///< Clopper-Pearson, one-sided
};

struct RiskInput {
  std::vector<double> defective;  ///< scores; one a part where parts are counted
  std::vector<double> good;       ///< scores
  /// Without a score: defective and missing (an escape at any limit), defective and in ERROR (never
  /// one), good and either (an overkill at any limit).
  std::uint64_t always_escaped = 0, never_escaped = 0, always_overkilled = 0;
};

/// Overkill against escape risk: for every number of escapes the largest limit with no more, which
/// is a score of a defective image. From the lowest limit up: escapes never fall, overkills never
/// rise. At most `most` points, closest together where few escape.
/// Empty without a defective score or without a good image.
std::vector<RiskPoint> risk_curve(RiskInput input, double confidence, std::size_t most);

}  // namespace zeromiss
