#pragma once

#include <zeromiss/model/tensor.hpp>

#include <ATen/core/ivalue.h>

#include <string>
#include <vector>

namespace zeromiss {

/// One tensor of what a network returned, where it was computed.
struct FoundTensor {
  std::string name;
  int image;  ///< as in Tensor
  at::Tensor value;
};

/// The tensors of whatever a network returns: a tensor; tuples (also with named fields), lists and
/// dictionaries of them, nested; and lists with a dictionary for each image, as torchvision's
/// detectors return them, alone or behind their losses.
/// @throws ItemError("model.output")
std::vector<FoundTensor> find_tensors(const c10::IValue& returned, int images);

/// Float32 in the memory of the CPU.
std::vector<Tensor> plain(const std::vector<FoundTensor>& found);

}  // namespace zeromiss
