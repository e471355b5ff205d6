#pragma once

#include <zeromiss/report/metrics_report.hpp>

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace zeromiss {

/// What an image is on the page, in this order.
enum class OutcomeKind { escape, overkill, not_judged, missing, wrong, right };
inline constexpr std::array<std::string_view, 6> kOutcomeNames{"escape",  "overkill", "not_judged",
                                                               "missing", "wrong",    "right"};

OutcomeKind outcome_kind(const Evaluation& evaluation, const ImageOutcome& outcome);

struct ShownOutcome {
  std::size_t image = 0;  ///< place in Evaluation::outcomes
  OutcomeKind kind = OutcomeKind::right;
  bool tile = false;  ///< has a place among the pictures
};

/// The images worth showing, at most 2,000, by kind and then the worst margin first: of each kind
/// the worst 250 (40 of them with a picture, escapes 80), and of each pair of true and predicted
/// class (or decision) the first 24 (4 with a picture) while there are places.
std::vector<ShownOutcome> shown_outcomes(const Evaluation& evaluation);

/// How many of all images are of each kind.
std::array<std::uint64_t, kOutcomeNames.size()> outcome_counts(const Evaluation& evaluation);

}  // namespace zeromiss
