#pragma once

#include <zeromiss/image/image.hpp>
#include <zeromiss/model/engine.hpp>
#include <zeromiss/model/package.hpp>
#include <zeromiss/model/prediction.hpp>
#include <zeromiss/model/prepare.hpp>

#include <string>
#include <vector>

namespace zeromiss {

/// What one picture gave, tile by tile.
struct TiledResult {
  Prediction prediction;
  std::string outputs_sha256;  ///< of all tiles' outputs, for comparing two runs bit for bit
  std::vector<bool> all_zero;  ///< tiles for which the network gave nothing but zeros
  std::vector<double> scores;  ///< of each tile by itself
  double preprocess = 0, infer = 0, interpret = 0;  ///< seconds
};

/// What a slot that held a tile gave.
struct TileSlot {
  int slot;
  std::string outputs_sha256;
  bool all_zero;
  double score;
};

/// Runs a picture that the package's tile step cuts: its tiles fill batches in their order, the
/// last one's empty slots are zeros, and no other picture is in them. So the result depends on
/// nothing but the picture, and memory holds one batch beside it. Thread-safe.
///
/// The picture is as bad as its worst tile: classification takes the tile with the worst verdict,
/// of these the one with the highest defect score; anomaly scores and the probabilities of classes
/// that do not exclude each other are the highest of all tiles. A tile that fails makes the whole
/// picture ERROR.
class TileRunner {
 public:
  /// @param batch  slots of a forward pass; all arguments must outlive it
  /// @param limits those in force
  TileRunner(Engine& engine, const ModelPackage& package, const Limits& limits,
             const Preparer& preparer, int batch);

  /// @param spread  every so many slots hold a tile, the others zeros; for the self-test
  /// @throws ItemError as Preparer, Engine and interpret()
  [[nodiscard]] TiledResult run(const Image& image, int spread = 1) const;
  /// For the self-test: one forward pass with one of the picture's tiles in every `step`-th slot
  /// from `first` on, zeros in the others.
  [[nodiscard]] std::vector<TileSlot> repeat(const Image& image, std::size_t tile, int first,
                                             int step) const;
  [[nodiscard]] int batch() const { return batch_; }

 private:
  [[nodiscard]] InputBatch new_batch() const;

  Engine& engine_;
  const ModelPackage& package_;
  ModelPackage tile_package_;
  Limits limits_;
  const Preparer& preparer_;
  int batch_;
};

}  // namespace zeromiss
