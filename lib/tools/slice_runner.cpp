#include "slice_runner.hpp"

#include <zeromiss/base/files.hpp>
#include <zeromiss/base/hash.hpp>
#include <zeromiss/base/mask.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/model/interpret.hpp>
#include <zeromiss/model/verdict.hpp>

#include <algorithm>
#include <chrono>
#include <span>
#include <utility>

namespace zeromiss {
namespace {

/// Adds the time of a scope to one stage.
class StageClock {
 public:
  StageClock(StageSeconds& seconds, Stage stage)
      : target_(seconds[static_cast<std::size_t>(stage)]),
        start_(std::chrono::steady_clock::now()) {}
  ~StageClock() {
    target_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }
  StageClock(const StageClock&) = delete;
  StageClock& operator=(const StageClock&) = delete;

 private:
  double& target_;
  std::chrono::steady_clock::time_point start_;
};

Record new_record(std::string_view name) {
  Record record;
  record.image = to_utf8(name);
  if (!is_utf8(name)) record.image_hex = to_hex(name);
  return record;  // its verdict is ERROR until it was judged
}

/// Runs one step of one image; whatever it throws ends in the image's record, not in the run.
template <class Step>
bool guarded(Record& record, const Step& step) {
  try {
    step();
    return true;
  } catch (const ItemError& error) {
    record.error = {error.code(), error.what()};
  } catch (const std::bad_alloc&) {
    record.error = {"internal.memory", "not enough memory for this image"};
  } catch (const std::exception& error) {
    record.error = {"internal.exception", error.what()};
  }
  record.verdict = VerdictKind::error;
  record.score.reset();
  record.label.reset();
  record.probabilities.clear();
  record.defects.reset();
  record.reasons.clear();
  return false;
}

RecordDefect recorded(const Defect& defect, const ModelPackage& package) {
  RecordDefect result{package.classes[defect.label].name,
                      defect.score,
                      defect.box,
                      defect.area,
                      std::nullopt,
                      std::nullopt};
  if (defect.mask)
    result.mask = RecordMask{defect.mask->height, defect.mask->width, mask_to_text(*defect.mask)};
  if (const auto pixel = package.pixel_size_um)
    result.size = PhysicalSize{defect.box.width * *pixel, defect.box.height * *pixel,
                               defect.area * *pixel * *pixel};
  return result;
}

/// What the record says beside the verdict.
void note_prediction(const Prediction& prediction, const ModelPackage& package, Record& record) {
  const auto note_defects = [&](const std::vector<Defect>& defects) {
    record.defects.emplace();
    for (const Defect& defect : defects) record.defects->push_back(recorded(defect, package));
  };
  if (const auto* classes = std::get_if<Classification>(&prediction))
    record.probabilities = classes->probabilities;
  else if (const auto* labels = std::get_if<MultiLabel>(&prediction))
    record.probabilities = labels->probabilities;
  else if (const auto* objects = std::get_if<Objects>(&prediction))
    note_defects(objects->defects);
  else if (gives_masks(package.rules))
    note_defects(std::get<Anomaly>(prediction).defects);
}

}  // namespace

struct SliceRunner::Item {
  std::string_view name;
  Record record;
  std::int64_t modified = 0;
  bool prepared = false;
};

SliceRunner::SliceRunner(const Listing& listing, const ModelPackage& package, const Limits& limits,
                         const Preparer& preparer, Engine& engine, int batch,
                         const HashList* hashes, std::string hold)
    : listing_(listing),
      package_(package),
      limits_(limits),
      preparer_(preparer),
      engine_(engine),
      slice_(preparer.slice(batch)),
      hashes_(hashes),
      hold_(std::move(hold)),
      tiles_(engine, package, limits, preparer, batch) {}

/// Before anything else is done with the bytes.
void SliceRunner::check_hash(const Item& item) const {
  if (hashes_ == nullptr) return;
  const std::string* expected = hashes_->find(item.name);
  if (expected == nullptr)
    throw ItemError("image.unlisted", "the hash list does not have this image");
  if (item.record.sha256 != *expected)
    throw ItemError("image.hash", "its SHA-256 is not the one of the hash list, " + *expected);
}

Image SliceRunner::decode(Item& item, StageSeconds& seconds) const {
  Record& record = item.record;
  FileContent content;
  {
    const StageClock clock(seconds, Stage::read);
    if (item.name.back() == '/')
      throw ItemError("folder.unreadable",
                      "the folder cannot be read: its images are unknown and were not inspected");
    content = read_image_file(listing_.locate(item.name));
    item.modified = content.modified_ns;
    record.bytes = content.bytes.size();
    record.sha256 = sha256_hex(std::span<const std::uint8_t>(content.bytes));
    check_hash(item);
  }
  const StageClock clock(seconds, Stage::decode);
  Image image = preparer_.decode(content.bytes);
  record.width = image.width();
  record.height = image.height();
  record.first_frame_only = image.first_of_many;
  if (package_.guard) record.reasons = outside(*package_.guard, profile_of(image));
  return image;
}

void SliceRunner::prepare(Item& item, InputBatch& batch, int slot, StageSeconds& seconds) const {
  const Image image = decode(item, seconds);
  const StageClock clock(seconds, Stage::preprocess);
  preparer_.fill(image, batch, slot);
}

/// One picture at a time, so that only one large picture is in memory.
void SliceRunner::run_tiled(Item& item, StageSeconds& seconds) const {
  const Image image = decode(item, seconds);
  const TiledResult result = tiles_.run(image);
  const auto add = [&](Stage stage, double time) {
    seconds[static_cast<std::size_t>(stage)] += time;
  };
  add(Stage::preprocess, result.preprocess);
  add(Stage::infer, result.infer);
  add(Stage::interpret, result.interpret);
  judge_item(item, result.prediction);
}

void SliceRunner::judge_item(Item& item, const Prediction& prediction) const {
  Verdict verdict = judge(prediction, package_, limits_);
  if (!hold_.empty()) item.record.reasons.push_back(hold_);
  if (!item.record.reasons.empty()) verdict = held_for_review(verdict);
  item.record.verdict = verdict.kind();
  item.record.score = verdict.score();
  if (!verdict.label().empty()) item.record.label = verdict.label();
  note_prediction(prediction, package_, item.record);
}

void SliceRunner::infer(std::vector<Item>& items, InputBatch& batch, StageSeconds& seconds) const {
  if (std::none_of(items.begin(), items.end(), [](const Item& item) { return item.prepared; }))
    return;
  std::vector<Tensor> outputs;
  bool whole = true;
  {
    const StageClock clock(seconds, Stage::infer);
    try {
      outputs = engine_.run(batch);
    } catch (const ItemError&) {
      whole = false;  // one image may have done it: each is run alone below, in its own slot
    }
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!items[i].prepared) continue;
    const int slot = static_cast<int>(i);
    guarded(items[i].record, [&] {
      if (!whole) {
        const StageClock clock(seconds, Stage::infer);
        InputBatch alone =
            engine_.new_batch(batch.images, batch.channels, batch.height, batch.width);
        alone.copy(slot, batch, slot);
        outputs = engine_.run(alone);
      }
      const StageClock clock(seconds, Stage::interpret);
      const Record& record = items[i].record;
      const Placement placement = preparer_.placement(record.width.value(), record.height.value());
      judge_item(items[i], interpret(outputs, slot, slice_, package_, placement));
    });
  }
}

