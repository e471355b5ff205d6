#include <zeromiss/base/files.hpp>
#include <zeromiss/base/parallel.hpp>
#include <zeromiss/model/interpret.hpp>
#include <zeromiss/model/self_test.hpp>
#include <zeromiss/model/tile_runner.hpp>
#include <zeromiss/model/verdict.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace zeromiss {
namespace {

constexpr std::uintmax_t kMaxGoldenBytes = 256U << 20U;

[[noreturn]] void fail(const ModelPackage& package, const Golden& golden, const std::string& what) {
  throw Error(
      ErrorKind::input,
      fmt::format(
          "{}: golden image {}: {}; the model, its preprocessing or the libraries differ from "
          "those it was made with: do not use it here before it is validated again",
          package.folder.string(), golden.name, what));
}

[[noreturn]] void fail(const ModelPackage& package, const Golden& golden, const ItemError& error) {
  if (error.code() == "model.memory")
    throw Error(
        ErrorKind::device,
        fmt::format("{}: the device's memory does not hold one image ({}): use --device cpu, "
                    "or free its memory",
                    package.folder.string(), error.what()));
  fail(package, golden, std::string(error.what()));
}

/// The outputs' bits that belong to one slot.
std::vector<float> slot_bits(const std::vector<Tensor>& outputs, int slot, int slots) {
  std::vector<float> bits;
  for (const Tensor& output : outputs) {
    const bool whole = output.image == Tensor::kWholeBatch;
    if (!whole && output.image != slot) continue;
    const std::size_t length =
        whole ? output.data.size() / static_cast<std::size_t>(slots) : output.data.size();
    const auto begin =
        output.data.begin() + (whole ? static_cast<std::ptrdiff_t>(length) * slot : 0);
    bits.insert(bits.end(), begin, begin + static_cast<std::ptrdiff_t>(length));
  }
  return bits;
}

const std::vector<Defect>& defects_of(const Prediction& prediction) {
  static const std::vector<Defect> kNone;
  if (const auto* objects = std::get_if<Objects>(&prediction)) return objects->defects;
  if (const auto* anomaly = std::get_if<Anomaly>(&prediction)) return anomaly->defects;
  return kNone;
}

bool is_same(const GoldenDefect& expected, const Defect& found, const ModelPackage& package,
             const Golden& golden) {
  const auto near = [&](double a, double b) { return std::abs(a - b) <= golden.box_tolerance; };
  return package.classes[found.label].name == expected.label &&
         std::abs(found.score - expected.score) <= golden.tolerance &&
         near(found.box.x, expected.box.x) && near(found.box.y, expected.box.y) &&
         near(found.box.width, expected.box.width) && near(found.box.height, expected.box.height);
}

std::string defect_text(const std::string& label, double score, const Box& box) {
  return fmt::format("{} with score {} at x {} y {} width {} height {}", label, score, box.x, box.y,
                     box.width, box.height);
}

/// Every golden defect is found, each by another one, and there are no more.
void check_defects(const ModelPackage& package, const Golden& golden,
                   const Prediction& prediction) {
  if (!golden.defects) return;
  std::vector<Defect> left = defects_of(prediction);
  for (const GoldenDefect& expected : *golden.defects) {
    const auto found = std::find_if(left.begin(), left.end(), [&](const Defect& one) {
      return is_same(expected, one, package, golden);
    });
    if (found == left.end())
      fail(package, golden,
           fmt::format("no {}, within {} and {} pixels",
                       defect_text(expected.label, expected.score, expected.box), golden.tolerance,
                       golden.box_tolerance));
    left.erase(found);
  }
  if (!left.empty())
    fail(package, golden,
         fmt::format("{} defects more than expected, the first is {}", left.size(),
                     defect_text(package.classes[left.front().label].name, left.front().score,
                                 left.front().box)));
}

InputBatch new_batch(const Engine& engine, const Preparer& preparer, int slots) {
  return engine.new_batch(slots, preparer.channels(), preparer.height(), preparer.width());
}

/// A golden image as the network gets it.
struct Prepared {
  InputBatch picture;  ///< one
  Placement placement;
};

Prepared prepared(const ModelPackage& package, const Golden& golden, const Preparer& preparer,
                  const Engine& engine) {
  InputBatch picture = new_batch(engine, preparer, 1);
  try {
    const auto bytes = read_bytes(golden.image, ErrorKind::input, kMaxGoldenBytes);
    const Image image = preparer.decode(bytes);
    preparer.fill(image, picture, 0);
    return {std::move(picture), preparer.placement(image.width(), image.height())};
  } catch (const ItemError& error) {
    fail(package, golden, error);
  }
}

/// @param where  "in a batch of 8", for the message: no slot, because several passes may find it
void check_prediction(const ModelPackage& package, const Golden& golden,
                      const Prediction& prediction, const std::string& where) {
  const Verdict verdict = judge(prediction, package, package.limits);
  const double found = verdict.score().value();
  // Written so that a NaN tolerance or score fails.
  if (!(std::abs(found - golden.score) <= golden.tolerance))
    fail(package, golden,
         fmt::format("score {} {}, expected {} within {}", found, where, golden.score,
                     golden.tolerance));
  if (verdict.label() != golden.label)
    fail(package, golden,
         fmt::format("label \"{}\", expected \"{}\"", verdict.label(), golden.label));
  check_defects(package, golden, prediction);
}

void check_slot(const ModelPackage& package, const Golden& golden, const Placement& placement,
                const std::vector<Tensor>& outputs, int slot, int slots) {
  check_prediction(package, golden, interpret(outputs, slot, slots, package, placement),
                   fmt::format("in a batch of {}", slots));
}

/// One forward pass of the self-test: a golden image in every `step`-th slot from `first` on, zeros
/// in the others.
struct Pass {
  const Golden* golden;
  const Prepared* input;
  int first, step;
  std::vector<std::vector<float>> bits;  ///< outputs of each slot that held the image
};

void run_pass(Pass& pass, Engine& engine, const ModelPackage& package, const Preparer& preparer,
              int slots) {
  InputBatch batch = new_batch(engine, preparer, slots);
  for (int slot = pass.first; slot < slots; slot += pass.step)
    batch.copy(slot, pass.input->picture, 0);
  try {
    const std::vector<Tensor> outputs = engine.run(batch);
    for (int slot = pass.first; slot < slots; slot += pass.step) {
      check_slot(package, *pass.golden, pass.input->placement, outputs, slot, slots);
      pass.bits.push_back(slot_bits(outputs, slot, slots));
    }
  } catch (const ItemError& error) {
    fail(package, *pass.golden, error);
  }
}

bool all_zero(const std::vector<float>& values) {
  return !values.empty() &&
         std::all_of(values.begin(), values.end(), [](float value) { return value == 0.0F; });
}

/// A network that was stored for one image at a time, as detectors with NMS inside are, leaves
/// zeros in every other slot, and zeros are no defects: all these images would pass.
[[noreturn]] void fail_uncomputed(const ModelPackage& package, const std::string& what) {
  throw Error(ErrorKind::input,
              fmt::format("{}: {}; use --batch 1, or a network that was stored for more images",
                          package.folder.string(), what));
}

/// Golden images that give nothing but zeros show nothing of the other slots. Only detectors with
/// NMS inside give such an answer to a good picture, and it is they that are stored for one image.
void require_proof(const ModelPackage& package, bool proven, int slots) {
  const auto* yolo = std::get_if<YoloRules>(&package.rules);
  if (proven || yolo == nullptr || yolo->layout != YoloLayout::end2end) return;
  fail_uncomputed(
      package, fmt::format("the golden images give nothing but zeros, so nothing shows that all "
                           "{} images of a batch are computed: a golden image must have a defect",
                           slots));
}

/// @param passes  of all golden images, two for each
void check_computed(const ModelPackage& package, const std::vector<Pass>& passes, int slots) {
  if (slots == 1) return;
  bool proven = false;
  for (const Pass& pass : passes) {
    const bool nothing = all_zero(pass.bits.front());
    proven = proven || !nothing;
    for (std::size_t i = 0; i < pass.bits.size(); ++i)
      if (!nothing && all_zero(pass.bits[i]))
        fail_uncomputed(package, fmt::format("golden image {}: the network gives nothing but zeros "
                                             "for slot {} of {}, and more for slot 0",
                                             pass.golden->name,
                                             pass.first + static_cast<int>(i) * pass.step, slots));
  }
  require_proof(package, proven, slots);
}

/// The tile that shows most: not nothing but zeros, and of these the highest score.
std::size_t telling_tile(const TiledResult& result) {
  const auto shows = [&](std::size_t i) {
    return std::pair(!result.all_zero[i], result.scores[i]);
  };
  std::size_t best = 0;
  for (std::size_t i = 1; i < result.scores.size(); ++i)
    if (shows(i) > shows(best)) best = i;
  return best;
}

/// One tile in every slot, then in the odd ones alone: a picture's own tiles prove only the slots
/// that they stand in, and only where they give more than zeros.
/// @param full  what the picture gave
/// @return whether all slots gave the same bits
bool prove_slots(const TileRunner& runner, const ModelPackage& package, const Golden& golden,
                 const Image& image, const TiledResult& full) {
  const std::size_t tile = telling_tile(full);
  std::string bits;
  bool exact = true;
  for (const auto& [first, step] : {std::pair(0, 1), std::pair(1, 2)})
    for (const TileSlot& found : runner.repeat(image, tile, first, step)) {
      if (found.all_zero && !full.all_zero[tile])
        fail_uncomputed(package, fmt::format("golden image {}: the network gives nothing but zeros "
                                             "for slot {} of {}, and more for another with the "
                                             "same tile",
                                             golden.name, found.slot, runner.batch()));
      if (!(std::abs(found.score - full.scores[tile]) <= golden.tolerance))
        fail(package, golden,
             fmt::format("score {} of tile {} in slot {} of {}, expected {} within {}", found.score,
                         tile, found.slot, runner.batch(), full.scores[tile], golden.tolerance));
      if (bits.empty()) bits = found.outputs_sha256;
      exact = exact && found.outputs_sha256 == bits;
    }
  return exact;
}

/// A picture cut into tiles: all of them in consecutive slots, then in every second slot behind
/// zeros; and one of them in all slots.
SelfTestResult test_tiled(Engine& engine, const ModelPackage& package, const Preparer& preparer,
                          int batch) {
  const TileRunner runner(engine, package, package.limits, preparer, batch);
  SelfTestResult result;
  bool proven = batch == 1;
  for (const Golden& golden : package.golden) {
    try {
      const Image image =
          preparer.decode(read_bytes(golden.image, ErrorKind::input, kMaxGoldenBytes));
      const TiledResult full = runner.run(image, 1), spread = runner.run(image, 2);
      for (const TiledResult* run : {&full, &spread})
        check_prediction(package, golden, run->prediction, "over all tiles");
      result.position_exact = result.position_exact && full.outputs_sha256 == spread.outputs_sha256;
      if (full.all_zero != spread.all_zero)
        fail_uncomputed(package, fmt::format("golden image {}: the network gives nothing but zeros "
                                             "for some slots of a batch of {}",
                                             golden.name, batch));
      if (batch > 1)
        result.position_exact =
            prove_slots(runner, package, golden, image, full) && result.position_exact;
      proven = proven ||
               std::find(full.all_zero.begin(), full.all_zero.end(), false) != full.all_zero.end();
    } catch (const ItemError& error) {
      fail(package, golden, error);
    }
  }
  require_proof(package, proven, batch);
  return result;
}

Prediction predict(const Golden& golden, Engine& engine, const ModelPackage& package,
                   const Preparer& preparer, int slots) {
  if (preparer.tiled()) {
    const Image image =
        preparer.decode(read_bytes(golden.image, ErrorKind::input, kMaxGoldenBytes));
    return TileRunner(engine, package, package.limits, preparer, slots).run(image, 1).prediction;
  }
  const Prepared input = prepared(package, golden, preparer, engine);
  InputBatch batch = new_batch(engine, preparer, slots);
  for (int slot = 0; slot < slots; ++slot) batch.copy(slot, input.picture, 0);
  return interpret(engine.run(batch), 0, slots, package, input.placement);
}

}  // namespace

