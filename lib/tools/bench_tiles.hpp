#pragma once

#include "bench_stages.hpp"

namespace zeromiss {

/// The three stages of pictures that are cut into tiles, which fill batches of their own: a
/// picture's time is that of all its tiles, and of the empty slots of its last batch. The inputs
/// must outlive the loops.
StageLoop tiled_preprocess_loop(const StageInputs& inputs);
StageLoop tiled_infer_loop(const StageInputs& inputs);
StageLoop tiled_interpret_loop(const StageInputs& inputs);

}  // namespace zeromiss
