// CUDA through LibTorch's interface for any device: no CUDA header is needed to build this, and
// libtorch_cuda.so is there only where torch_device.cpp has opened it.
#include "torch_cuda.hpp"

#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/version.h>
#define ZEROMISS_COUNTS_MEMORY (TORCH_VERSION_MAJOR * 100 + TORCH_VERSION_MINOR >= 209)
#if ZEROMISS_COUNTS_MEMORY
#include <c10/core/CachingDeviceAllocator.h>
#endif

#include <algorithm>
#include <chrono>
#include <thread>

namespace zeromiss {
namespace {

/// The results on their way to page-locked memory; they are there when the stream has come so far.
std::vector<FoundTensor> fetched(const std::vector<FoundTensor>& found) {
  std::vector<FoundTensor> all;
  for (const FoundTensor& one : found) {
    const at::Tensor dense = one.value.to(at::kFloat).contiguous();
    const at::Tensor host =
        at::empty(dense.sizes(), at::TensorOptions().dtype(at::kFloat).pinned_memory(true));
    host.copy_(dense, /*non_blocking=*/true);
    all.push_back({one.name, one.image, host});
  }
  return all;
}

/// Asleep, because the processor has pictures to decode; the driver's own wait would spin.
void wait_for(const c10::Event& event) {
  using namespace std::chrono_literals;
  while (!event.query()) std::this_thread::sleep_for(50us);
}

}  // namespace

std::shared_ptr<std::uint8_t[]> pinned_zeros(std::int64_t bytes) {
  const at::Tensor memory =
      at::empty({bytes}, at::TensorOptions().dtype(at::kByte).pinned_memory(true));
  auto* const data = memory.data_ptr<std::uint8_t>();
  std::fill_n(data, bytes, std::uint8_t{0});
  return {data, [memory](std::uint8_t*) {}};
}

std::optional<std::uint64_t> peak_reserved_bytes([[maybe_unused]] c10::Device device) {
#if ZEROMISS_COUNTS_MEMORY
  const auto stats = c10::getDeviceAllocator(device.type())->getDeviceStats(device.index());
  constexpr auto kAll = static_cast<std::size_t>(c10::CachingAllocator::StatType::AGGREGATE);
  return static_cast<std::uint64_t>(stats.reserved_bytes.at(kAll).peak);
#else
  return std::nullopt;
#endif
}

CudaLanes::CudaLanes(c10::Device device) {
  const c10::impl::VirtualGuardImpl cuda(device.type());
  cuda.synchronizeStream(cuda.getDefaultStream(device));  // the network's weights are there
  for (int lane = 0; lane < kLanes; ++lane) {
    streams_.push_back(cuda.getStreamFromGlobalPool(device));
    free_.push(lane);
  }
}

std::vector<Tensor> CudaLanes::run(const std::function<std::vector<FoundTensor>()>& work) {
  int lane = 0;
  free_.pop(lane);
  const c10::Stream stream = streams_[static_cast<std::size_t>(lane)];
  struct Leave {
    oneapi::tbb::concurrent_bounded_queue<int>& free;
    int lane;
    ~Leave() { free.push(lane); }
  } const leave{free_, lane};
  const c10::StreamGuard guard(stream);
  const c10::impl::VirtualGuardImpl cuda(stream.device_type());
  try {
    const auto host = fetched(work());
    c10::Event done(stream.device_type());
    done.record(stream);
    wait_for(done);
    return plain(host);
  } catch (...) {
    cuda.synchronizeStream(stream);  // copies may still read the batch that the caller now drops
    throw;
  }
}

}  // namespace zeromiss
