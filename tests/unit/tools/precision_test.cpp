// Precisions, and a device whose memory is too small, through the whole of inspect on made-up
// engines.
#include "support/catch.hpp"
#include "support/fake_engine.hpp"
#include "support/packages.hpp"

#include <zeromiss/report/results_file.hpp>
#include <zeromiss/tools/inspect.hpp>

#include <atomic>
#include <cmath>
#include <memory>
#include <sstream>

using namespace zeromiss;
using namespace zeromiss::test;
using Catch::Matchers::ContainsSubstring;
using Json = nlohmann::ordered_json;

namespace {

constexpr float kShift =
    0.4F;  // of the logit at bf16: the white golden image falls from 0.9933 to 0.9900

/// At bf16 every logit is a little lower.
std::unique_ptr<Engine> load_shifting(std::span<const std::uint8_t>, const EngineOptions& options) {
  const float shift = options.precision == Precision::bf16 ? kShift : 0.0F;
  return std::make_unique<FakeEngine>([shift](const InputBatch& batch) {
    auto outputs = mean_outputs(batch);
    for (std::size_t i = 1; i < outputs[0].data.size(); i += 2) outputs[0].data[i] -= shift;
    return outputs;
  });
}

struct Lot {
  TempFolder folder;
  InspectOptions options;

  explicit Lot(int images = 12, const ManifestEdit& edit = {}) {
    options.model = write_package(folder / "package", "weights", edit);
    options.inputs = {folder / "lot"};
    options.output = folder / "out";
    options.batch = 4;
    options.threads = 2;
    options.no_html = options.quiet = true;
    for (int i = 0; i < images; ++i)
      write_file(folder / "lot" / (std::to_string(100 + i) + ".pgm"), gray_pgm(8, 8, 20 * i));
  }
  int run(const EngineLoader& load = load_shifting) const {
    std::ostringstream out;
    return inspect(options, load, out);
  }
  std::string refusal(const EngineLoader& load = load_shifting) const {
    try {
      run(load);
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::input);
      return error.what();
    }
    return "not refused";
  }
  [[nodiscard]] Json json(const char* file) const {
    return Json::parse(read_file(options.output / file));
  }
  [[nodiscard]] std::string results() const { return read_file(options.output / kResultsFile); }
};

ManifestEdit limits_at(const char* precision) {
  return [precision](Json& m) { m["decision"]["origin"]["precision"] = precision; };
}

/// A device that holds `most` images at once.
EngineLoader small_device(int most) {
  return fake_loader([most](const InputBatch& batch) {
    if (batch.images > most) throw ItemError("model.memory", "only 12 MiB are free");
    return mean_outputs(batch);
  });
}

}  // namespace

TEST_CASE("a precision that the limits were not set at is refused, both ways",
          "[precision][error]") {
  Lot plain;
  plain.options.precision = Precision::bf16;
  CHECK_THAT(plain.refusal(), ContainsSubstring("limits were set at fp32") &&
                                  ContainsSubstring("--precision bf16 --for-calibration"));
  CHECK_FALSE(std::filesystem::exists(plain.options.output));
  const Lot calibrated(12, limits_at("bf16"));
  CHECK_THAT(calibrated.refusal(), ContainsSubstring("limits were set at bf16"));
  const Lot unknown(12, limits_at("int4"));
  CHECK_THAT(unknown.refusal(), ContainsSubstring("expected fp32, bf16 or fp16, found \"int4\""));
}

TEST_CASE("for calibration any precision is computed, but no image passes", "[precision]") {
  Lot lot;
  lot.options.precision = Precision::bf16;
  lot.options.for_calibration = true;
  CHECK(lot.run() == 0);
  const Json run = lot.json(kRunFile);
  CHECK(run.at("settings").at("precision") == "bf16");
  CHECK(run.at("settings").at("for_calibration") == true);
  const Json verdicts = lot.json(kSummaryFile).at("verdicts");
  CHECK(verdicts.at("PASS") == 0);
  CHECK(verdicts.at("REVIEW").get<int>() > 0);
  std::istringstream lines(lot.results());
  for (std::string line; std::getline(lines, line);)
    CHECK_THAT(Json::parse(line).at("reasons").at(0).get<std::string>(),
               ContainsSubstring("no limits were set for these scores at bf16"));
  // The golden image as it is at bf16: 1 / (1 + exp(-(5 - 0.4))) = 0.9900481981
  REQUIRE(run.at("golden").size() == 1);
  CHECK(run.at("golden").at(0).at("score").get<double>() == Approx(0.9900481981).epsilon(1e-7));
  CHECK(run.at("golden").at(0).at("image") == "golden/white.pgm");

  // Without the flag at the package's own precision, some of these pass.
  Lot usual;
  usual.run();
  CHECK(usual.json(kSummaryFile).at("verdicts").at("PASS").get<int>() > 0);
  CHECK_FALSE(usual.json(kRunFile).contains("golden"));
  CHECK_FALSE(usual.json(kRunFile).at("settings").contains("for_calibration"));
}

