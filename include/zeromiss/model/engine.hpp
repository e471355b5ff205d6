#pragma once

#include <zeromiss/base/error.hpp>
#include <zeromiss/model/tensor.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace zeromiss {

struct EngineOptions {
  std::string device = "auto";  ///< auto, cpu, cuda or cuda:N
  /// Input shape N x C x H x W of every later run(); the engine is tuned for it while loading.
  std::string name = "the model";  ///< how errors call the archive, usually the file's path
  int images = 1, channels = 3, height = 1, width = 1;
};

/// Runs one loaded network. `run` may be called from several threads at once; each call computes on
/// its caller's thread alone.
class Engine {
 public:
  virtual ~Engine() = default;

  /// @return every output of the network, tuples, lists and dictionaries flattened in order: of
  /// the whole batch, or of single images (tensor.hpp)
  /// @throws ItemError("model.failed") when the network throws, ("model.output") when an output is
  /// no tensor, or neither its first dimension nor its list is the number of images
  virtual std::vector<Tensor> run(const InputBatch& batch) = 0;

  /// What it really runs on: "cpu" or "cuda:0".
  [[nodiscard]] virtual std::string device() const = 0;
  /// Why that device, in words, for run.json.
  [[nodiscard]] virtual std::string device_reason() const = 0;
  /// "LibTorch 2.15.0".
  [[nodiscard]] virtual std::string library() const = 0;
};

/// Makes an engine of an archive's bytes: load_torchscript, an isolated one, or a test's.
using EngineLoader =
    std::function<std::unique_ptr<Engine>(std::span<const std::uint8_t>, const EngineOptions&)>;

/// Loads a TorchScript archive from memory (the bytes whose hash was checked, not the file again).
/// The only function of the library that LibTorch stands behind; in its own target zeromiss::torch.
/// @throws Error(input) when the bytes are no TorchScript archive, Error(device) when the device is
/// missing
std::unique_ptr<Engine> load_torchscript(std::span<const std::uint8_t> archive,
                                         const EngineOptions& options);

}  // namespace zeromiss
