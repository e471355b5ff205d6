#include "slice_runner.hpp"

#include "item_error.hpp"

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
  } catch (const std::exception&) {
    record.error = current_item_error();
  }
  record.verdict = VerdictKind::error;
  record.score.reset();
  record.label.reset();
  record.probabilities.clear();
  record.defects.reset();
  record.reasons.clear();
  record.stability.reset();
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
                         const Preparer& preparer, Engine& engine, int batch, SliceChecks checks)
    : listing_(listing),
      package_(package),
      limits_(limits),
      preparer_(preparer),
      engine_(engine),
      slice_(preparer.slice(batch)),
      checks_(std::move(checks)),
      tiles_(engine, package, limits, preparer, batch) {}

/// Before anything else is done with the bytes.
void SliceRunner::check_hash(const Item& item) const {
  if (checks_.hashes == nullptr) return;
  const std::string* expected = checks_.hashes->find(item.name);
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

/// Pictures near a limit are few: reading them twice is less than keeping all of a slice.
Image SliceRunner::decode_again(const Item& item) const {
  const FileContent content = read_image_file(listing_.locate(item.name));
  if (sha256_hex(std::span<const std::uint8_t>(content.bytes)) != item.record.sha256)
    throw ItemError("image.changed", "changed between its inspection and the proof of stability");
  return preparer_.decode(content.bytes);
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
  const Verdict own = judge_item(item, result.prediction);
  const auto wide = [&] {
    return TileRunner(engine_, checks_.proof->wide_package(), checks_.proof->wide_limits(),
                      preparer_, tiles_.batch())
        .run(image)
        .prediction;
  };
  prove(
      item, own, result.prediction, wide, [&]() -> const Image& { return image; }, seconds);
}

/// @return the picture's own verdict, which the record may hold for review
Verdict SliceRunner::judge_item(Item& item, const Prediction& prediction) const {
  const Verdict own = judge(prediction, package_, limits_);
  if (!checks_.hold.empty()) item.record.reasons.push_back(checks_.hold);
  const Verdict verdict = item.record.reasons.empty() ? own : held_for_review(own);
  item.record.verdict = verdict.kind();
  item.record.score = verdict.score();
  if (!verdict.label().empty()) item.record.label = verdict.label();
  note_prediction(prediction, package_, item.record);
  return own;
}

/// --prove-stable. @param wide  makes the prediction of checks_.proof->wide_package()
template <class Wide, class Picture>
void SliceRunner::prove(Item& item, const Verdict& own, const Prediction& prediction,
                        const Wide& wide, const Picture& picture, StageSeconds& seconds) const {
  if (checks_.proof == nullptr) return;
  const StageClock clock(seconds, Stage::infer);
  if (!checks_.proof->near_a_limit(own, prediction, wide)) return;
  RecordStability stability = checks_.proof->prove(picture(), own);
  if (!stability.flips.empty()) item.record.verdict = not_stable(own).kind();
  item.record.stability = std::move(stability);
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
      const Record& record = items[i].record;
      const Placement placement = preparer_.placement(record.width.value(), record.height.value());
      Prediction prediction;
      Verdict own;
      {
        const StageClock clock(seconds, Stage::interpret);
        prediction = interpret(outputs, slot, slice_, package_, placement);
        own = judge_item(items[i], prediction);
      }
      const auto wide = [&] {
        return interpret(outputs, slot, slice_, checks_.proof->wide_package(), placement);
      };
      prove(
          items[i], own, prediction, wide, [&] { return decode_again(items[i]); }, seconds);
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
