#pragma once

#include <string>
#include <vector>

namespace zeromiss::test {

/// A TorchScript archive whose module has just this method: "def forward(self, x): …".
/// @param weight  self.weight, one number an output channel; none: there is no such parameter
std::string tiny_model(const std::string& forward, const std::vector<float>& weight = {});

}  // namespace zeromiss::test
