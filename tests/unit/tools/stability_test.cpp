// --prove-stable through the whole of inspect, on engines made of a few lines.
//
// A plain picture of gray value v has the logit 10 (v/255 - 1/2): one grey level is 0.0392 of it.
// The limits 0.25 and 0.75 lie at -+ln 3 = -+1.0986, so between v = 99 (-1.1176) and 100 (-1.0784),
// and between 155 (1.0784) and 156 (1.1176). Odds within 3 times are another 1.0986 of the logit:
// from v = 72 (-2.1765) to 183 (2.1765); 71 and 184
// (-+2.2157) lie outside -+2.1972. Shifts change nothing of a plain picture, nor does JPEG (the DC
// term 8 (v - 128) of a block is a multiple of its step, 2 at quality 95).
#include "support/catch.hpp"
#include "support/fake_engine.hpp"
#include "support/packages.hpp"

#include <zeromiss/base/files.hpp>
#include <zeromiss/report/results_file.hpp>
#include <zeromiss/tools/inspect.hpp>

#include <cmath>
#include <limits>
#include <map>
#include <sstream>

using namespace zeromiss;
using namespace zeromiss::test;
using Json = nlohmann::ordered_json;

namespace {

const std::vector<std::string> kAllCauses{"batch-1",    "threads-2",  "precision-bf16", "grey-1",
                                          "grey+1",     "shift-left", "shift-right",    "shift-up",
                                          "shift-down", "jpeg-95"};

/// Whatever a test's engines do, by the shape they are loaded for.
using Behaviour = std::function<std::vector<Tensor>(const InputBatch&, const EngineOptions&)>;

std::vector<Tensor> honest(const InputBatch& batch, const EngineOptions&) {
  return mean_outputs(batch);
}

EngineLoader loader_of(const Behaviour& behaviour) {
  return [behaviour](std::span<const std::uint8_t>,
                     const EngineOptions& options) -> std::unique_ptr<Engine> {
    return std::make_unique<FakeEngine>(
        [behaviour, options](const InputBatch& batch) { return behaviour(batch, options); });
  };
}

struct GrayLot {
  TempFolder folder;
  InspectOptions options;

  explicit GrayLot(const std::vector<int>& grays, const ManifestEdit& edit = {}) {
    options.model = write_package(folder / "package", "weights", edit);
    options.inputs = {folder / "lot"};
    options.output = folder / "out";
    options.batch = 4;
    options.threads = 2;
    options.prove_stable = true;
    options.no_html = options.quiet = options.overwrite = true;
    for (const int gray : grays)
      write_file(folder / "lot" / (std::to_string(1000 + gray) + ".pgm"), gray_pgm(8, 8, gray));
  }
  int run(const Behaviour& behaviour = honest) const {
    std::ostringstream out;
    return inspect(options, loader_of(behaviour), out);
  }
  [[nodiscard]] std::string results() const { return read_file(options.output / kResultsFile); }
  /// By gray value.
  [[nodiscard]] std::map<int, Record> records() const {
    std::map<int, Record> all;
    for_each_record(options.output / kResultsFile, ErrorKind::input,
                    [&](const Record& record) { all[std::stoi(record.image) - 1000] = record; });
    return all;
  }
};

std::vector<std::string> causes_of(const Record& record) {
  std::vector<std::string> causes;
  for (const RecordFlip& flip : record.stability.value().flips) causes.push_back(flip.cause);
  return causes;
}

using Causes = std::vector<std::string>;

}  // namespace

