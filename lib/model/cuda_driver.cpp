#include "cuda_driver.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <array>
#include <cstddef>

namespace zeromiss {
namespace {

// Signatures and numbers of the CUDA driver API, whose binary interface is stable:
// https://docs.nvidia.com/cuda/cuda-driver-api
constexpr int kSuccess = 0;
constexpr int kNoDevice = 100;
constexpr int kCapabilityMajor = 75, kCapabilityMinor = 76;

/// A function of the driver; null where it has none of that name.
template <class Signature>
Signature* function(void* library, const char* name) {
  return reinterpret_cast<Signature*>(::dlsym(library, name));
}

std::string code_text(void* library, int code) {
  const char* name = nullptr;
  auto* const name_of = function<int(int, const char**)>(library, "cuGetErrorName");
  if (name_of == nullptr || name_of(code, &name) != kSuccess || name == nullptr)
    return fmt::format("code {}", code);
  return fmt::format("{}, code {}", name, code);
}

GpuFacts facts_of(void* library, int number) {
  GpuFacts gpu;
  int device = 0;
  auto* const get = function<int(int*, int)>(library, "cuDeviceGet");
  auto* const name = function<int(char*, int, int)>(library, "cuDeviceGetName");
  auto* const memory = function<int(std::size_t*, int)>(library, "cuDeviceTotalMem_v2");
  auto* const attribute = function<int(int*, int, int)>(library, "cuDeviceGetAttribute");
  if (get == nullptr || get(&device, number) != kSuccess) return gpu;
  std::array<char, 256> text{};
  if (name != nullptr && name(text.data(), static_cast<int>(text.size() - 1), device) == kSuccess)
    gpu.name = text.data();
  std::size_t bytes = 0;
  if (memory != nullptr && memory(&bytes, device) == kSuccess) gpu.memory_bytes = bytes;
  if (attribute != nullptr) {
    attribute(&gpu.major, kCapabilityMajor, device);
    attribute(&gpu.minor, kCapabilityMinor, device);
  }
  return gpu;
}

}  // namespace

CudaDriver ask_cuda_driver(const std::string& library) {
  CudaDriver driver;
  // Never closed: the driver stays for LibTorch, and its threads would lose their code.
  void* const handle = ::dlopen(library.c_str(), RTLD_NOW);
  if (handle == nullptr) {
    const char* text = ::dlerror();
    driver.problem = fmt::format("no NVIDIA driver is installed ({})",
                                 text == nullptr ? library + " not found" : text);
    return driver;
  }
  auto* const init = function<int(unsigned)>(handle, "cuInit");
  auto* const version = function<int(int*)>(handle, "cuDriverGetVersion");
  auto* const count = function<int(int*)>(handle, "cuDeviceGetCount");
  if (init == nullptr || version == nullptr || count == nullptr) {
    driver.problem = fmt::format("{} is no NVIDIA driver", library);
    return driver;
  }
  if (const int code = init(0); code != kSuccess) {
    driver.problem = code == kNoDevice
                         ? "the NVIDIA driver finds no GPU (CUDA_VISIBLE_DEVICES can hide them)"
                         : fmt::format(
                               "the NVIDIA driver does not start ({}): does it match the "
                               "kernel's module? nvidia-smi says more",
                               code_text(handle, code));
    return driver;
  }
  version(&driver.version);
  int gpus = 0;
  if (const int code = count(&gpus); code != kSuccess || gpus == 0) {
    driver.problem = fmt::format("the NVIDIA driver finds no GPU ({})", code_text(handle, code));
    return driver;
  }
  for (int i = 0; i < gpus; ++i) driver.gpus.push_back(facts_of(handle, i));
  return driver;
}

std::string cuda_version_text(int version) {
  return fmt::format("{}.{}", version / 1000, version % 1000 / 10);
}

std::string gpu_text(const GpuFacts& gpu) {
  constexpr double kGibibyte = 1U << 30U;
  return fmt::format("{}, compute capability {}.{}, {:.1f} GiB",
                     gpu.name.empty() ? "a GPU" : gpu.name, gpu.major, gpu.minor,
                     static_cast<double>(gpu.memory_bytes) / kGibibyte);
}

}  // namespace zeromiss
