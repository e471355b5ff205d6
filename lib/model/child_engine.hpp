#pragma once

#include "child_process.hpp"
#include "wire.hpp"

#include <zeromiss/model/engine.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace zeromiss {

/// What every child of one engine shares.
struct ChildPlan {
  const EngineOptions& options;
  const std::filesystem::path& program;
  const Descriptor& archive;
  std::chrono::milliseconds start_limit;
  std::uint64_t memory_bytes;
};

/// One child process with a model in it. Not thread-safe. After the first thing that a model should
/// not do it is killed, and every further run() throws.
class ChildEngine : public Engine {
 public:
  /// Starts the process and orders it to load; await_ready() before run().
  ChildEngine(const ChildPlan& plan, Spawner& spawner);
  ~ChildEngine() override;

  /// @throws Error(input) when the model cannot be loaded, saying why
  void await_ready();
  /// What every later run() may take.
  void set_limit(std::chrono::milliseconds limit) { limit_ = limit; }
  [[nodiscard]] bool alive() const { return process_ > 0; }

  std::vector<Tensor> run(const InputBatch& batch) override;
  [[nodiscard]] std::string device() const override { return device_; }
  [[nodiscard]] std::string device_reason() const override { return device_reason_; }
  [[nodiscard]] std::string library() const override { return library_; }
  [[nodiscard]] std::string sandbox() const { return sandbox_; }

 private:
  /// @return how it ended, in words
  std::string kill(std::chrono::milliseconds grace = {});
  std::string receive(std::chrono::steady_clock::time_point deadline,
                      std::chrono::milliseconds limit);
  void await_model(std::chrono::steady_clock::time_point deadline);
  std::vector<Tensor> answer(std::chrono::steady_clock::time_point deadline, int images);
  std::vector<Tensor> outputs(PacketReader& packet, int images) const;

  std::string name_;
  std::chrono::milliseconds start_limit_, limit_;
  std::chrono::steady_clock::time_point started_;
  std::size_t input_bytes_;
  SharedMemory arena_;
  Descriptor socket_;
  pid_t process_ = -1;
  std::uint64_t number_ = 0;  ///< of the batch in hand: an answer to another one is refused
  std::string device_, device_reason_, library_, sandbox_;
};

}  // namespace zeromiss
