#pragma once

#include "match.hpp"

#include <zeromiss/report/metrics_report.hpp>

namespace zeromiss {

/// Values against values. Images without a prediction are listed as missing; the figures are those
/// of the others.
Evaluation evaluate_regression(const Matched& matched, const GroundTruth& truth);

}  // namespace zeromiss
