#pragma once

#include <zeromiss/model/engine.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace zeromiss {

/// Where the device's memory does not hold a batch (ItemError "model.memory"), computes it in
/// halves, quarters, …, all of one size, the last filled up with zeros, and puts the outputs
/// together: its caller sees batches of one size all the time, so slices, resume and shards stay
/// what they are. The size that worked is kept for the batches after it. An image that does not fit
/// alone is that image's error and keeps nothing. Thread-safe.
class HalvingEngine : public Engine {
 public:
  /// Called once for each new size, from the thread that found it.
  using Tell = std::function<void(int batch, int at_once, const std::string& cause)>;

  HalvingEngine(std::unique_ptr<Engine> engine, Tell tell);

  std::vector<Tensor> run(const InputBatch& batch) override;
  [[nodiscard]] InputBatch new_batch(int n, int c, int h, int w) const override {
    return engine_->new_batch(n, c, h, w);
  }
  [[nodiscard]] int in_flight() const override { return engine_->in_flight(); }
  [[nodiscard]] std::string device() const override { return engine_->device(); }
  [[nodiscard]] std::string device_reason() const override { return engine_->device_reason(); }
  [[nodiscard]] std::string library() const override { return engine_->library(); }

  /// Images that are computed at once now; 0: never halved.
  [[nodiscard]] int at_once() const { return at_once_; }

 private:
  std::vector<Tensor> run_in_parts(const InputBatch& batch, int size);
  void keep(int batch, int size, const std::string& cause);

  std::unique_ptr<Engine> engine_;
  Tell tell_;
  std::mutex mutex_;
  std::atomic<int> at_once_ = 0;
};

}  // namespace zeromiss
