// Stands in for NVIDIA's libcudart in the archive for PCs without a GPU. libtorch_cpu.so is linked
// with it for its profiler alone, and its licence (CUDA EULA 2.1) is for systems with NVIDIA GPUs.
// It answers what the real one answers without a GPU.

namespace {
constexpr int kNoDevice = 100;  // cudaErrorNoDevice
}

extern "C" {
int cudaDeviceSynchronize() { return kNoDevice; }
int cudaGetDeviceProperties() { return kNoDevice; }
int cudaGetDeviceCount(int* count) {
  *count = 0;
  return kNoDevice;
}
int cudaDriverGetVersion(int* version) {
  *version = 0;
  return 0;
}
int cudaRuntimeGetVersion(int* version) {
  *version = 0;
  return 0;
}
const char* cudaGetErrorString() { return "CUDA is not part of this archive"; }
}
