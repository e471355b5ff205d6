#pragma once

#include <zeromiss/dataset/objects.hpp>
#include <zeromiss/metrics/detection.hpp>
#include <zeromiss/report/metrics_report.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

namespace zeromiss {

/// The boxes of `images`: all labelled ones, and those found at `score` or above (no value: all),
/// at most 100 of each an image, in the order of their files.
std::map<std::size_t, Drawing> drawings(const DetectionSet& set, const ObjectTruth& truth,
                                        const std::vector<std::size_t>& images,
                                        std::optional<double> score);

}  // namespace zeromiss
