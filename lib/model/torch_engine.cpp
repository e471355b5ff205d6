// LibTorch is seen by the torch_*.cpp of this folder and by the maker of tiny test models alone.
// They compile with 1.13 and 2.x.
#include "torch_device.hpp"
#include "torch_errors.hpp"
#include "torch_load.hpp"
#include "torch_outputs.hpp"

#include <zeromiss/model/engine.hpp>

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>
#include <torch/script.h>
#include <torch/version.h>

namespace zeromiss {
namespace {

/// A worker computes on its own thread alone. OpenMP's thread count is per thread, so each caller
/// sets it once.
void compute_on_this_thread_alone() {
  thread_local const bool done = [] {
    at::set_num_threads(1);
    at::globalContext().setFlushDenormal(true);
    return true;
  }();
  static_cast<void>(done);
}

class TorchEngine : public Engine {
 public:
  TorchEngine(std::span<const std::uint8_t> archive, const EngineOptions& options)
      : device_(choose_device(options.device)) {
    compute_on_this_thread_alone();
    const c10::InferenceMode guard;
    module_ = load_module(archive, device_.device);
    takes_list_ = takes_list(module_);
  }

  std::vector<Tensor> run(const InputBatch& batch) override {
    compute_on_this_thread_alone();
    return guarded([&] { return forward(batch); },
                   [&](const std::string& cause) {
                     throw ItemError("model.failed", "the model failed: " + cause);
                   });
  }

  [[nodiscard]] std::string device() const override { return device_.device.str(); }
  [[nodiscard]] std::string device_reason() const override { return device_.reason; }
  [[nodiscard]] std::string library() const override {
    return fmt::format("LibTorch {}.{}.{}", TORCH_VERSION_MAJOR, TORCH_VERSION_MINOR,
                       TORCH_VERSION_PATCH);
  }

 private:
  std::vector<Tensor> forward(const InputBatch& batch) {
    const c10::InferenceMode guard;
    const at::Tensor nhwc =
        at::from_blob(const_cast<float*>(batch.data.data()),
                      {batch.images, batch.height, batch.width, batch.channels}, at::kFloat);
    const at::Tensor input = nhwc.permute({0, 3, 1, 2}).to(device_.device);
    return plain_outputs(module_.forward({takes_list_ ? c10::IValue(pictures(input)) : input}),
                         batch.images);
  }

  /// Each picture alone, C x H x W.
  static c10::List<at::Tensor> pictures(const at::Tensor& input) {
    c10::List<at::Tensor> list;
    for (const at::Tensor& picture : input.unbind(0)) list.push_back(picture);
    return list;
  }

  Device device_;
  torch::jit::Module module_;
  bool takes_list_ = false;
};

}  // namespace

std::unique_ptr<Engine> load_torchscript(std::span<const std::uint8_t> archive,
                                         const EngineOptions& options) {
  const auto load = [&]() -> std::unique_ptr<Engine> {
    return std::make_unique<TorchEngine>(archive, options);
  };
  return guarded(load, [&](const std::string& cause) {
    throw Error(ErrorKind::input,
                fmt::format("{}: cannot be loaded: {}", options.name, first_sentence(cause)));
  });
}

}  // namespace zeromiss