TEST_CASE("a package with limits at bf16 is proven at bf16", "[precision]") {
  // Its golden score is still that of fp32: 0.0033 beside the one at bf16, the tolerance is 0.0001.
  Lot stale(12, limits_at("bf16"));
  stale.options.precision = Precision::bf16;
  CHECK_THAT(stale.refusal(), ContainsSubstring("golden image golden/white.pgm: score 0.99"));
  Lot lot(12, [](Json& m) {
    m["decision"]["origin"]["precision"] = "bf16";
    m["golden"][0]["score"] = 0.9900481981;
  });
  lot.options.precision = Precision::bf16;
  CHECK(lot.run() == 0);
  CHECK(lot.json(kSummaryFile).at("verdicts").at("PASS").get<int>() > 0);
}

TEST_CASE("a model that another precision changes too much is refused", "[precision][error]") {
  // The golden image would fall from 0.9933 to 1 / (1 + exp(-(5 - 3))) = 0.8808.
  const EngineLoader far = [](std::span<const std::uint8_t>, const EngineOptions& options) {
    const float shift = options.precision == Precision::bf16 ? 3.0F : 0.0F;
    return std::make_unique<FakeEngine>([shift](const InputBatch& batch) {
      auto outputs = mean_outputs(batch);
      for (std::size_t i = 1; i < outputs[0].data.size(); i += 2) outputs[0].data[i] -= shift;
      return outputs;
    });
  };
  Lot lot;
  lot.options.precision = Precision::bf16;
  lot.options.for_calibration = true;
  CHECK_THAT(lot.refusal(far), ContainsSubstring("at another precision"));
}

TEST_CASE("a run is not continued at another precision", "[precision][error]") {
  Lot lot;
  lot.options.for_calibration = true;
  lot.run();
  std::filesystem::remove(lot.options.output / kSummaryFile);
  lot.options.resume = true;
  lot.options.precision = Precision::bf16;
  CHECK_THAT(lot.refusal(), ContainsSubstring("cannot resume: \"settings/precision\""));
  lot.options.precision = Precision::fp32;
  lot.options.for_calibration = false;
  CHECK_THAT(lot.refusal(), ContainsSubstring("cannot resume: \"settings/for_calibration\""));
}

TEST_CASE("a device too small for a batch loses nothing and changes no byte", "[halving]") {
  Lot lot(13);
  lot.run();
  const std::string whole = lot.results();
  CHECK_FALSE(lot.json(kSummaryFile).contains("out_of_memory"));
  lot.options.overwrite = true;
  for (const int most : {3, 2, 1}) {
    CAPTURE(most);
    CHECK(lot.run(small_device(most)) == 0);
    CHECK(lot.results() == whole);
    const int at_once = most == 1 ? 1 : 2;
    CHECK(lot.json(kRunFile).at("settings").at("batch") == 4);
    CHECK(lot.json(kRunFile).at("device").at("images_at_once") == at_once);
    CHECK(lot.json(kSummaryFile).at("out_of_memory") ==
          Json{{"batch", 4}, {"images_at_once", at_once}});
  }
}

TEST_CASE("memory that is taken away in the middle of a run changes no byte", "[halving]") {
  Lot lot(40);
  lot.run();
  const std::string whole = lot.results();
  lot.options.overwrite = true;
  auto calls = std::make_shared<std::atomic<int>>(0);
  CHECK(lot.run(fake_loader([calls](const InputBatch& batch) {
    if (++*calls > 6 && batch.images > 2) throw ItemError("model.memory", "taken");
    return mean_outputs(batch);
  })) == 0);
  CHECK(lot.results() == whole);
  CHECK_FALSE(lot.json(kRunFile).at("device").contains("images_at_once"));
  CHECK(lot.json(kSummaryFile).at("out_of_memory").at("images_at_once") == 2);

  // Another memory is no other setting: the run may be continued.
  std::filesystem::remove(lot.options.output / kSummaryFile);
  lot.options.overwrite = false;
  lot.options.resume = true;
  CHECK(lot.run(small_device(1)) == 0);
  CHECK(lot.results() == whole);
}

TEST_CASE("a device that holds not even one image ends the start with its own code",
          "[halving][error]") {
  Lot lot;
  try {
    lot.run(small_device(0));
    FAIL("ran");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::device);
    CHECK_THAT(error.what(), ContainsSubstring("only 12 MiB are free"));
  }
  CHECK_FALSE(std::filesystem::exists(lot.options.output));
}

TEST_CASE("one image that is too heavy is an ERROR, and the others keep their batch", "[halving]") {
  Lot lot(12);  // 100.pgm is black, 111.pgm has the value 220
  lot.run();
  const std::string whole = lot.results();
  lot.options.overwrite = true;
  CHECK(lot.run(fake_loader([](const InputBatch& batch) {
    constexpr float kHeavy = 100.0F / 255.0F;
    for (const float value : batch.data)
      if (std::abs(value - kHeavy) < 1e-6F) throw ItemError("model.memory", "too heavy");
    return mean_outputs(batch);
  })) == 4);
  CHECK(lot.json(kSummaryFile).at("errors") == Json{{"model.memory", 1}});
  CHECK_FALSE(lot.json(kSummaryFile).contains("out_of_memory"));
  std::istringstream before(whole), after(lot.results());
  std::string was, is;
  while (std::getline(before, was) && std::getline(after, is))
    if (Json::parse(is).at("verdict") != "ERROR") CHECK(is == was);
}
