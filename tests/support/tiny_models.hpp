#pragma once

#include <string>

namespace zeromiss::test {

/// A TorchScript archive whose module has just this method: "def forward(self, x): …".
std::string tiny_model(const std::string& forward);

}  // namespace zeromiss::test
