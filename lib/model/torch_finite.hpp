#pragma once

#include <torch/script.h>

namespace zeromiss {

/// What the engine's errors hold when a network's inner values are not finite.
inline constexpr const char* kNotFinite = "a value inside the network is not finite";

/// @throws std::runtime_error when a weight is NaN: kernels may hide it
void refuse_nan_weights(const torch::jit::Module& frozen);

/// oneDNN's rectifiers and maxima make a number of NaN, and a clean score of that. So what goes
/// into its part of an optimised network is looked at, wherever something stands before it that may
/// divide by zero: the network throws with kNotFinite.
void check_finite_inputs(torch::jit::Module& optimised);

}  // namespace zeromiss