TEST_CASE("a picture one grey level from a limit is REVIEW, and says so", "[stability]") {
  const GrayLot lot({98, 99, 100, 101, 155, 156, 157});
  CHECK(lot.run() == 0);
  const auto records = lot.records();
  const auto check = [&](int gray, VerdictKind own, const Causes& causes) {
    CAPTURE(gray);
    const Record& record = records.at(gray);
    CHECK(*record.score == Approx(bright_probability(gray)).epsilon(1e-6));
    REQUIRE(record.stability);
    CHECK(record.stability->verdict == own);
    CHECK(record.stability->runs == static_cast<int>(kAllCauses.size()));
    CHECK(causes_of(record) == causes);
    CHECK(record.verdict == (causes.empty() ? own : VerdictKind::review));
  };
  check(98, VerdictKind::pass, {});
  check(99, VerdictKind::pass, {"grey+1"});
  check(100, VerdictKind::review, {"grey-1"});
  check(101, VerdictKind::review, {});
  check(155, VerdictKind::review, {"grey+1"});
  check(156, VerdictKind::reject, {"grey-1"});
  check(157, VerdictKind::reject, {});
  const RecordFlip flip = records.at(99).stability->flips.at(0);
  CHECK(flip.verdict == VerdictKind::review);
  CHECK(*flip.score == Approx(bright_probability(100)).epsilon(1e-6));
  CHECK(records.at(156).stability->flips.at(0).verdict == VerdictKind::review);
}

TEST_CASE("only pictures near a limit are judged again", "[stability]") {
  const std::vector<int> grays{0, 71, 72, 127, 183, 184, 255};
  const auto near = [&](GrayLot& lot) {
    lot.run();
    Causes result;
    for (const auto& [gray, record] : lot.records())
      if (record.stability) result.push_back(std::to_string(gray));
    return result;
  };
  GrayLot lot(grays);
  CHECK(near(lot) == Causes{"72", "127", "183"});
  lot.options.stability_band = 1e9;
  CHECK(near(lot) == Causes{"0", "71", "72", "127", "183", "184", "255"});
  lot.options.stability_band = 1.5;  // ln 1.5 = 0.405: down to v = 89.2
  CHECK(near(lot).empty());
  lot.options.prove_stable = false;
  lot.options.stability_band.reset();
  CHECK(near(lot).empty());
}

TEST_CASE("noise of one engine flips exactly the planted pictures", "[stability]") {
  // The limit is 1e-6 above the score of 99; noise of 1e-4 in the logit is 1.9e-5 of the score
  // there.
  GrayLot lot({97, 98, 99, 100});
  lot.options.review_at = bright_probability(99) + 1e-6;
  const auto noisy_alone = [](const InputBatch& batch, const EngineOptions& options) {
    auto outputs = mean_outputs(batch);
    if (options.images == 1 && options.threads == 1)
      for (int i = 0; i < batch.images; ++i)
        outputs[0].data[static_cast<std::size_t>(2 * i + 1)] += 1e-4F;
    return outputs;
  };
  lot.run(noisy_alone);
  auto records = lot.records();
  CHECK(records.at(97).stability->flips.empty());
  CHECK(records.at(98).stability->flips.size() == 1);  // 99 with noise
  // The changed pictures are computed alone, too; darker is below the limit with noise as without.
  CHECK(causes_of(records.at(99)) == Causes{"batch-1", "precision-bf16", "grey+1", "shift-left",
                                            "shift-right", "shift-up", "shift-down", "jpeg-95"});
  CHECK(causes_of(records.at(100)) == Causes{});
  CHECK(records.at(99).verdict == VerdictKind::review);
  const auto noisy_threads = [](const InputBatch& batch, const EngineOptions& options) {
    auto outputs = mean_outputs(batch);
    if (options.threads == 2) outputs[0].data[1] += 1e-4F;
    return outputs;
  };
  lot.run(noisy_threads);
  records = lot.records();
  CHECK(causes_of(records.at(99)) == Causes{"threads-2", "grey+1"});
  CHECK(causes_of(records.at(100)) == Causes{"grey-1"});
}

TEST_CASE("a REJECT that is not stable is REVIEW, but still fails --fail-on reject",
          "[stability]") {
  GrayLot lot({10, 156});
  lot.options.fail_on = FailOn::reject;
  CHECK(lot.run() == 1);
  const Record record = lot.records().at(156);
  CHECK(record.verdict == VerdictKind::review);
  CHECK(record.stability->verdict == VerdictKind::reject);
}

