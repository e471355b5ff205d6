#include "torch_device.hpp"

#include <zeromiss/base/error.hpp>

#include <ATen/Context.h>
#include <dlfcn.h>
#include <fmt/format.h>

namespace zeromiss {
namespace {

/// LibTorch's CUDA half is opened at run time, so that one binary serves PCs with and without a
/// GPU.
std::string cuda_problem() {
  if (::dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) == nullptr) {
    const char* text = ::dlerror();
    return fmt::format(
        "this installation has no CUDA libraries (scripts/setup.sh --cuda adds them): {}",
        text == nullptr ? "libtorch_cuda.so not found" : text);
  }
  if (!at::hasCUDA())
    return "no usable GPU was found: is the NVIDIA driver installed and new enough?";
  return "";
}

}  // namespace

Device choose_device(const std::string& wanted) {
  if (wanted == "cpu") return {c10::Device(c10::kCPU), "asked for"};
  if (wanted != "auto" && wanted.rfind("cuda", 0) != 0)
    throw Error(ErrorKind::usage,
                fmt::format("--device {}: expected auto, cpu, cuda or cuda:N", wanted));
  const std::string problem = cuda_problem();
  if (problem.empty())
    return {c10::Device(wanted == "auto" ? "cuda:0" : wanted),
            wanted == "auto" ? "a GPU is there" : "asked for"};
  if (wanted == "auto") return {c10::Device(c10::kCPU), "no GPU: " + problem};
  throw Error(ErrorKind::device, fmt::format("--device {}: {}", wanted, problem));
}

}  // namespace zeromiss
