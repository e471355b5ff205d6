#pragma once

#include <zeromiss/model/tensor.hpp>

#include <ATen/core/ivalue.h>

#include <vector>

namespace zeromiss {

/// Plain tensors of whatever a network returns: a tensor; tuples (also with named fields), lists
/// and dictionaries of them, nested; and lists with a dictionary for each image, as torchvision's
/// detectors return them, alone or behind their losses.
/// @throws ItemError("model.output")
std::vector<Tensor> plain_outputs(const c10::IValue& returned, int images);

}  // namespace zeromiss
