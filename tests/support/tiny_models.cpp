// One of the two files that see LibTorch: models of a few lines, made where they are tested.
#include "support/tiny_models.hpp"

#include <torch/script.h>

#include <sstream>

namespace zeromiss::test {

std::string tiny_model(const std::string& forward, const std::vector<float>& weight) {
  torch::jit::Module module("tiny");
  if (!weight.empty())
    module.register_parameter(
        "weight", at::tensor(weight).view({static_cast<std::int64_t>(weight.size()), 1, 1, 1}),
        /*is_buffer=*/false);
  module.define(forward);
  std::ostringstream archive;
  module.save(archive);
  return archive.str();
}

}  // namespace zeromiss::test
