// What only a machine with an NVIDIA GPU can show; elsewhere every case is skipped, and says so.
#include "support/catch.hpp"
#include "support/packages.hpp"
#include "support/tiny_models.hpp"

#include <zeromiss/model/engine.hpp>
#include <zeromiss/model/halving.hpp>
#include <zeromiss/model/prepare.hpp>
#include <zeromiss/model/self_test.hpp>

#include <atomic>
#include <cmath>
#include <thread>

using namespace zeromiss;
using namespace zeromiss::test;

namespace {

std::unique_ptr<Engine> load(const std::string& archive, const EngineOptions& options) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(archive.data());
  return load_torchscript({bytes, archive.size()}, options);
}

/// Null, and a line that says why, without a GPU.
std::unique_ptr<Engine> on_gpu(const std::string& archive, EngineOptions options) {
  options.device = "cuda";
  try {
    return load(archive, options);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::device) throw;
    WARN("SKIPPED: " << error.what());
    return nullptr;
  }
}

EngineOptions options_for(const Preparer& preparer, int images) {
  EngineOptions options{"cpu",           "tiny.pt", images, preparer.channels(), preparer.height(),
                        preparer.width()};
  options.values = preparer.values();
  return options;
}

/// Slot i is a plain picture of the value 30 i.
InputBatch shades(const Engine& engine, const Preparer& preparer, int images) {
  InputBatch batch =
      engine.new_batch(images, preparer.channels(), preparer.height(), preparer.width());
  for (int i = 0; i < images; ++i)
    preparer.fill(preparer.decode([&] {
      const std::string file = gray_pgm(8, 8, 30 * i);
      return std::vector<std::uint8_t>(file.begin(), file.end());
    }()),
                  batch, i);
  return batch;
}

struct Tiny {
  TempFolder folder;
  std::string archive = tiny_model(kMeanModel);
  ModelPackage package = read_package(write_package(folder.path(), archive));
  Preparer preparer{package, {}};
};

}  // namespace

TEST_CASE("a GPU gives the CPU's numbers, from bytes in page-locked memory", "[cuda]") {
  const Tiny tiny;
  const auto gpu = on_gpu(tiny.archive, options_for(tiny.preparer, 8));
  if (gpu == nullptr) return;
  const auto cpu = load(tiny.archive, options_for(tiny.preparer, 8));
  const InputBatch batch = shades(*gpu, tiny.preparer, 8);
  CHECK(batch.bytes != nullptr);
  CHECK(gpu->in_flight() == Engine::kMostInFlight);
  CHECK(gpu->device() == "cuda:0");
  CHECK_FALSE(cpu->peak_device_bytes());
  CHECK(gpu->device_reason().find("compute capability") != std::string::npos);
  const auto expected = cpu->run(shades(*cpu, tiny.preparer, 8)).at(0).data;
  const auto found = gpu->run(batch).at(0).data;
  CHECK(gpu->peak_device_bytes().value_or(0) >= 8U * 8 * 8);
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    CHECK(found[i] == Approx(expected[i]).margin(1e-5));
  CHECK(run_self_test(*gpu, tiny.package, tiny.preparer, 8, 4).position_exact);
}

TEST_CASE("batches in flight on a GPU do not mix", "[cuda]") {
  const Tiny tiny;
  const auto gpu = on_gpu(tiny.archive, options_for(tiny.preparer, 8));
  if (gpu == nullptr) return;
  const auto alone = gpu->run(shades(*gpu, tiny.preparer, 8)).at(0).data;
  std::atomic<int> different = 0;
  {
    std::vector<std::jthread> workers;
    for (int worker = 0; worker < 8; ++worker)
      workers.emplace_back([&] {
        for (int round = 0; round < 50; ++round)
          if (gpu->run(shades(*gpu, tiny.preparer, 8)).at(0).data != alone) ++different;
      });
  }
  CHECK(different == 0);
}

TEST_CASE("fp16 and bf16 on a GPU are near float32", "[cuda][precision]") {
  const Tiny tiny;
  for (const Precision precision : {Precision::fp16, Precision::bf16}) {
    EngineOptions options = options_for(tiny.preparer, 8);
    const auto full = on_gpu(tiny.archive, options);
    if (full == nullptr) return;
    options.precision = precision;
    const auto half = on_gpu(tiny.archive, options);
    const auto expected = full->run(shades(*full, tiny.preparer, 8)).at(0).data;
    const auto found = half->run(shades(*half, tiny.preparer, 8)).at(0).data;
    for (std::size_t i = 0; i < found.size(); ++i)  // 8 bits of at most 5
      CHECK(std::abs(found[i] - expected[i]) < 0.05F);
  }
}

TEST_CASE("a batch beyond the GPU's memory is computed in parts", "[cuda][halving]") {
  // Each image takes 8 GiB while it is computed: no GPU of today holds 64 of them.
  const std::string heavy = tiny_model(R"(
def forward(self, x):
    big = torch.zeros([x.size(0), 2147483648], device=x.device)
    return x.mean(dim=[1, 2, 3]) + big[:, 0]
)");
  const Tiny tiny;
  auto gpu = on_gpu(heavy, options_for(tiny.preparer, 64));
  if (gpu == nullptr) return;
  int said = 0;
  HalvingEngine engine(std::move(gpu),
                       [&](int, int at_once, const std::string&) { said = at_once; });
  const auto found = engine.run(shades(engine, tiny.preparer, 64)).at(0);
  CHECK(found.shape == std::vector<std::int64_t>{64});
  CHECK(found.data[5] == Approx(150.0 / 255.0).epsilon(1e-6));
  CHECK(said > 0);
  CHECK(said < 64);
}
