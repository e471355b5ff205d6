#pragma once

#include <zeromiss/model/precision.hpp>

#include <c10/core/Device.h>
#include <torch/script.h>

#include <cstdint>
#include <span>

namespace zeromiss {

/// at::kFloat, at::kBFloat16, at::kHalf.
at::ScalarType number_type(Precision precision);

struct LoadedModule {
  torch::jit::Module module;
  bool changes_input;  ///< it may write into the tensor that it is given
};

/// A network from its archive, ready for inference on `device` in `precision`.
/// @throws std::runtime_error for NaN among its weights
LoadedModule load_module(std::span<const std::uint8_t> archive, c10::Device device,
                         Precision precision);

/// Whether the network wants its pictures as a list, as torchvision's detectors do.
bool takes_list(const torch::jit::Module& module);

/// A linker leaves out what nobody calls; torch_vision.cpp only registers.
void keep_torchvision_operators();

}  // namespace zeromiss
