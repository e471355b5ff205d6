#pragma once

#include <zeromiss/report/metrics_report.hpp>

#include <vector>

namespace zeromiss {

/// By kind, worst first: an escape with the lowest score (or none at all), an overkill with the
/// highest; then by path.
void sort_misses(std::vector<Miss>& misses);

}  // namespace zeromiss
