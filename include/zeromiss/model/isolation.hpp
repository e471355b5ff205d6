#pragma once

#include <zeromiss/model/engine.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace zeromiss {

/// How the processes around a model are made. The defaults are those of `inspect --isolate`.
struct IsolationOptions {
  int children = 1;  ///< as many batches are computed at once
  /// What loading, and a batch before admit(), may take.
  std::chrono::milliseconds start_limit = std::chrono::minutes(5);
  std::uint64_t memory_bytes = 0;                    ///< of one child; 0: memory_share(children)
  std::filesystem::path program = "/proc/self/exe";  ///< calls run_engine_child() when told to
};

/// Of one of so many children: half of the machine's memory for all together, but what a small
/// network needs (1 GiB) for each.
std::uint64_t memory_share(int children);

/// Runs a model in child processes, one for each worker. A model is a program: what it does (loops,
/// crashes, takes all memory, writes, calls exit) happens to its child and becomes an ItemError of
/// the batch in hand; the next batch gets a fresh child. Thread-safe. On the CPU only.
class IsolatedEngine : public Engine {
 public:
  /// Starts the children and loads the model in each.
  /// @throws Error(input) when one cannot load it, crashes or does not answer; Error(usage) for a
  /// device other than auto and cpu
  IsolatedEngine(std::span<const std::uint8_t> archive, const EngineOptions& options,
                 const IsolationOptions& isolation);
  ~IsolatedEngine() override;

  /// @throws ItemError as Engine::run, and ("model.timeout"), ("model.crashed"); the child is
  /// killed then
  std::vector<Tensor> run(const InputBatch& batch) override;

  /// Ends the start: from now on a batch may take images x image_timeout, and every child, those
  /// that replace a dead one too, must pass `proof` before its first image.
  /// @throws what `proof` throws
  void admit(std::function<void(Engine&)> proof, std::chrono::milliseconds image_timeout);

  [[nodiscard]] std::string device() const override;
  [[nodiscard]] std::string device_reason() const override;
  [[nodiscard]] std::string library() const override;
  /// What keeps a child in, in words: "seccomp, landlock, 4096 MiB of memory".
  [[nodiscard]] std::string sandbox() const;

 private:
  class Pool;
  std::unique_ptr<Pool> pool_;
};

/// The first argument of a program that is to be a child.
inline constexpr const char* kEngineChildArgument = "--zeromiss-engine-child";

/// The life of a child: shuts itself in, loads the model and answers until its parent is gone.
/// Never returns to what main() would do else.
/// @param before  what must be opened before no file can be: open_engine_library
[[noreturn]] void run_engine_child(const EngineLoader& load,
                                   const std::function<void(const EngineOptions&)>& before = {});

}  // namespace zeromiss
