#pragma once

#include <zeromiss/model/engine.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>

namespace zeromiss::test {

/// What kMeanModel computes, without LibTorch.
inline std::vector<Tensor> mean_outputs(const InputBatch& batch) {
  Tensor logits{"", {batch.images, 2}, {}};
  const auto size = static_cast<std::ptrdiff_t>(batch.image_size());
  for (int i = 0; i < batch.images; ++i) {
    const auto begin = batch.data.begin() + i * size;
    const float mean = std::accumulate(begin, begin + size, 0.0F) / static_cast<float>(size);
    logits.data.push_back(0.0F);
    logits.data.push_back((mean - 0.5F) * 10.0F);
  }
  return {logits};
}

/// An engine that computes whatever a test wants; called from several threads.
class FakeEngine : public Engine {
 public:
  using Function = std::function<std::vector<Tensor>(const InputBatch&)>;
  explicit FakeEngine(Function function) : function_(std::move(function)) {}
  std::vector<Tensor> run(const InputBatch& batch) override { return function_(batch); }
  [[nodiscard]] std::string device() const override { return "cpu"; }
  [[nodiscard]] std::string device_reason() const override { return "a test"; }
  [[nodiscard]] std::string library() const override { return "fake 1"; }
  [[nodiscard]] std::optional<std::uint64_t> peak_device_bytes() const override {
    return device_bytes;
  }
  std::optional<std::uint64_t> device_bytes;

 private:
  Function function_;
};

inline EngineLoader fake_loader(const FakeEngine::Function& function = mean_outputs) {
  return [function](std::span<const std::uint8_t>, const EngineOptions&) {
    return std::make_unique<FakeEngine>(function);
  };
}

}  // namespace zeromiss::test