TEST_CASE("a verdict that fails in another way is not stable", "[stability][error]") {
  GrayLot lot({60, 90});
  const auto fails_alone = [](const InputBatch& batch, const EngineOptions& options) {
    const auto outputs = mean_outputs(batch);
    if (options.images == 1 && outputs[0].data[1] < 4.0F) throw ItemError("model.failed", "alone");
    return outputs;  // the golden picture's logit is 5
  };
  CHECK(lot.run(fails_alone) == 0);
  const auto records = lot.records();
  CHECK(records.at(60).verdict == VerdictKind::pass);  // not near
  CHECK(records.at(90).verdict == VerdictKind::review);
  CHECK(causes_of(records.at(90)) == kAllCauses);
  CHECK(records.at(90).stability->flips.at(0).verdict == VerdictKind::error);
  CHECK_FALSE(records.at(90).stability->flips.at(0).score);
}

TEST_CASE("another precision flips what lies within its rounding, where the network has it",
          "[stability]") {
  // As above; in bf16 the logit is 0.01 higher, which is 0.0019 of the score.
  GrayLot lot({98, 99, 100});
  lot.options.review_at = bright_probability(99) + 0.001;
  const auto rounded = [](const InputBatch& batch, const EngineOptions& options) {
    auto outputs = mean_outputs(batch);
    if (options.precision == Precision::bf16)
      for (int i = 0; i < batch.images; ++i)
        outputs[0].data[static_cast<std::size_t>(2 * i + 1)] += 0.01F;
    return outputs;
  };
  lot.run(rounded);
  auto records = lot.records();
  CHECK(causes_of(records.at(98)) == Causes{});
  CHECK(causes_of(records.at(99)) == Causes{"precision-bf16", "grey+1"});
  CHECK(records.at(99).verdict == VerdictKind::review);

  std::ostringstream out;
  const EngineLoader no_bf16 = [&](std::span<const std::uint8_t> bytes,
                                   const EngineOptions& options) {
    if (options.precision == Precision::bf16) throw Error(ErrorKind::input, "has fixed numbers");
    return loader_of(rounded)(bytes, options);
  };
  inspect(lot.options, no_bf16, out);
  records = lot.records();
  CHECK(causes_of(records.at(99)) == Causes{"grey+1"});
  CHECK(records.at(99).stability->runs == static_cast<int>(kAllCauses.size()) - 1);
}

TEST_CASE("a network that is another one in bf16 is not asked there", "[stability]") {
  const GrayLot lot({99});
  const auto other = [](const InputBatch& batch, const EngineOptions& options) {
    auto outputs = mean_outputs(batch);
    if (options.precision == Precision::bf16)
      for (float& value : outputs[0].data) value = -value;
    return outputs;
  };
  CHECK(lot.run(other) == 0);
  CHECK(causes_of(lot.records().at(99)) == Causes{"grey+1"});
}

TEST_CASE("every engine of the proof passes the golden images first", "[stability][error]") {
  const GrayLot lot({10});
  const auto wrong_alone = [](const InputBatch& batch, const EngineOptions& options) {
    auto outputs = mean_outputs(batch);
    if (options.threads == 2) outputs[0].data[1] -= 1.0F;
    return outputs;
  };
  CHECK_THROWS_AS(lot.run(wrong_alone), Error);
  CHECK_FALSE(std::filesystem::exists(lot.options.output));
}

TEST_CASE("records with stability are the same bytes for any threads, and after --resume",
          "[stability]") {
  std::vector<int> grays;
  for (int gray = 60; gray < 200; ++gray) grays.push_back(gray);
  GrayLot lot(grays);
  lot.run();
  const std::string before = lot.results();
  for (const int threads : {1, 8}) {
    lot.options.threads = threads;
    lot.run();
    CHECK(lot.results() == before);
  }
  const auto summary = Json::parse(read_file(lot.options.output / kSummaryFile));
  CHECK(summary.at("stability").at("near_limit") == 183 - 72 + 1);
  CHECK(summary.at("stability").at("unstable") == 4);
  CHECK(summary.at("stability").at("unstable_reject") == 1);
  CHECK(summary.at("stability").at("flips") == Json{{"grey+1", 2}, {"grey-1", 2}});
  const auto run = Json::parse(read_file(lot.options.output / kRunFile));
  CHECK(run.at("settings").at("prove_stable").at("band") == 3.0);
  CHECK(run.at("settings").at("prove_stable").at("causes") == Json(kAllCauses));

  std::filesystem::remove(lot.options.output / kSummaryFile);
  std::filesystem::resize_file(lot.options.output / kResultsFile, before.size() * 2 / 3);
  lot.options.overwrite = false;
  lot.options.resume = true;
  CHECK(lot.run() == 0);
  CHECK(lot.results() == before);
  CHECK(Json::parse(read_file(lot.options.output / kSummaryFile)).at("stability") ==
        summary.at("stability"));
  lot.options.stability_band = 4.0;
  CHECK_THROWS_AS(lot.run(), Error);
}

