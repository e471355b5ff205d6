#include <zeromiss/base/files.hpp>
#include <zeromiss/base/thread_order.hpp>
#include <zeromiss/model/interpret.hpp>
#include <zeromiss/model/self_test.hpp>
#include <zeromiss/model/verdict.hpp>

#include <fmt/format.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <cmath>

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

std::vector<float> prepared(const ModelPackage& package, const Golden& golden,
                            const Preparer& preparer) {
  std::vector<float> pixels(static_cast<std::size_t>(preparer.channels()) *
                            static_cast<std::size_t>(preparer.height()) *
                            static_cast<std::size_t>(preparer.width()));
  try {
    const auto bytes = read_bytes(golden.image, ErrorKind::input, kMaxGoldenBytes);
    preparer.fill(preparer.decode(bytes), pixels.data());
  } catch (const ItemError& error) {
    fail(package, golden, error.what());
  }
  return pixels;
}

/// The outputs' bits that belong to one slot.
std::vector<float> slot_bits(const std::vector<Tensor>& outputs, int slot, int slots) {
  std::vector<float> bits;
  for (const Tensor& output : outputs) {
    const std::size_t length = output.data.size() / static_cast<std::size_t>(slots);
    const auto begin = output.data.begin() + static_cast<std::ptrdiff_t>(length) * slot;
    bits.insert(bits.end(), begin, begin + static_cast<std::ptrdiff_t>(length));
  }
  return bits;
}

void check_slot(const ModelPackage& package, const Golden& golden,
                const std::vector<Tensor>& outputs, int slot, int slots) {
  const Verdict verdict = judge(interpret(outputs, slot, slots, package), package, package.limits);
  const double found = verdict.score().value();
  // Written so that a NaN tolerance or score fails.
  if (!(std::abs(found - golden.score) <= golden.tolerance))
    fail(package, golden,
         fmt::format("score {} in slot {} of {}, expected {} within {}", found, slot, slots,
                     golden.score, golden.tolerance));
  if (verdict.label() != golden.label)
    fail(package, golden,
         fmt::format("label \"{}\", expected \"{}\"", verdict.label(), golden.label));
}

/// One forward pass of the self-test: a golden image in every `step`-th slot, zeros in the others.
struct Pass {
  const Golden* golden;
  const std::vector<float>* pixels;
  int step;
  std::vector<std::vector<float>> bits;  ///< outputs of each slot that held the image
};

void run_pass(Pass& pass, Engine& engine, const ModelPackage& package, const Preparer& preparer,
              int slots) {
  InputBatch batch(slots, preparer.channels(), preparer.height(), preparer.width());
  for (int slot = 0; slot < slots; slot += pass.step)
    std::copy(pass.pixels->begin(), pass.pixels->end(), batch.image(slot));
  try {
    const std::vector<Tensor> outputs = engine.run(batch);
    for (int slot = 0; slot < slots; slot += pass.step) {
      check_slot(package, *pass.golden, outputs, slot, slots);
      pass.bits.push_back(slot_bits(outputs, slot, slots));
    }
  } catch (const ItemError& error) {
    fail(package, *pass.golden, error.what());
  }
}

}  // namespace

SelfTestResult run_self_test(Engine& engine, const ModelPackage& package, const Preparer& preparer,
                             int batch, int threads) {
  std::vector<std::vector<float>> pixels;
  for (const Golden& golden : package.golden) pixels.push_back(prepared(package, golden, preparer));
  std::vector<Pass> passes;
  for (std::size_t i = 0; i < pixels.size(); ++i)
    for (const int step : {1, 2}) passes.push_back({&package.golden[i], &pixels[i], step, {}});
  const auto body = [&](std::size_t i) {
    const ParallelBody order;
    run_pass(passes[i], engine, package, preparer, batch);
  };
  parallel_begins();
  oneapi::tbb::task_arena(threads).execute(
      [&] { oneapi::tbb::parallel_for(std::size_t{0}, passes.size(), body); });
  parallel_ended();
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
