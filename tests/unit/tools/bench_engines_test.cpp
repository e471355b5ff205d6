// benchmark --compare on engines and a clock that are made up.
#include "../../../lib/tools/bench_engines.hpp"

#include "support/catch.hpp"
#include "support/fake_engine.hpp"
#include "support/tiny_openvino.hpp"

#include <zeromiss/tools/benchmark.hpp>

#include <sstream>

using namespace zeromiss;
using namespace zeromiss::test;
using Catch::Matchers::ContainsSubstring;
using Json = nlohmann::ordered_json;

namespace {

EngineComparison comparison(const Spread& model, const Spread& other) {
  EngineComparison made;
  made.images = 64;
  made.engines.resize(2);
  made.engines[0].end_to_end = model;
  made.engines[1].end_to_end = other;
  return made;
}

/// A package, its twin as ONNX, pictures, and a clock that only the model moves.
struct Desk {
  TempFolder folder;
  BenchmarkOptions options;
  double seconds = 0;

  Desk() {
    options.model = write_package(folder / "package", "weights");
    options.compare = write_onnx_package(folder / "twin", mean_onnx());
    options.inputs = {folder / "lot"};
    options.output = folder / "out";
    options.batch = 4;
    options.threads = 1;  // so that the made-up time has one owner
    options.seconds = 0.05;
    options.quiet = true;
    for (int i = 0; i < 20; ++i)
      write_file(folder / "lot" / (std::to_string(100 + i) + ".pgm"), gray_pgm(8, 8, 12 * i));
  }

  /// TorchScript takes 5 ms an image and `other` for ONNX what it says.
  std::string run(double other_seconds, const FakeEngine::Function& other = mean_outputs) {
    BenchmarkProbes probes;
    probes.now = [this] { return seconds += 1e-5; };
    probes.machine = [] { return MachineCounters{}; };
    const EngineLoader load = [&](std::span<const std::uint8_t>, const EngineOptions& made) {
      const bool onnx = made.format == WeightsFormat::onnx;
      return std::make_unique<FakeEngine>([this, onnx, other_seconds, &other](const InputBatch& b) {
        seconds += (onnx ? other_seconds : 0.005) * b.images;
        return onnx ? other(b) : mean_outputs(b);
      });
    };
    std::ostringstream page;
    benchmark(options, load, probes, page);
    return page.str();
  }
  [[nodiscard]] Json json() const {
    return Json::parse(read_file(options.output / kBenchmarkFile));
  }
};

}  // namespace

TEST_CASE("an engine is recommended for a difference that counts, and never for other verdicts",
          "[benchmark]") {
  CHECK(engine_advice(comparison({100, 0.1}, {104, 0.1})) == EngineAdvice::other_faster);
  CHECK(engine_advice(comparison({104, 0.1}, {100, 0.1})) == EngineAdvice::other_slower);
  CHECK(engine_advice(comparison({100, 0.1}, {102, 0.1})) == EngineAdvice::no_difference);
  // 1 % and 1 % of spread, three times: 6 % may be chance.
  CHECK(engine_advice(comparison({100, 1}, {105, 1.05})) == EngineAdvice::no_difference);
  CHECK(engine_advice(comparison({100, 1}, {107, 1.07})) == EngineAdvice::other_faster);
  EngineComparison other = comparison({100, 0.1}, {300, 0.1});
  other.other_verdicts = 1;
  CHECK(engine_advice(other) == EngineAdvice::verdicts_differ);
}

TEST_CASE("two engines are measured side by side and the faster one is named", "[benchmark]") {
  Desk desk;
  const std::string page = desk.run(0.0025);  // 200 and 400 images/s
  const Json json = desk.json();
  const Json& engines = json.at("engines");
  REQUIRE(engines.size() == 2);
  CHECK(engines[0].at("format") == "torchscript");
  CHECK(engines[0].at("end_to_end_images_per_s").at("median").get<double>() ==
        Approx(200).epsilon(0.01));
  CHECK(engines[1].at("format") == "onnx");
  CHECK(engines[1].at("end_to_end_images_per_s").at("median").get<double>() ==
        Approx(400).epsilon(0.01));
  CHECK(engines[1].at("model_only_images_per_s").at("median").get<double>() ==
        Approx(400).epsilon(0.01));
  CHECK(json.at("engine_comparison").at("advice") == "other_faster");
  CHECK(json.at("engine_comparison").at("end_to_end_ratio").get<double>() ==
        Approx(2).epsilon(0.01));
  CHECK(json.at("engine_comparison").at("images") == 20);
  CHECK(json.at("engine_comparison").at("other_verdicts") == 0);
  CHECK_THAT(page, ContainsSubstring("Use " + desk.options.compare.string()));
}

TEST_CASE("an engine that gives another verdict is not recommended, however fast", "[benchmark]") {
  Desk desk;
  const auto blind = [](const InputBatch& batch) {  // dark pictures alone look bright to it
    auto outputs = mean_outputs(batch);
    for (std::size_t i = 0; i < outputs[0].data.size(); i += 2)
      if (outputs[0].data[i + 1] < -4.0F && outputs[0].data[i + 1] > -4.9F)
        outputs[0].data[i + 1] = 5.0F;
    return outputs;
  };
  const std::string page = desk.run(0.001, blind);
  // Gray 12 and 24 of 255: logits -4.53 and -4.06.
  CHECK(desk.json().at("engine_comparison").at("other_verdicts") == 2);
  CHECK_THAT(page, ContainsSubstring("Keep " + desk.options.model.string()) &&
                       ContainsSubstring("the verdicts differ on 2 of 20 images"));
}

TEST_CASE("what is not the same model is not compared", "[benchmark][error]") {
  Desk desk;
  write_package(desk.folder / "twin", "weights",
                [](Json& manifest) { manifest["classes"][0]["name"] = "black"; });
  CHECK_THROWS_WITH(desk.run(0.001), ContainsSubstring("\"classes\" differs from that of"));
}
