#pragma once

#include <zeromiss/report/metrics_report.hpp>
#include <zeromiss/tools/score.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace zeromiss {

/// Which part each labelled image shows.
struct PartIds {
  std::vector<std::uint32_t> of;  ///< one an image, below `parts`
  std::uint32_t parts = 0;
};

/// By --group or --group-column; no value when neither was given.
/// @param name  the bytes of an image's name
/// @throws Error(usage) for a pattern that is none, Error(input) for an image without a part
std::optional<PartIds> part_ids(const ScoreOptions& options, std::size_t images,
                                const std::function<std::string(std::size_t)>& name);

/// Fills `parts` (where they are told) and `risk` from the outcomes; needs an operating point.
void add_parts_and_risk(Evaluation& evaluation, const std::optional<PartIds>& ids,
                        std::size_t risk_points);

}  // namespace zeromiss
