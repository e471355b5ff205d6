#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace zeromiss {

struct GpuFacts {
  std::string name;          ///< "NVIDIA H100 80GB HBM3"
  int major = 0, minor = 0;  ///< compute capability
  std::uint64_t memory_bytes = 0;
};

/// What NVIDIA's driver says; asked directly, because LibTorch knows only that there is no GPU, not
/// why.
struct CudaDriver {
  std::string problem;  ///< why no GPU can be used; empty: there are some
  int version = 0;      ///< the newest CUDA that it runs: 12040 is 12.4
  std::vector<GpuFacts> gpus;
};

/// @param library  libcuda.so.1, or a made-up one in tests
CudaDriver ask_cuda_driver(const std::string& library = "libcuda.so.1");

/// "12.4" for 12040.
std::string cuda_version_text(int version);
/// "NVIDIA H100 80GB HBM3, compute capability 9.0, 79.1 GiB".
std::string gpu_text(const GpuFacts& gpu);

}  // namespace zeromiss
