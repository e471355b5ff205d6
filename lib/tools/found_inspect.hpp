#pragma once

#include "object_inputs.hpp"

namespace zeromiss {

/// Detections and verdicts from an output folder of inspect, or the results.jsonl of one, into
/// `inputs`. A class that the labels do not have is added to them.
/// @throws Error(input) naming file and line
void read_found_inspect(const ScoreOptions& options, ObjectInputs& inputs);

}  // namespace zeromiss