void SliceRunner::run_whole(std::vector<Item>& items, StageSeconds& seconds) const {
  // Slots without a valid image stay zero, so that a record never depends on its neighbours.
  InputBatch batch =
      engine_.new_batch(slice_, preparer_.channels(), preparer_.height(), preparer_.width());
  for (std::size_t i = 0; i < items.size(); ++i) {
    Item& item = items[i];
    const int slot = static_cast<int>(i);
    item.prepared = guarded(item.record, [&] { prepare(item, batch, slot, seconds); });
    if (!item.prepared) batch.clear(slot);
  }
  infer(items, batch, seconds);
}

SliceResult SliceRunner::run(std::uint64_t index) const {
  const std::uint64_t first = index * static_cast<std::uint64_t>(slice_);
  const std::uint64_t count =
      std::min(static_cast<std::uint64_t>(slice_), listing_.images.size() - first);
  SliceResult result;
  std::vector<Item> items(count);
  for (std::size_t i = 0; i < items.size(); ++i) {
    items[i].name = listing_.images[first + i];
    items[i].record = new_record(items[i].name);
  }
  if (preparer_.tiled())
    for (Item& item : items) guarded(item.record, [&] { run_tiled(item, result.seconds); });
  else
    run_whole(items, result.seconds);

  const StageClock clock(result.seconds, Stage::write);
  for (const Item& item : items) {
    result.lines += record_line(item.record) + "\n";
    result.modified.push_back(item.modified);
    result.tally.add(item.record);
  }
  return result;
}

}  // namespace zeromiss
