// LibTorch is seen by the torch_*.cpp of this folder and by the maker of tiny test models alone.
// They compile with 1.13 and 2.x.
#include "torch_cuda.hpp"
#include "torch_device.hpp"
#include "torch_errors.hpp"
#include "torch_finite.hpp"
#include "torch_load.hpp"
#include "torch_outputs.hpp"

#include <zeromiss/model/engine.hpp>

#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>
#include <torch/script.h>
#include <torch/version.h>

namespace zeromiss {
namespace {

/// A worker computes on its own thread alone, unless its engine says otherwise. OpenMP's thread
/// count is per thread, so each caller sets it, again only where it changes.
void compute_with(int threads) {
  thread_local int in_force = 0;
  if (in_force == threads) return;
  if (in_force == 0) {
    // LibTorch's own first use sets this thread's count, too, to the last one that anybody asked
    // for: it must lie behind us.
    static_cast<void>(at::get_num_threads());
    at::globalContext().setFlushDenormal(true);
  }
  at::set_num_threads(threads);
  in_force = threads;
}

/// The 256 values of each channel, one channel behind the other.
at::Tensor value_table(const std::vector<std::array<float, 256>>& values) {
  std::vector<float> all;
  for (const auto& channel : values) all.insert(all.end(), channel.begin(), channel.end());
  return at::tensor(all, at::kFloat);
}

class TorchEngine : public Engine {
 public:
  TorchEngine(std::span<const std::uint8_t> archive, const EngineOptions& options)
      : device_(choose_device(options.device)),
        type_(number_type(options.precision)),
        threads_(options.threads) {
    if (options.precision == Precision::fp16 && device_.device.is_cpu())
      throw Error(
          ErrorKind::device,
          fmt::format("--precision fp16 is for GPUs, and the device is cpu ({}); on the CPU "
                      "there is bf16",
                      device_.reason));
    compute_with(threads_);
    const c10::InferenceMode guard;
    auto [module, changes_input] = load_module(archive, device_.device, options.precision);
    module_ = std::move(module);
    changes_input_ = changes_input;
    takes_list_ = takes_list(module_);
    if (!options.values.empty()) {
      values_ = value_table(options.values).to(device_.device, type_);
      first_values_ = at::arange(0, values_.numel(), 256, at::kInt).to(device_.device);
    }
    if (!device_.device.is_cpu()) lanes_ = std::make_unique<CudaLanes>(device_.device);
  }

  std::vector<Tensor> run(const InputBatch& batch) override {
    compute_with(threads_);
    return guarded([&] { return computed(batch); },
                   [&](const std::string& cause) {
                     const bool finite = cause.find(kNotFinite) == std::string::npos;
                     throw ItemError(finite ? "model.failed" : "model.nonfinite",
                                     "the model failed: " + cause);
                   });
  }

  [[nodiscard]] InputBatch new_batch(int n, int c, int h, int w) const override {
    if (lanes_ == nullptr || !values_.defined()) return {n, c, h, w};
    return {n, c, h, w, pinned_zeros(std::int64_t{n} * c * h * w)};
  }
  [[nodiscard]] int in_flight() const override { return lanes_ == nullptr ? 0 : CudaLanes::kLanes; }
  [[nodiscard]] std::optional<std::uint64_t> peak_device_bytes() const override {
    if (lanes_ == nullptr) return std::nullopt;
    return peak_reserved_bytes(device_.device);
  }
  [[nodiscard]] std::string device() const override { return device_.device.str(); }
  [[nodiscard]] std::string device_reason() const override { return device_.reason; }
  [[nodiscard]] std::string library() const override {
    return fmt::format("LibTorch {}.{}.{}", TORCH_VERSION_MAJOR, TORCH_VERSION_MINOR,
                       TORCH_VERSION_PATCH);
  }

 private:
  std::vector<Tensor> computed(const InputBatch& batch) {
    const c10::InferenceMode guard;
    if (lanes_ == nullptr) return plain(forward(batch));
    try {
      return lanes_->run([&] { return forward(batch); });
    } catch (const c10::OutOfMemoryError& error) {
      throw ItemError("model.memory", first_sentence(last_line(error.what_without_backtrace())));
    }
  }

  std::vector<FoundTensor> forward(const InputBatch& batch) {
    const at::Tensor input = input_of(batch);
    return find_tensors(module_.forward({takes_list_ ? c10::IValue(pictures(input)) : input}),
                        batch.images);
  }

  /// N x C x H x W on the device. Bytes are normalised there, by the values that the CPU would use.
  [[nodiscard]] at::Tensor input_of(const InputBatch& batch) const {
    const std::vector<std::int64_t> shape{batch.images, batch.height, batch.width, batch.channels};
    if (batch.bytes == nullptr)
      return at::from_blob(const_cast<float*>(batch.data.data()), shape, at::kFloat)
          .permute({0, 3, 1, 2})
          .to(device_.device, type_, /*non_blocking=*/false, /*copy=*/changes_input_);
    const at::Tensor bytes = at::empty(shape, at::TensorOptions(at::kByte).device(device_.device));
    bytes.copy_(at::from_blob(batch.bytes.get(), shape, at::kByte), /*non_blocking=*/true);
    const at::Tensor places = bytes.to(at::kInt).add_(first_values_);
    return values_.index_select(0, places.flatten()).view(shape).permute({0, 3, 1, 2});
  }

  /// Each picture alone, C x H x W.
  static c10::List<at::Tensor> pictures(const at::Tensor& input) {
    c10::List<at::Tensor> list;
    for (const at::Tensor& picture : input.unbind(0)) list.push_back(picture);
    return list;
  }

  Device device_;
  at::ScalarType type_;
  int threads_;
  torch::jit::Module module_;
  bool takes_list_ = false, changes_input_ = true;
  at::Tensor values_, first_values_;
  std::unique_ptr<CudaLanes> lanes_;  ///< on a GPU
};

}  // namespace

std::unique_ptr<Engine> load_torchscript(std::span<const std::uint8_t> archive,
                                         const EngineOptions& options) {
  const auto load = [&]() -> std::unique_ptr<Engine> {
    return std::make_unique<TorchEngine>(archive, options);
  };
  return guarded(load, [&](const std::string& cause) {
    if (cause.find("out of memory") != std::string::npos)
      throw Error(ErrorKind::device,
                  fmt::format("--device {}: too little memory on the GPU for the model: {}",
                              options.device, first_sentence(cause)));
    throw Error(ErrorKind::input,
                fmt::format("{}: cannot be loaded: {}", options.name, first_sentence(cause)));
  });
}

}  // namespace zeromiss
