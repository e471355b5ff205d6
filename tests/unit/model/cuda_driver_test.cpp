// What is said of a GPU that cannot be used, without one.
#include "cuda_driver.hpp"

#include "support/catch.hpp"

#include <cstdlib>

using namespace zeromiss;
using Catch::Matchers::ContainsSubstring;

namespace {

CudaDriver ask(const char* variable = nullptr, const char* value = nullptr) {
  if (variable != nullptr) ::setenv(variable, value, 1);
  const CudaDriver driver = ask_cuda_driver(ZEROMISS_FAKE_CUDA);
  if (variable != nullptr) ::unsetenv(variable);
  return driver;
}

}  // namespace

TEST_CASE("GPUs are named with capability and memory", "[cuda]") {
  const CudaDriver driver = ask();
  CHECK(driver.problem.empty());
  CHECK(cuda_version_text(driver.version) == "12.4");
  REQUIRE(driver.gpus.size() == 2);
  CHECK(gpu_text(driver.gpus[0]) == "First GPU, compute capability 8.6, 24.0 GiB");
  CHECK(driver.gpus[1].name == "Second GPU");
}

TEST_CASE("each cause for having no GPU is named", "[cuda][error]") {
  CHECK_THAT(ask_cuda_driver("libcuda-of-nobody.so.1").problem,
             ContainsSubstring("no NVIDIA driver is installed"));
  CHECK_THAT(ask_cuda_driver("libm.so.6").problem, ContainsSubstring("is no NVIDIA driver"));
  CHECK_THAT(ask("FAKE_CUDA_INIT", "100").problem, ContainsSubstring("finds no GPU"));
  CHECK_THAT(ask("FAKE_CUDA_INIT", "803").problem,
             ContainsSubstring("does not start (CUDA_ERROR_OF_A_TEST, code 803)"));
  CHECK_THAT(ask("FAKE_CUDA_INIT", "999").problem, ContainsSubstring("does not start (code 999)"));
  CHECK_THAT(ask("FAKE_CUDA_GPUS", "0").problem, ContainsSubstring("finds no GPU"));
}
