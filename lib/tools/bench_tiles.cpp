#include "bench_tiles.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/model/tile_runner.hpp>

#include <algorithm>
#include <memory>

namespace zeromiss {
namespace {

/// A pass takes all of them, and one may have thousands of tiles.
constexpr std::size_t kMostPictures = 4;

std::size_t pictures_of(const StageInputs& in) {
  return std::min(in.sample.images.size(), kMostPictures);
}

InputBatch new_batch(const StageInputs& in) {
  return in.engine.new_batch(in.batch, in.preparer.channels(), in.preparer.height(),
                             in.preparer.width());
}

/// The first tiles of a picture.
InputBatch filled_batch(const StageInputs& in, const Image& image) {
  InputBatch batch = new_batch(in);
  const TiledPicture picture = in.preparer.cut(image);
  const std::size_t tiles =
      std::min(picture.areas().size(), static_cast<std::size_t>(batch.images));
  for (std::size_t i = 0; i < tiles; ++i) in.preparer.fill(picture, i, batch, static_cast<int>(i));
  return batch;
}

/// Gives what the engine gave for one batch, at once and for every batch.
class ReplayEngine : public Engine {
 public:
  explicit ReplayEngine(const StageInputs& in)
      : engine_(in.engine), outputs_(in.engine.run(filled_batch(in, in.sample.images.front()))) {}
  std::vector<Tensor> run(const InputBatch& /*batch*/) override { return outputs_; }
  [[nodiscard]] InputBatch new_batch(int n, int c, int h, int w) const override {
    return engine_.new_batch(n, c, h, w);
  }
  [[nodiscard]] std::string device() const override { return engine_.device(); }
  [[nodiscard]] std::string device_reason() const override { return engine_.device_reason(); }
  [[nodiscard]] std::string library() const override { return engine_.library(); }

 private:
  Engine& engine_;
  std::vector<Tensor> outputs_;
};

}  // namespace

StageLoop tiled_preprocess_loop(const StageInputs& in) {
  auto batches = std::make_shared<std::vector<InputBatch>>();
  for (int worker = 0; worker < in.workers; ++worker) batches->push_back(new_batch(in));
  return {"preprocess", pictures_of(in), 1, [&in, batches](int worker, std::size_t item) {
            InputBatch& batch = (*batches)[static_cast<std::size_t>(worker)];
            const TiledPicture picture = in.preparer.cut(in.sample.images[item]);
            for (std::size_t i = 0; i < picture.areas().size(); ++i)
              in.preparer.fill(picture, i, batch,
                               static_cast<int>(i % static_cast<std::size_t>(in.batch)));
          }};
}

StageLoop tiled_infer_loop(const StageInputs& in) {
  struct Work {
    InputBatch batch;
    std::size_t passes;
  };
  auto work = std::make_shared<std::vector<Work>>();
  const auto slots = static_cast<std::size_t>(in.batch);
  for (std::size_t i = 0; i < pictures_of(in); ++i) {
    const Image& image = in.sample.images[i];
    const std::size_t tiles = in.preparer.cut(image).areas().size();
    work->push_back({filled_batch(in, image), (tiles + slots - 1) / slots});
  }
  return {"infer", work->size(), 1, [&in, work](int, std::size_t item) {
            const Work& picture = (*work)[item];
            for (std::size_t pass = 0; pass < picture.passes; ++pass)
              static_cast<void>(in.engine.run(picture.batch));
          }};
}

StageLoop tiled_interpret_loop(const StageInputs& in) {
  auto engine = std::make_shared<ReplayEngine>(in);
  auto runner = std::make_shared<TileRunner>(*engine, in.package, in.limits, in.preparer, in.batch);
  StageLoop loop{"interpret", pictures_of(in), 1, {}, {}};
  loop.part = [&in, engine, runner](int, std::size_t item) {
    try {
      return runner->run(in.sample.images[item]).interpret;
    } catch (const ItemError&) {
      return 0.0;  // an ERROR record in a run
    }
  };
  return loop;
}

}  // namespace zeromiss
