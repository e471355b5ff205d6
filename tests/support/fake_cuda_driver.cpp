// libcuda.so.1 as a test wants it: the environment says what it answers.
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace {

int wanted(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

}  // namespace

extern "C" {
int cuInit(unsigned) { return wanted("FAKE_CUDA_INIT", 0); }
int cuDriverGetVersion(int* version) {
  *version = 12040;
  return 0;
}
int cuDeviceGetCount(int* count) {
  *count = wanted("FAKE_CUDA_GPUS", 2);
  return 0;
}
int cuDeviceGet(int* device, int number) {
  *device = 10 + number;  // a handle is no number
  return 0;
}
int cuDeviceGetName(char* text, int size, int device) {
  std::strncpy(text, device == 10 ? "First GPU" : "Second GPU", static_cast<std::size_t>(size));
  return 0;
}
int cuDeviceTotalMem_v2(std::size_t* bytes, int) {
  *bytes = std::size_t{24} << 30U;
  return 0;
}
int cuDeviceGetAttribute(int* value, int attribute, int) {
  *value = attribute == 75 ? 8 : 6;
  return 0;
}
int cuGetErrorName(int code, const char** name) {
  *name = "CUDA_ERROR_OF_A_TEST";
  return code == 803 ? 0 : 1;
}
}
