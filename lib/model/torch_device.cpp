#include "torch_device.hpp"

#include "cuda_driver.hpp"
#include "torch_errors.hpp"

#include <zeromiss/base/error.hpp>

#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace zeromiss {
namespace {

/// LibTorch's CUDA half is opened at run time, so that one binary serves PCs with and without a
/// GPU.
std::string library_problem(const CudaDriver& driver) {
  if (::dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) == nullptr) {
    const char* text = ::dlerror();
    return fmt::format(
        "this installation has no CUDA libraries (scripts/setup.sh --cuda adds them): {}",
        text == nullptr ? "libtorch_cuda.so not found" : text);
  }
  if (at::hasCUDA()) return "";
  const auto& hooks = at::detail::getCUDAHooks();
  if (!hooks.hasCUDART()) return "LibTorch's CUDA half was built without CUDA";
  return fmt::format(
      "LibTorch finds no GPU that it can use: its CUDA is {}, the driver's {}; an older driver has "
      "to be brought up to date",
      cuda_version_text(static_cast<int>(hooks.versionCUDART())),
      cuda_version_text(driver.version));
}

/// A sum and a copy: whether the GPU has memory left, and the binary has code for it.
std::string probe(c10::Device device, const GpuFacts& gpu) {
  try {
    const at::Tensor one = at::ones({1}, at::TensorOptions().device(device));
    if (one.add(one).item<float>() == 2.0F) return "";
    return "the GPU says that 1 + 1 is not 2";
  } catch (const c10::OutOfMemoryError& error) {
    return "too little memory on the GPU: " +
           first_sentence(last_line(error.what_without_backtrace()));
  } catch (const c10::Error& error) {
    const std::string text = error.what_without_backtrace();
    if (text.find("no kernel image") != std::string::npos)
      return fmt::format(
          "this LibTorch has no code for compute capability {}.{}: it needs another LibTorch or a "
          "newer GPU",
          gpu.major, gpu.minor);
    return "the GPU does not work: " + last_line(text);
  }
}

/// The number of "cuda" (0) or "cuda:N".
std::optional<int> gpu_number(const std::string& wanted) {
  if (wanted == "cuda" || wanted == "auto") return 0;
  if (wanted.rfind("cuda:", 0) != 0) return std::nullopt;
  int number = -1;
  const char* end = wanted.data() + wanted.size();
  const auto [rest, problem] = std::from_chars(wanted.data() + 5, end, number);
  if (problem != std::errc() || rest != end || number < 0 || number > 127) return std::nullopt;
  return number;
}

struct Found {
  std::string problem, gpu;
};

Found find_gpu(int number) {
  const CudaDriver driver = ask_cuda_driver();
  if (!driver.problem.empty()) return {driver.problem, ""};
  if (const std::string problem = library_problem(driver); !problem.empty()) return {problem, ""};
  if (static_cast<std::size_t>(number) >= driver.gpus.size())
    return {fmt::format("there are {} GPUs, counted from 0", driver.gpus.size()), ""};
  const GpuFacts& gpu = driver.gpus[static_cast<std::size_t>(number)];
  return {probe(c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(number)), gpu),
          fmt::format("{}, driver for CUDA {}", gpu_text(gpu), cuda_version_text(driver.version))};
}

/// Results that repeat: no kernels chosen by a race, no products rounded to 10 bits (TF32) where
/// float32 was asked for.
void compute_the_same_every_time() {
  at::globalContext().setBenchmarkCuDNN(false);
  at::globalContext().setDeterministicCuDNN(true);
  at::globalContext().setAllowTF32CuDNN(false);
  at::globalContext().setAllowTF32CuBLAS(false);
}

}  // namespace

Device choose_device(const std::string& wanted) {
  if (wanted == "cpu") return {c10::Device(c10::kCPU), "asked for"};
  const auto number = gpu_number(wanted);
  if (!number)
    throw Error(ErrorKind::usage,
                fmt::format("--device {}: expected auto, cpu, cuda or cuda:N", wanted));
  const Found found = find_gpu(*number);
  if (found.problem.empty()) {
    compute_the_same_every_time();
    return {c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(*number)),
            (wanted == "auto" ? "a GPU is there: " : "asked for: ") + found.gpu};
  }
  if (wanted == "auto") return {c10::Device(c10::kCPU), "no GPU: " + found.problem};
  throw Error(ErrorKind::device, fmt::format("--device {}: {}", wanted, found.problem));
}

}  // namespace zeromiss
