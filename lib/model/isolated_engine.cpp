#include "child_engine.hpp"

#include <zeromiss/base/cpu.hpp>
#include <zeromiss/base/error.hpp>
#include <zeromiss/model/isolation.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <future>
#include <mutex>
#include <system_error>
#include <utility>

namespace zeromiss {
namespace {

EngineOptions on_the_cpu(EngineOptions options) {
  if (options.device != "auto" && options.device != "cpu")
    throw Error(
        ErrorKind::usage,
        fmt::format("--isolate with --device {}: a GPU's driver needs what a shut-in process "
                    "may not do; use --device cpu, or leave --isolate out",
                    options.device));
  if (options.precision == Precision::fp16)
    throw Error(
        ErrorKind::device,
        "--precision fp16 is for GPUs, and --isolate runs models on the CPU; there it is bf16");
  options.device = "cpu";
  options.workers = 1;  // of one child
  return options;
}

}  // namespace

std::uint64_t memory_share(int children) {
  constexpr std::int64_t kLeast = 1LL << 30U;
  return static_cast<std::uint64_t>(std::max(kLeast, usable_memory() / 2 / std::max(1, children)));
}

/// The children that nobody uses at the moment, dead ones too: a dead one is replaced when it is
/// its turn.
class IsolatedEngine::Pool {
 public:
  Pool(std::span<const std::uint8_t> archive, const EngineOptions& options,
       const IsolationOptions& isolation)
      : options_(on_the_cpu(options)),
        reason_(options.device == "auto" ? "--isolate runs models on the CPU" : "asked for"),
        program_(isolation.program),
        archive_(sealed_copy("zeromiss-model", archive.data(), archive.size())),
        plan_{options_, program_, archive_, isolation.start_limit,
              isolation.memory_bytes > 0 ? isolation.memory_bytes
                                         : memory_share(isolation.children)} {
    for (int i = 0; i < std::max(1, isolation.children); ++i)  // all load at once
      free_.push_back(std::make_unique<ChildEngine>(plan_, spawner_));
    for (const auto& child : free_) child->await_ready();
    library_ = free_.front()->library();
    sandbox_ = free_.front()->sandbox();
  }

  std::vector<Tensor> run(const InputBatch& batch) {
    std::unique_ptr<ChildEngine> child = take();
    const struct Return {
      Pool& pool;
      std::unique_ptr<ChildEngine>& child;
      ~Return() { pool.put(std::move(child)); }
    } back{*this, child};
    if (!child || !child->alive()) child = fresh();
    return child->run(batch);
  }

  void admit(std::function<void(Engine&)> proof, std::chrono::milliseconds image_timeout) {
    proof_ = std::move(proof);
    limit_ = image_timeout * options_.images;
    std::vector<std::future<void>> proofs;
    for (const auto& child : free_)
      proofs.push_back(std::async(std::launch::async, [this, &child] { admit(*child); }));
    for (auto& done : proofs) done.get();
  }

  const std::string& reason() const { return reason_; }
  const std::string& library() const { return library_; }
  const std::string& sandbox() const { return sandbox_; }

 private:
  void admit(ChildEngine& child) const {
    if (proof_) proof_(child);
    if (limit_.count() > 0) child.set_limit(limit_);
  }

  std::unique_ptr<ChildEngine> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !free_.empty(); });
    auto child = std::move(free_.back());
    free_.pop_back();
    return child;
  }

  void put(std::unique_ptr<ChildEngine> child) {
    {
      const std::lock_guard lock(mutex_);
      free_.push_back(std::move(child));  // room for all was taken in the constructor
    }
    changed_.notify_one();
  }

  /// What keeps a fresh child from working is an error of the batch in hand: the next one tries
  /// again.
  std::unique_ptr<ChildEngine> fresh() {
    const auto fail = [](const char* what) {
      throw ItemError("model.crashed", fmt::format("no fresh process for the model: {}", what));
    };
    try {
      auto child = std::make_unique<ChildEngine>(plan_, spawner_);
      child->await_ready();
      admit(*child);
      return child;
    } catch (const Error& error) {
      fail(error.what());
    } catch (const std::system_error& error) {
      fail(error.what());
    }
    return nullptr;
  }

  EngineOptions options_;
  std::string reason_;
  std::filesystem::path program_;
  Descriptor archive_;
  ChildPlan plan_;
  Spawner spawner_;  // outlives the children
  std::string library_, sandbox_;
  std::function<void(Engine&)> proof_;
  std::chrono::milliseconds limit_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<ChildEngine>> free_;
};

IsolatedEngine::IsolatedEngine(std::span<const std::uint8_t> archive, const EngineOptions& options,
                               const IsolationOptions& isolation) try
    : pool_(std::make_unique<Pool>(archive, options, isolation)) {
} catch (const std::system_error& error) {
  throw Error(ErrorKind::input, fmt::format("{}: no process could be started for it: {}",
                                            options.name, error.what()));
}
IsolatedEngine::~IsolatedEngine() = default;

std::vector<Tensor> IsolatedEngine::run(const InputBatch& batch) { return pool_->run(batch); }

void IsolatedEngine::admit(std::function<void(Engine&)> proof,
                           std::chrono::milliseconds image_timeout) {
  pool_->admit(std::move(proof), image_timeout);
}

std::string IsolatedEngine::device() const { return "cpu"; }
std::string IsolatedEngine::device_reason() const { return pool_->reason(); }
std::string IsolatedEngine::library() const { return pool_->library(); }
std::string IsolatedEngine::sandbox() const { return pool_->sandbox(); }

}  // namespace zeromiss
