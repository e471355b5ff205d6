#pragma once

#include <zeromiss/image/placement.hpp>
#include <zeromiss/model/package.hpp>
#include <zeromiss/model/prediction.hpp>
#include <zeromiss/model/tensor.hpp>

#include <vector>

namespace zeromiss {

/// Reads one image's prediction out of a batch's outputs, by the package's `output` (its keys and
/// the shapes they stand for: apps/README.md, Model package):
///   logits, probabilities, sigmoid  N x C -> Classification, MultiLabel
///   score, score_map                N, and N x 1 x H x W -> Anomaly
///   boxes_yolo, boxes_torchvision, mask_logits -> Objects, in pixels of the original picture
/// @param outputs    of Engine::run
/// @param index      0 .. images - 1
/// @param placement  of this image (Preparer::placement)
/// @throws ItemError("model.output") for another number of outputs, shape or range,
/// ("model.nonfinite") for a NaN or an infinity in this image's part
Prediction interpret(const std::vector<Tensor>& outputs, int index, int images,
                     const ModelPackage& package, const Placement& placement);

}  // namespace zeromiss
