#include "bench_stages.hpp"

#include "bench_tiles.hpp"
#include "run_folder.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/base/files.hpp>
#include <zeromiss/base/hash.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/image/encode.hpp>
#include <zeromiss/image/profile.hpp>
#include <zeromiss/model/guard.hpp>
#include <zeromiss/model/interpret.hpp>
#include <zeromiss/model/verdict.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <exception>
#include <memory>
#include <span>
#include <thread>

namespace zeromiss {
namespace {

constexpr std::size_t kMostBatches = 4;      // the model's time does not depend on the picture
constexpr std::size_t kRecordsPerSync = 64;  // as the pipeline groups them
constexpr int kJpegQuality = 90;

std::size_t batches_of(const StageInputs& in) {
  const auto batch = static_cast<std::size_t>(in.batch);
  return std::clamp<std::size_t>(in.sample.images.size() / batch, 1, kMostBatches);
}

/// The picture of the sample in a slot of a batch.
const Image& picture_in(const StageInputs& in, std::size_t batch, int slot) {
  const std::size_t index =
      batch * static_cast<std::size_t>(in.batch) + static_cast<std::size_t>(slot);
  return in.sample.images[index % in.sample.images.size()];
}

InputBatch new_batch(const StageInputs& in, int images) {
  return in.engine.new_batch(images, in.preparer.channels(), in.preparer.height(),
                             in.preparer.width());
}

std::vector<InputBatch> filled_batches(const StageInputs& in) {
  std::vector<InputBatch> batches;
  for (std::size_t b = 0; b < batches_of(in); ++b) {
    InputBatch& batch = batches.emplace_back(new_batch(in, in.batch));
    for (int slot = 0; slot < in.batch; ++slot)
      in.preparer.fill(picture_in(in, b, slot), batch, slot);
  }
  return batches;
}

StageLoop read_loop(const StageInputs& in) {
  return {"read", in.sample.images.size(), 1, [&in](int, std::size_t item) {
            const auto& listing = in.sample.listing;
            const auto content = read_image_file(listing.locate(listing.images[item]));
            static_cast<void>(sha256_hex(std::span<const std::uint8_t>(content.bytes)));
          }};
}

/// As SliceRunner does it, whose decode stage holds the guard's look at the picture, too.
void decode_as_inspect(const Preparer& preparer, const ModelPackage& package,
                       std::span<const std::uint8_t> bytes) {
  const Image image = preparer.decode(bytes);
  if (package.guard) static_cast<void>(outside(*package.guard, profile_of(image)));
}

StageLoop decode_loop(const StageInputs& in) {
  return {"decode", in.sample.bytes.size(), 1, [&in](int, std::size_t item) {
            decode_as_inspect(in.preparer, in.package, in.sample.bytes[item]);
          }};
}

StageLoop preprocess_loop(const StageInputs& in) {
  if (in.preparer.tiled()) return tiled_preprocess_loop(in);
  // A slot a worker, as in the pipeline.
  auto slots = std::make_shared<std::vector<InputBatch>>();
  for (int worker = 0; worker < in.workers; ++worker) slots->push_back(new_batch(in, 1));
  return {"preprocess", in.sample.images.size(), 1, [&in, slots](int worker, std::size_t item) {
            in.preparer.fill(in.sample.images[item], (*slots)[static_cast<std::size_t>(worker)], 0);
          }};
}

StageLoop interpret_loop(const StageInputs& in) {
  if (in.preparer.tiled()) return tiled_interpret_loop(in);
  auto outputs = std::make_shared<std::vector<std::vector<Tensor>>>();
  for (const InputBatch& batch : filled_batches(in)) outputs->push_back(in.engine.run(batch));
  return {"interpret", outputs->size(), static_cast<double>(in.batch),
          [&in, outputs](int, std::size_t item) {
            for (int slot = 0; slot < in.batch; ++slot) try {
                const Image& picture = picture_in(in, item, slot);
                const Placement placement =
                    in.preparer.placement(picture.width(), picture.height());
                const auto prediction =
                    interpret((*outputs)[item], slot, in.batch, in.package, placement);
                static_cast<void>(judge(prediction, in.package, in.limits));
              } catch (const ItemError&) {
                // an ERROR record in a run; here only its time counts
              }
          }};
}

StageLoop write_loop(const StageInputs& in) {
  struct Writer {
    explicit Writer(const std::filesystem::path& folder) : file(folder, Resumed{}) {}
    RecordWriter file;
    std::size_t pending = 0;
  };
  auto writers = std::make_shared<std::vector<std::unique_ptr<Writer>>>();
  for (int worker = 0; worker < in.workers; ++worker) {
    const auto folder = in.scratch / fmt::format("worker-{}", worker);
    std::filesystem::create_directories(folder);
    writers->push_back(std::make_unique<Writer>(folder));
  }
  return {"write", in.records.size(), 1, [&in, writers](int worker, std::size_t item) {
            Writer& writer = *(*writers)[static_cast<std::size_t>(worker)];
            writer.file.append(record_line(in.records[item]) + "\n", {0});
            if (++writer.pending % kRecordsPerSync == 0) writer.file.sync();
          }};
}

/// The picture as binary PGM or PPM: as cheap to read as any uncompressed format.
std::vector<std::uint8_t> uncompressed(const cv::Mat& pixels) {
  std::string text =
      fmt::format("P{}\n{} {}\n255\n", pixels.channels() == 1 ? 5 : 6, pixels.cols, pixels.rows);
  text.append(reinterpret_cast<const char*>(pixels.data), pixels.total() * pixels.elemSize());
  return {text.begin(), text.end()};
}

std::vector<std::uint8_t> bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

}  // namespace

StageLoop refusing(StageLoop loop, const std::function<std::string(std::size_t item)>& where) {
  const auto guard = [where, name = loop.name](const auto& call) {
    return [where, name, call](int worker, std::size_t item) {
      try {
        return call(worker, item);
      } catch (const ItemError& error) {
        throw Error(ErrorKind::input,
                    fmt::format("{}: {}: {}; did a file change while it was measured?",
                                where ? where(item) : "stage " + name, error.code(),
                                printable(error.what())));
      }
    };
  };
  if (loop.work) loop.work = guard(loop.work);
  if (loop.part) loop.part = guard(loop.part);
  return loop;
}

StageLoop infer_loop(const StageInputs& in) {
  if (in.preparer.tiled()) return refusing(tiled_infer_loop(in));
  auto batches = std::make_shared<const std::vector<InputBatch>>(filled_batches(in));
  return refusing({"infer", batches->size(), static_cast<double>(in.batch),
                   [&in, batches](int, std::size_t item) {
                     static_cast<void>(in.engine.run((*batches)[item]));
                   }});
}

double seconds_per_image(const StageLoop& loop, int workers, double least_seconds,
                         const std::function<double()>& now) {
  std::barrier start(workers);
  std::atomic<int> counting = workers;
  std::vector<double> seconds(static_cast<std::size_t>(workers));
  std::vector<std::exception_ptr> problems(static_cast<std::size_t>(workers));
  const auto step = [&](int worker, std::size_t item) {
    if (loop.part) return loop.part(worker, item);
    loop.work(worker, item);
    return 0.0;
  };
  const auto count = [&](int worker) {
    // Workers begin at different items, so that they do not all read one picture at once.
    const std::size_t first =
        loop.items * static_cast<std::size_t>(worker) / static_cast<std::size_t>(workers);
    const double begin = now();
    double end = begin, images = 0, parts = 0;
    do {
      for (std::size_t i = 0; i < loop.items; ++i) parts += step(worker, (first + i) % loop.items);
      images += loop.images_per_item * static_cast<double>(loop.items);
      end = now();
    } while (end - begin < least_seconds);
    seconds[static_cast<std::size_t>(worker)] = (loop.part ? parts : end - begin) / images;
  };
  {
    std::vector<std::jthread> threads;
    for (int worker = 0; worker < workers; ++worker)
      threads.emplace_back([&, worker] {
        start.arrive_and_wait();
        bool counted = false;
        try {
          count(worker);
          counted = true;
          --counting;
          for (std::size_t i = 0; counting > 0; ++i) step(worker, i % loop.items);
        } catch (...) {
          problems[static_cast<std::size_t>(worker)] = std::current_exception();
          if (!counted) --counting;
        }
      });
  }
  for (const auto& problem : problems)
    if (problem) std::rethrow_exception(problem);
  double sum = 0;
  for (const double value : seconds) sum += value;
  return sum / workers;
}

std::vector<Spread> measure_loops(const std::vector<StageLoop>& loops, int workers, int rounds,
                                  double least_seconds, const std::function<double()>& now) {
  std::vector<std::vector<double>> values(loops.size());
  for (const StageLoop& loop : loops) seconds_per_image(loop, workers, 0, now);  // warm-up
  for (int round = 0; round < rounds; ++round)
    for (std::size_t i = 0; i < loops.size(); ++i)
      values[i].push_back(seconds_per_image(loops[i], workers, least_seconds, now));
  std::vector<Spread> spreads;
  for (const auto& list : values) spreads.push_back(spread_of(list));
  return spreads;
}

std::vector<StageLoop> stage_loops(const StageInputs& in) {
  const auto name = [&in](std::size_t item) { return printable(in.sample.listing.images[item]); };
  return {refusing(read_loop(in), name),       refusing(decode_loop(in), name),
          refusing(preprocess_loop(in), name), infer_loop(in),
          refusing(interpret_loop(in)),        write_loop(in)};
}

std::vector<StageLoop> format_loops(const BenchSample& sample, const Preparer& preparer,
                                    const ModelPackage& package) {
  using Files = std::vector<std::vector<std::uint8_t>>;
  constexpr std::size_t kMostPictures = 8;  // encoding PNG takes far longer than decoding
  const auto jpeg = std::make_shared<Files>(), png = std::make_shared<Files>(),
             raw = std::make_shared<Files>();
  const std::size_t step = std::max<std::size_t>(1, sample.images.size() / kMostPictures);
  for (std::size_t i = 0; i < sample.images.size(); i += step) {
    const cv::Mat& pixels = sample.images[i].pixels;
    jpeg->push_back(bytes_of(encode_jpeg(pixels, kJpegQuality)));
    png->push_back(bytes_of(encode_png(pixels)));
    raw->push_back(uncompressed(pixels));
  }
  std::vector<StageLoop> loops;
  for (const auto& [name, files] : {std::pair("jpeg", jpeg), {"png", png}, {"uncompressed", raw}})
    loops.push_back(
        {name, files->size(), 1, [&preparer, &package, files = files](int, std::size_t item) {
           decode_as_inspect(preparer, package, (*files)[item]);
         }});
  return loops;
}

}  // namespace zeromiss
