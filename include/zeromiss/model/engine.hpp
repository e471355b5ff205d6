#pragma once

#include <zeromiss/base/error.hpp>
#include <zeromiss/model/precision.hpp>
#include <zeromiss/model/tensor.hpp>
#include <zeromiss/model/weights.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace zeromiss {

struct EngineOptions {
  std::string device = "auto";  ///< auto, cpu, cuda, cuda:N, gpu or gpu:N
  /// Input shape N x C x H x W of every later run(); the engine is tuned for it while loading.
  std::string name = "the model";  ///< how errors call the archive, usually the file's path
  int images = 1, channels = 3, height = 1, width = 1;
  Precision precision = Precision::fp32;
  /// What each byte of a channel becomes (Preparer::values), for an engine that normalises where it
  /// computes; empty: it gets floats.
  std::vector<std::array<float, 256>> values = {};
  int threads = 1;  ///< that one forward pass is spread over
  WeightsFormat format = WeightsFormat::torchscript;
  int workers = 1;  ///< calls of run() at once that are worth preparing for
};

/// Runs one loaded network. `run` may be called from several threads at once; each call computes on
/// its caller's thread alone, but for EngineOptions::threads (and OpenVINO, which has threads of
/// its own and computes a call on one of them).
class Engine {
 public:
  virtual ~Engine() = default;

  /// @return every output of the network, tuples, lists and dictionaries flattened in order: of
  /// the whole batch, or of single images (tensor.hpp)
  /// @throws ItemError("model.failed") when the network throws, ("model.memory") when the
  /// device's memory does not hold the batch (halving.hpp), ("model.output") when an output is no
  /// tensor, or neither its first dimension nor its list is the number of images
  virtual std::vector<Tensor> run(const InputBatch& batch) = 0;

  /// Zeros for run(): floats, or bytes in memory that the device copies from.
  [[nodiscard]] virtual InputBatch new_batch(int n, int c, int h, int w) const {
    return {n, c, h, w};
  }

  /// Batches that compute elsewhere while their callers sleep in run(): so many workers more than
  /// processors keep all of these busy.
  [[nodiscard]] virtual int in_flight() const { return 0; }
  static constexpr int kMostInFlight = 3;

  /// The most bytes of the device's own memory that were taken so far, weights included; nothing on
  /// the CPU and where the library does not count. The driver's context comes on top.
  [[nodiscard]] virtual std::optional<std::uint64_t> peak_device_bytes() const {
    return std::nullopt;
  }

  /// What it really runs on: "cpu", "cuda:0" or "gpu:0".
  [[nodiscard]] virtual std::string device() const = 0;
  /// Why that device, in words, for run.json.
  [[nodiscard]] virtual std::string device_reason() const = 0;
  /// "LibTorch 2.15.0", "OpenVINO 2026.4.1".
  [[nodiscard]] virtual std::string library() const = 0;
};

/// Makes an engine of a package's weights: load_engine, an isolated one, or a test's.
using EngineLoader =
    std::function<std::unique_ptr<Engine>(std::span<const std::uint8_t>, const EngineOptions&)>;

/// Loads a TorchScript archive from memory (the bytes whose hash was checked, not the file
/// again). The only function of the library that LibTorch stands behind; in its own target
/// zeromiss::torch, called by load_engine (engines.hpp).
/// @throws Error(input) when the bytes are no TorchScript archive, Error(device) when the device
/// is missing
std::unique_ptr<Engine> load_torchscript(std::span<const std::uint8_t> archive,
                                         const EngineOptions& options);

}  // namespace zeromiss
