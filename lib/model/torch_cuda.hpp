#pragma once

#include "torch_outputs.hpp"

#include <zeromiss/model/engine.hpp>

#include <ATen/ATen.h>
#include <c10/core/Stream.h>
#include <oneapi/tbb/concurrent_queue.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace zeromiss {

/// Zeros that the GPU copies from by itself (page-locked).
std::shared_ptr<std::uint8_t[]> pinned_zeros(std::int64_t bytes);

/// What LibTorch's allocator has taken of the GPU's memory at most ("reserved", the counter of
/// torch.cuda.max_memory_reserved); before LibTorch 2.9 nobody can ask without CUDA's headers.
std::optional<std::uint64_t> peak_reserved_bytes(c10::Device device);

/// A few streams of one GPU: the batches on them are copied and computed side by side. Nothing
/// waits for the GPU but the caller, at the end, asleep.
class CudaLanes {
 public:
  static constexpr int kLanes = Engine::kMostInFlight;

  explicit CudaLanes(c10::Device device);

  /// Queues `work` on a lane of its own, fetches the tensors it returns, and waits for them; while
  /// all lanes are taken, for one of these first.
  std::vector<Tensor> run(const std::function<std::vector<FoundTensor>()>& work);

 private:
  std::vector<c10::Stream> streams_;
  oneapi::tbb::concurrent_bounded_queue<int> free_;
};

}  // namespace zeromiss
