// One of the two files that see LibTorch: models of a few lines, made where they are tested.
#include "support/tiny_models.hpp"

#include <torch/script.h>

#include <sstream>

namespace zeromiss::test {

std::string tiny_model(const std::string& forward) {
  torch::jit::Module module("tiny");
  module.define(forward);
  std::ostringstream archive;
  module.save(archive);
  return archive.str();
}

}  // namespace zeromiss::test
