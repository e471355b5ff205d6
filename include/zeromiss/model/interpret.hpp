#pragma once

#include <zeromiss/model/package.hpp>
#include <zeromiss/model/prediction.hpp>
#include <zeromiss/model/tensor.hpp>

#include <vector>

namespace zeromiss {

/// Reads one image's prediction out of a batch's outputs, by the package's `output.kind`:
///   logits         one output N x C; softmax in double precision
///   probabilities  one output N x C; each in [0, 1], their sum 1 within 1e-3
///   score          one output N or N x 1
/// @param outputs  of Engine::run
/// @param index    0 .. images - 1
/// @throws ItemError("model.output") for another number of outputs or shape, ("model.nonfinite")
/// for a
///         NaN or an infinity in this image's part
Prediction interpret(const std::vector<Tensor>& outputs, int index, int images,
                     const ModelPackage& package);

}  // namespace zeromiss