TEST_CASE("an image that fails has no stability, and its neighbours keep theirs",
          "[stability][error]") {
  const GrayLot lot({99, 100});
  write_file(lot.folder / "lot/1050.pgm", "P5\n8 8\n255\ncut");
  CHECK(lot.run() == 4);
  const auto records = lot.records();
  CHECK(records.at(50).verdict == VerdictKind::error);
  CHECK_FALSE(records.at(50).stability);
  CHECK(causes_of(records.at(99)) == Causes{"grey+1"});
}

TEST_CASE("a defect that just does not count is near a limit", "[stability]") {
  // One box with the picture's brightness as its score: seen from min_score 0.25 on, which is v
  // = 63.75. Odds three times smaller are 0.1: v = 25.5.
  const auto boxes = [](Json& m) {
    m["task"] = "detection";
    m["output"] = Json::parse(
        R"({"kind": "boxes_yolo", "layout": "v8", "transposed": false, "activation": "none",
      "boxes": "pixels", "multi_label": false, "min_score": 0.25, "nms": "none", "masks": null})");
    m["golden"][0]["score"] = 1.0;
    m["decision"] = Json::parse(R"({"review_at": 0.25, "reject_at": 0.9, "origin": {}})");
  };
  const auto one_box = [](const InputBatch& batch, const EngineOptions&) {
    const auto logits = mean_outputs(batch);
    Tensor output{"", {batch.images, 1, 6}, {}};
    for (int i = 0; i < batch.images; ++i) {
      const float mean = logits[0].data[static_cast<std::size_t>(2 * i + 1)] / 10.0F + 0.5F;
      for (const float value : {2.0F, 2.0F, 2.0F, 2.0F, 0.0F, mean}) output.data.push_back(value);
    }
    return std::vector<Tensor>{output};
  };
  const GrayLot lot({25, 26, 63, 64}, boxes);
  CHECK(lot.run(one_box) == 0);
  const auto records = lot.records();
  CHECK_FALSE(records.at(25).stability);
  CHECK(records.at(26).stability->flips.empty());
  CHECK(records.at(26).verdict == VerdictKind::pass);
  CHECK(*records.at(63).score == 0.0);
  CHECK(records.at(63).verdict == VerdictKind::review);
  CHECK(causes_of(records.at(63)) == Causes{"grey+1"});
  CHECK(causes_of(records.at(64)) == Causes{"grey-1"});
  CHECK(records.at(64).stability->flips.at(0).verdict == VerdictKind::pass);
}

TEST_CASE("a defect about as large as min_area is near a limit", "[stability]") {
  // A box of 2 x 2 in an input of 4 x 4, which is 4 x 4 = 16 pixels of a picture of 8 x 8.
  const auto with_area = [](double min_area) {
    return [=](Json& m) {
      m["task"] = "detection";
      m["output"] = Json::parse(
          R"({"kind": "boxes_yolo", "layout": "v8", "transposed": false, "activation": "none",
        "boxes": "pixels", "multi_label": false, "min_score": 0.25, "nms": "none", "masks": null})");
      m["classes"][1]["min_area"] = min_area;
      m["golden"][0]["score"] = min_area > 16 ? 0.0 : 0.99;
      if (min_area > 16) m["golden"][0]["label"] = "";
    };
  };
  const auto sure = [](const InputBatch& batch, const EngineOptions&) {
    Tensor output{"", {batch.images, 1, 6}, {}};
    for (int i = 0; i < batch.images; ++i)
      for (const float value : {2.0F, 2.0F, 2.0F, 2.0F, 0.0F, 0.99F}) output.data.push_back(value);
    return std::vector<Tensor>{output};
  };
  const auto is_near = [&](double min_area) {
    const GrayLot lot({100}, with_area(min_area));
    lot.run(sure);
    return lot.records().at(100).stability.has_value();
  };
  CHECK_FALSE(is_near(49));  // a third of 49 is more than 16
  CHECK(is_near(47));
  CHECK(is_near(6));  // three times 6 is more than 16
  CHECK_FALSE(is_near(5));
}

