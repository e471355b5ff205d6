// Stands in for LibTorch in the programs of the fault tests: the same network as the tests' "mean"
// package, at the start of a plain program. FAKE_ENGINE_MS makes every pass last that long.
#include "support/fake_engine.hpp"

#include <chrono>
#include <cstdlib>
#include <thread>

namespace zeromiss {

std::unique_ptr<Engine> load_torchscript(std::span<const std::uint8_t> archive,
                                         const EngineOptions& options) {
  const char* text = std::getenv("FAKE_ENGINE_MS");
  const std::chrono::milliseconds pause(text == nullptr ? 0 : std::atoi(text));
  return test::fake_loader([pause](const InputBatch& batch) {
    if (pause.count() > 0) std::this_thread::sleep_for(pause);
    return test::mean_outputs(batch);
  })(archive, options);
}

}  // namespace zeromiss
