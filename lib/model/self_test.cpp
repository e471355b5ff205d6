#include <zeromiss/base/files.hpp>
#include <zeromiss/model/interpret.hpp>
#include <zeromiss/model/self_test.hpp>
#include <zeromiss/model/verdict.hpp>

#include <fmt/format.h>

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

/// Runs one golden image in the slots that `taken` picks, the others zeros, and compares the slots.
bool same_in_slots(Engine& engine, const ModelPackage& package, const Golden& golden,
                   const std::vector<float>& pixels, const Preparer& preparer, int slots, int step,
                   std::vector<float>& reference) {
  InputBatch batch(slots, preparer.channels(), preparer.height(), preparer.width());
  for (int slot = 0; slot < slots; slot += step)
    std::copy(pixels.begin(), pixels.end(), batch.image(slot));
  bool same = true;
  try {
    const std::vector<Tensor> outputs = engine.run(batch);
    for (int slot = 0; slot < slots; slot += step) {
      check_slot(package, golden, outputs, slot, slots);
      const std::vector<float> bits = slot_bits(outputs, slot, slots);
      if (reference.empty()) reference = bits;
      same = same && bits == reference;
    }
  } catch (const ItemError& error) {
    fail(package, golden, error.what());
  }
  return same;
}

}  // namespace

SelfTestResult run_self_test(Engine& engine, const ModelPackage& package, const Preparer& preparer,
                             int batch) {
  SelfTestResult result;
  for (const Golden& golden : package.golden) {
    const std::vector<float> pixels = prepared(package, golden, preparer);
    std::vector<float> reference;
    const auto same = [&](int step) {
      return same_in_slots(engine, package, golden, pixels, preparer, batch, step, reference);
    };
    result.position_exact = same(1) && result.position_exact;
    if (batch > 1) result.position_exact = same(2) && result.position_exact;
  }
  return result;
}

}  // namespace zeromiss
