#include "tile_merger.hpp"

#include <zeromiss/base/hash.hpp>
#include <zeromiss/image/tiles.hpp>
#include <zeromiss/model/interpret.hpp>
#include <zeromiss/model/tile_runner.hpp>
#include <zeromiss/model/verdict.hpp>

#include <algorithm>
#include <chrono>
#include <span>

namespace zeromiss {
namespace {

/// Seconds of a piece of work, added to `total`.
template <class Work>
void timed(double& total, const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  total += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// One slot's part of every output. @return whether there is one, and it holds nothing but zeros
bool hash_slot(const std::vector<Tensor>& outputs, int slot, int slots, Sha256& hash) {
  bool any = false, zero = true;
  for (const Tensor& output : outputs) {
    const bool whole = output.image == Tensor::kWholeBatch;
    if (!whole && output.image != slot) continue;
    const std::size_t length =
        whole ? output.data.size() / static_cast<std::size_t>(slots) : output.data.size();
    const auto part =
        std::span(output.data).subspan(whole ? static_cast<std::size_t>(slot) * length : 0, length);
    hash.update({reinterpret_cast<const char*>(part.data()), part.size_bytes()});
    any = any || !part.empty();
    zero = zero && std::all_of(part.begin(), part.end(), [](float value) { return value == 0.0F; });
  }
  return any && zero;
}

}  // namespace

TileRunner::TileRunner(Engine& engine, const ModelPackage& package, const Limits& limits,
                       const Preparer& preparer, int batch)
    : engine_(engine),
      package_(package),
      tile_package_(package_of_tiles(package)),
      limits_(limits),
      preparer_(preparer),
      batch_(batch) {}

InputBatch TileRunner::new_batch() const {
  return engine_.new_batch(batch_, preparer_.channels(), preparer_.height(), preparer_.width());
}

std::vector<TileSlot> TileRunner::repeat(const Image& image, std::size_t tile, int first,
                                         int step) const {
  const TiledPicture picture = preparer_.cut(image);
  InputBatch batch = new_batch();
  for (int slot = first; slot < batch_; slot += step) preparer_.fill(picture, tile, batch, slot);
  const std::vector<Tensor> outputs = engine_.run(batch);
  const Placement placement =
      TileMerger(package_, limits_, image.pixels.size()).place(picture.areas().at(tile)).placement;
  std::vector<TileSlot> slots;
  for (int slot = first; slot < batch_; slot += step) {
    Sha256 hash;
    const bool zero = hash_slot(outputs, slot, batch_, hash);
    const Prediction alone = interpret(outputs, slot, batch_, tile_package_, placement);
    const double score = judge(alone, tile_package_, limits_).score().value();
    slots.push_back({slot, hash.hex(), zero, score});
  }
  return slots;
}

TiledResult TileRunner::run(const Image& image, int spread) const {
  TiledResult result;
  std::optional<TiledPicture> picture;
  timed(result.preprocess, [&] { picture.emplace(preparer_.cut(image)); });
  const std::size_t tiles = picture->areas().size();
  const auto at_once = static_cast<std::size_t>(std::max(1, batch_ / spread));
  TileMerger merger(package_, limits_, image.pixels.size());
  Sha256 hash;
  InputBatch batch = new_batch();
  for (std::size_t first = 0; first < tiles; first += at_once) {
    const std::size_t count = std::min(at_once, tiles - first);
    const int last = std::min(batch_, spread) - 1;  // of so many slots the one that is taken
    const auto slot_of = [&](std::size_t i) { return static_cast<int>(i) * spread + last; };
    timed(result.preprocess, [&] {
      for (std::size_t i = 0; i < at_once; ++i)
        if (i < count)
          preparer_.fill(*picture, first + i, batch, slot_of(i));
        else
          batch.clear(slot_of(i));
    });
    std::vector<Tensor> outputs;
    timed(result.infer, [&] { outputs = engine_.run(batch); });
    timed(result.interpret, [&] {
      for (std::size_t i = 0; i < count; ++i) {
        result.all_zero.push_back(hash_slot(outputs, slot_of(i), batch_, hash));
        const cv::Rect area = picture->areas()[first + i];
        const TilePlace place = merger.place(area);
        result.scores.push_back(merger.add(
            interpret(outputs, slot_of(i), batch_, tile_package_, place.placement), place, area));
      }
    });
  }
  timed(result.interpret, [&] { result.prediction = merger.merged(); });
  result.outputs_sha256 = hash.hex();
  return result;
}

}  // namespace zeromiss