TEST_CASE("tiled pictures are proven, too", "[stability][tiles]") {
  const GrayLot lot({72, 98, 99, 156}, [](Json& m) {
    m["input"]["steps"] = {{{"op", "tile"}, {"width", 4}, {"height", 4}, {"overlap", 0}}};
  });
  CHECK(lot.run() == 0);
  const auto records = lot.records();
  CHECK(records.at(72).stability->runs == static_cast<int>(kAllCauses.size()));
  CHECK(causes_of(records.at(98)) == Causes{});
  CHECK(causes_of(records.at(99)) == Causes{"grey+1"});
  CHECK(causes_of(records.at(156)) == Causes{"grey-1"});
  CHECK(records.at(156).verdict == VerdictKind::review);
}

TEST_CASE("scores of anomaly models have a band in themselves, and none around 0", "[stability]") {
  const auto anomaly = [](double limit) {
    return [=](Json& m) {
      m["task"] = "anomaly";
      m["output"]["kind"] = "score";
      m["golden"][0]["score"] = 255.0;
      m["decision"] = {{"review_at", limit}, {"reject_at", limit}, {"origin", Json::object()}};
    };
  };
  const auto gray_score = [](const InputBatch& batch, const EngineOptions&) {
    const auto logits = mean_outputs(batch);
    Tensor scores{"", {batch.images}, {}};
    for (int i = 0; i < batch.images; ++i)
      scores.data.push_back((logits[0].data[static_cast<std::size_t>(2 * i + 1)] / 10.0F + 0.5F) *
                            255.0F);
    return std::vector<Tensor>{scores};
  };
  const GrayLot lot({29, 30, 89, 90, 200}, anomaly(89.5));  // a third is 29.83
  lot.run(gray_score);
  const auto records = lot.records();
  CHECK_FALSE(records.at(29).stability);
  CHECK(records.at(30).stability->flips.empty());
  CHECK(causes_of(records.at(89)) == Causes{"grey+1"});
  CHECK(causes_of(records.at(90)) == Causes{"grey-1"});
  CHECK(records.at(200).stability);
  CHECK_THROWS_AS(GrayLot({10}, anomaly(0.0)).run(gray_score), Error);
}

TEST_CASE("a picture outside the guard keeps its reasons beside its flips", "[stability][guard]") {
  const GrayLot lot({99}, [](Json& m) {
    m["guard"] = {{"images", 2}, {"margin", 0.0}};
    for (const char* figure :
         {"width", "height", "brightness", "contrast", "sharpness", "color_a", "color_b"})
      m["guard"][figure] = {0, 50};
  });
  lot.run();
  const Record record = lot.records().at(99);
  CHECK(record.verdict == VerdictKind::review);
  CHECK(record.reasons.size() == 3);  // brightness 99, color_a and color_b 128
  CHECK(record.stability->verdict == VerdictKind::pass);
  CHECK(causes_of(record) == Causes{"grey+1"});
}

TEST_CASE("a band must be a factor, and needs --prove-stable", "[stability][error]") {
  GrayLot lot({10});
  for (const double band :
       {1.0, 0.5, -3.0, std::numeric_limits<double>::infinity(), std::nan("")}) {
    lot.options.stability_band = band;
    CHECK_THROWS_AS(lot.run(), Error);
  }
  lot.options.stability_band = 2.0;
  lot.options.prove_stable = false;
  CHECK_THROWS_AS(lot.run(), Error);
}