std::vector<Golden> golden_results(Engine& engine, const ModelPackage& package,
                                   const Preparer& preparer, int batch) {
  constexpr double kMostShift = 0.05;  // the widest tolerance that a package may have
  std::vector<Golden> results;
  for (const Golden& golden : package.golden) try {
      const Prediction prediction = predict(golden, engine, package, preparer, batch);
      Golden shifted = golden;
      shifted.tolerance = std::max(shifted.tolerance, kMostShift);
      shifted.defects.reset();
      check_prediction(package, shifted, prediction, "at another precision");
      Golden& result = results.emplace_back(golden);
      result.score = judge(prediction, package, package.limits).score().value();
      if (!golden.defects) continue;
      result.defects.emplace();
      for (const Defect& defect : defects_of(prediction))
        result.defects->push_back({package.classes[defect.label].name, defect.score, defect.box});
    } catch (const ItemError& error) {
      fail(package, golden, error);
    }
  return results;
}

SelfTestResult run_self_test(Engine& engine, const ModelPackage& package, const Preparer& preparer,
                             int batch, int threads) {
  if (preparer.tiled()) return test_tiled(engine, package, preparer, batch);
  std::vector<Prepared> inputs;
  for (const Golden& golden : package.golden)
    inputs.push_back(prepared(package, golden, preparer, engine));
  std::vector<Pass> passes;
  // In every slot; then in the odd ones alone, so that a network whose answers are all those of its
  // first picture gives itself away.
  for (std::size_t i = 0; i < inputs.size(); ++i)
    for (const auto& [first, step] : {std::pair(0, 1), std::pair(batch > 1 ? 1 : 0, 2)})
      passes.push_back({&package.golden[i], &inputs[i], first, step, {}});
  parallel_for(threads, passes.size(),
               [&](std::size_t i) { run_pass(passes[i], engine, package, preparer, batch); });
  check_computed(package, passes, batch);
  SelfTestResult result;
  for (std::size_t i = 0; i < passes.size(); ++i) {
    const auto& reference =
        passes[i - i % 2].bits.front();  // the two passes of one image stand together
    for (const auto& bits : passes[i].bits)
      result.position_exact = result.position_exact && bits == reference;
  }
  return result;
}

}  // namespace zeromiss
