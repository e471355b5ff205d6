// --prove-stable through the whole of inspect, on engines made of a few lines.
//
// A plain picture of gray value v has the logit 10 (v/255 - 1/2): one grey level is 0.0392 of it.
// The limits 0.25 and 0.75 lie at -+ln 3 = -+1.0986, so between v = 99 (-1.1176) and 100 (-1.0784),
// and between 155 (1.0784) and 156 (1.1176). Odds within 3 times are another 1.0986 of the logit:
// from v = 72 (-2.1765) to 183 (2.1765); 71 and 184
// (-+2.2157) lie outside -+2.1972. Shifts change nothing of a plain picture, nor does JPEG (the DC
// term 8 (v - 128) of a block is a multiple of its step, 2 at quality 95).
#include "stability_lot.hpp"

using namespace zeromiss;
using namespace zeromiss::test;

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
