// benchmark on engines and clocks that are made up, so that every figure can be worked out by hand.
#include "../../../lib/tools/batch_size.hpp"
#include "../../../lib/tools/bench_stages.hpp"
#include "../../../lib/tools/bench_sweep.hpp"
#include "../../../lib/tools/input_list.hpp"
#include "support/catch.hpp"
#include "support/fake_engine.hpp"
#include "support/packages.hpp"
#include "support/sound_benchmark.hpp"

#include <zeromiss/base/cpu.hpp>
#include <zeromiss/tools/benchmark.hpp>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <random>
#include <sstream>
#include <utility>

using namespace zeromiss;
using namespace zeromiss::test;
using Catch::Matchers::ContainsSubstring;
using Json = nlohmann::ordered_json;

namespace {

/// Time that passes only when somebody says so.
struct FakeTime {
  std::mutex lock;
  double seconds = 0;
  void pass(double more) {
    const std::lock_guard hold(lock);
    seconds += more;
  }
  double now() {
    const std::lock_guard hold(lock);
    return seconds += 1e-5;  // asking takes a moment, too
  }
};

BenchmarkProbes probes_of(FakeTime& time) {
  BenchmarkProbes probes;
  probes.now = [&time] { return time.now(); };
  probes.machine = [] { return MachineCounters{}; };
  return probes;
}

struct Desk {
  TempFolder folder;
  BenchmarkOptions options;
  explicit Desk(int images = 20) {
    options.model = write_package(folder / "package", "weights");
    options.inputs = {folder / "lot"};
    options.output = folder / "out";
    options.batch = 4;
    options.threads = 1;  // so that the made-up time has one owner
    options.seconds = 0.05;
    options.quiet = true;
    for (int i = 0; i < images; ++i)
      write_file(folder / "lot" / (std::to_string(100 + i) + ".pgm"),
                 gray_pgm(8, 8, 10 * (i % 20)));
  }
  [[nodiscard]] Json json() const {
    return Json::parse(read_file(options.output / kBenchmarkFile));
  }
};

/// With a model that takes 5 ms an image, and nothing else that takes any time.
Json measured(const Desk& desk) {
  FakeTime time;
  const auto slow = [&](const InputBatch& batch) {
    time.pass(0.005 * batch.images);
    return mean_outputs(batch);
  };
  std::ostringstream page;
  benchmark(desk.options, fake_loader(slow), probes_of(time), page);
  return desk.json();
}

std::vector<std::string> reasons_of(const BenchResult& result) {
  std::vector<std::string> sentences;
  for (const auto& reason : invalid_reasons(result, sound_sample(), false))
    sentences.push_back(sentence(reason));
  return sentences;
}

}  // namespace

TEST_CASE("median and median absolute deviation", "[benchmark]") {
  // By hand: sorted 1 2 4 7 100, median 4; deviations 3 2 0 3 96, sorted 0 2 3 3 96, median 3.
  const Spread spread = spread_of({7, 100, 1, 4, 2});
  CHECK(spread.median == 4);
  CHECK(spread.mad == 3);
  CHECK(spread.relative() == 0.75);
  CHECK(spread_of({1, 3}).median == 2);
}

TEST_CASE("percentiles by nearest rank", "[benchmark]") {
  // The usual example: 15 20 35 40 50; ranks ceil(0.3 * 5) = 2, ceil(0.4 * 5) = 2, 3, 5.
  const std::vector<double> sorted{15, 20, 35, 40, 50};
  CHECK(percentile(sorted, 0.05) == 15);
  CHECK(percentile(sorted, 0.30) == 20);
  CHECK(percentile(sorted, 0.40) == 20);
  CHECK(percentile(sorted, 0.50) == 35);
  CHECK(percentile(sorted, 1.0) == 50);
}

TEST_CASE("the time of a stage lands in that stage", "[benchmark]") {
  FakeTime time;
  const auto loop = [&](const char* name, double seconds, double images) {
    return StageLoop{name, 3, images, [&time, seconds](int, std::size_t) { time.pass(seconds); }};
  };
  const auto found = measure_loops({loop("a", 0.002, 1), loop("b", 0.040, 8)}, 1, 3, 0.1,
                                   [&time] { return time.now(); });
  CHECK(found[0].median == Approx(0.002).epsilon(0.005));
  CHECK(found[1].median == Approx(0.005).epsilon(0.005));  // 40 ms a batch of 8
}

TEST_CASE("an error in a measured loop reaches the caller, whichever worker it hits",
          "[benchmark]") {
  FakeTime time;
  std::atomic<int> calls = 0;
  const StageLoop loop{"a", 1, 1, [&](int, std::size_t) {
                         time.pass(0.01);
                         if (++calls == 5) throw Error(ErrorKind::input, "broken");
                       }};
  CHECK_THROWS_WITH(seconds_per_image(loop, 3, 1.0, [&time] { return time.now(); }), "broken");
}

TEST_CASE("end to end, bound and efficiency follow from the time of the model", "[benchmark]") {
  // Everything but the model takes no time: 4 images in 20 ms are 200 images/s, with one worker.
  const Json json = measured(Desk());
  CHECK(json.at("end_to_end_images_per_s").get<double>() == Approx(200).epsilon(0.01));
  CHECK(json.at("model_only_images_per_s").get<double>() == Approx(200).epsilon(0.01));
  CHECK(json.at("bound_images_per_s").get<double>() == Approx(200).epsilon(0.01));
  CHECK(json.at("efficiency").get<double>() == Approx(1).epsilon(0.01));
  CHECK(json.at("stages").at("infer").at("median").get<double>() == Approx(0.005).epsilon(0.01));
  CHECK(json.at("stages").at("decode").at("median").get<double>() < 1e-5);
  CHECK(json.at("latency_ms").at("p50").get<double>() == Approx(5).epsilon(0.01));
  CHECK(json.at("what_if").at("limiting_stage") == "infer");
  CHECK(json.at("target").at("met") == true);
  for (const auto& reason : json.at("reasons"))
    CHECK_THAT(reason.get<std::string>(), !ContainsSubstring("unstable"));
}

TEST_CASE("pictures that are cut are measured whole, with the empty slots of their last batch",
          "[benchmark][tiles]") {
  // 8 x 8 in tiles of 4 x 4 are 4; in batches of 3 that is 2 passes of 3 slots, 5 ms each: 30 ms.
  Desk desk;
  desk.options.model = write_package(desk.folder / "tiled", "weights", [](Json& m) {
    m["input"]["steps"] = {{{"op", "tile"}, {"width", 4}, {"height", 4}, {"overlap", 0}}};
  });
  desk.options.batch = 3;
  const Json json = measured(desk);
  CHECK(json.at("end_to_end_images_per_s").get<double>() == Approx(1 / 0.030).epsilon(0.01));
  CHECK(json.at("stages").at("infer").at("median").get<double>() == Approx(0.030).epsilon(0.01));
  CHECK(json.at("model_only_images_per_s").get<double>() == Approx(1 / 0.030).epsilon(0.01));
  CHECK(json.at("efficiency").get<double>() == Approx(1).epsilon(0.01));
  CHECK(json.at("latency_ms").at("p50").get<double>() == Approx(30).epsilon(0.01));
}

TEST_CASE("a clock that stumbles makes the measurement not valid", "[benchmark]") {
  Desk desk;
  FakeTime time;
  std::mt19937 random(7);
  const auto jumpy = [&](const InputBatch& batch) {
    time.pass(0.001 * static_cast<double>(1 + random() % 40));
    return mean_outputs(batch);
  };
  std::ostringstream page;
  CHECK(benchmark(desk.options, fake_loader(jumpy), probes_of(time), page) == 8);
  const Json json = desk.json();
  CHECK(json.at("valid") == false);
  CHECK_THAT(json.at("reasons").dump(), ContainsSubstring("unstable windows"));
  CHECK(page.str().rfind("INVALID: ", 0) == 0);
}

TEST_CASE("each disturbance is a reason of its own", "[benchmark]") {
  CHECK(reasons_of(sound_result()).empty());
  CHECK_THAT(sentence(invalid_reasons(sound_result(), sound_sample(), true).at(0)),
             ContainsSubstring("debug build"));
  BenchSample few = sound_sample();
  few.images.resize(15);
  CHECK_THAT(sentence(invalid_reasons(sound_result(), few, false).at(0)),
             ContainsSubstring("too few samples: 15"));
  const double capacity = 10.0 * usable_cpus();

  const auto only = [](const std::function<void(BenchResult&)>& disturb) {
    BenchResult result = sound_result();
    disturb(result);
    const auto reasons = reasons_of(result);
    REQUIRE(reasons.size() == 1);
    return reasons.front();
  };
  CHECK_THAT(only([](auto& r) { r.end_to_end.images_per_s.mad = 3.91; }),
             ContainsSubstring("unstable windows"));
  CHECK(reasons_of([] {
          auto r = sound_result();
          r.end_to_end.images_per_s.mad = 3.89;
          return r;
        }())
            .empty());
  CHECK_THAT(only([](auto& r) { r.end_to_end.warm = false; }), ContainsSubstring("did not settle"));
  CHECK_THAT(only([&](auto& r) { r.after.busy_s = 0.06 * capacity; }),
             ContainsSubstring("load by others"));
  CHECK_THAT(only([&](auto& r) { r.after.steal_s = 0.03 * capacity; }), ContainsSubstring("steal"));
  CHECK_THAT(only([](auto& r) { r.after.thermal_throttles = 1; }), ContainsSubstring("too hot"));
  CHECK_THAT(only([](auto& r) { r.after.quota_throttled_s = 1; }), ContainsSubstring("quota"));
  CHECK_THAT(only([](auto& r) { r.after.on_battery = true; }), ContainsSubstring("battery"));
  CHECK_THAT(only([](auto& r) { r.end_to_end.stage_coverage = 0.94; }), ContainsSubstring("94 %"));
}

TEST_CASE("what would help is computed from the stages", "[benchmark]") {
  // Five stages of 1 ms and the model's 10 ms: 15 ms an image; 2 workers: 133.3 images/s at most.
  BenchResult result = sound_result();
  result.formats = {{"uncompressed", {0.0002, 0}}};
  CHECK(result.bound() == Approx(2 / 0.015));
  CHECK(result.efficiency() == Approx(130 * 0.015 / 2));
  CHECK(result.scaling() == Approx(130.0 / 132.0));
  auto computed = what_if(result, 100);
  CHECK(computed.advice == Advice::fast_enough);
  CHECK(computed.infinite_gpu_images_per_s == Approx(2 / 0.005));
  CHECK(computed.double_cores_images_per_s == Approx(4 / 0.015));
  CHECK(computed.cores_for_target == 2);  // 100 * 0.015 = 1.5
  CHECK(computed.formats_images_per_s.at("uncompressed") == Approx(2 / 0.0142));
  CHECK(what_if(result, 130).advice == Advice::fast_enough);
  CHECK(what_if(result, 131).advice == Advice::gpu_helps);
  CHECK(what_if(result, 399).advice == Advice::gpu_helps);
  CHECK(what_if(result, 401).advice == Advice::gpu_not_enough);
}

TEST_CASE("a sweep is read strictly", "[benchmark]") {
  const auto plan = parse_sweep({"batch=1,2,8"}, 8, 2);
  CHECK(plan.batches == std::vector<int>{1, 2, 8});
  CHECK(plan.threads == std::vector<int>{2});
  CHECK(parse_sweep({}, 8, 2).batches.empty());
  CHECK(most_threads({"threads=1,4,2"}) == 4);
  for (const char* wrong :
       {"batch", "batch=", "batch=0", "batch=1,", "batch=1;2", "depth=1", "batch=9999"})
    CHECK_THROWS_AS(parse_sweep({wrong}, 8, 2), Error);
  CHECK_THROWS_AS(parse_sweep({"batch=1", "batch=2"}, 8, 2), Error);
  CHECK(plan.precisions == std::vector<Precision>{Precision::fp32});
  CHECK(parse_sweep({"threads=1"}, 8, 2, Precision::bf16).precisions ==
        std::vector<Precision>{Precision::bf16});
  CHECK(parse_sweep({"precision=fp32,bf16"}, 8, 2).precisions ==
        std::vector<Precision>{Precision::fp32, Precision::bf16});
  for (const char* wrong : {"precision=", "precision=fp32,", "precision=fp64", "precision=1"})
    CHECK_THROWS_AS(parse_sweep({wrong}, 8, 2), Error);
}

TEST_CASE("what bf16 would give is computed from the model's time in it", "[benchmark]") {
  // 5 stages of 1 ms and 4 ms of the model in bf16: 9 ms an image, two workers.
  BenchResult result = sound_result();
  CHECK_FALSE(what_if(result, 1).bf16_images_per_s);
  result.bf16_infer = Spread{0.004, 0};
  CHECK(what_if(result, 1).bf16_images_per_s.value() == Approx(2 / 0.009));
  CHECK_FALSE(what_if(result, 1).bf16_measured_images_per_s);
  result.sweep = {{4, 2, Precision::bf16, {150, 1}},
                  {8, 2, Precision::fp32, {130, 1}},
                  {8, 2, Precision::bf16, {215, 1}}};
  CHECK(what_if(result, 1).bf16_measured_images_per_s.value() == 215);
}

TEST_CASE("with a GPU the bound is the smaller of its rate and that of the other stages",
          "[benchmark]") {
  // 2 workers, 5 ms beside the model: 400 images/s; the model 10 ms with 5 batches in flight: 500.
  BenchResult result = sound_result();
  result.in_flight = 3;
  CHECK(result.model_only() == Approx(500));
  CHECK(result.bound() == Approx(400));
  // More cores help up to the GPU's 500, and no number of them beyond.
  result.device = "cuda:0";
  CHECK(what_if(result, 100).double_cores_images_per_s == Approx(500));
  CHECK(what_if(result, 450).cores_for_target == 3);  // 450 * 0.005 = 2.25
  CHECK_FALSE(what_if(result, 501).cores_for_target);
  CHECK(what_if(result, 130).advice == Advice::this_gpu_enough);
  CHECK(what_if(result, 131).advice == Advice::this_gpu_too_slow);
  result.stages[static_cast<std::size_t>(Stage::infer)].median = 0.020;
  CHECK(result.bound() == Approx(250));
}

TEST_CASE("memory of a GPU is told where the engine counts it", "[benchmark]") {
  Desk desk;
  FakeTime time;
  const BenchmarkProbes probes = probes_of(time);
  std::optional<std::uint64_t> taken;
  const EngineLoader load = [&](std::span<const std::uint8_t>, const EngineOptions&) {
    auto engine = std::make_unique<FakeEngine>([&time](const InputBatch& batch) {
      time.pass(0.005 * batch.images);
      return mean_outputs(batch);
    });
    engine->device_bytes = taken;
    return engine;
  };
  desk.options.overwrite = true;
  std::ostringstream page;
  benchmark(desk.options, load, probes, page);
  CHECK(desk.json().at("peak_vram_mib").is_null());
  CHECK_THAT(page.str(), !ContainsSubstring("GPU's"));
  taken = 3ULL * 1024 * 1024 + 512 * 1024;
  benchmark(desk.options, load, probes, page);
  CHECK(desk.json().at("peak_vram_mib") == 3.5);
  CHECK_THAT(page.str(), ContainsSubstring("of memory at most, 4 MiB of the GPU's"));
}

TEST_CASE("another precision is measured without limits for it, computed and swept",
          "[benchmark]") {
  Desk desk;
  FakeTime time;
  BenchmarkProbes probes = probes_of(time);
  probes.cpu_has_bf16 = true;
  desk.options.sweep = {"precision=fp32,bf16"};
  // 5 ms an image, at bf16 2 ms: 200 and 500 images/s.
  const EngineLoader load = [&time](std::span<const std::uint8_t>, const EngineOptions& options) {
    const double seconds = options.precision == Precision::bf16 ? 0.002 : 0.005;
    return std::make_unique<FakeEngine>([&time, seconds](const InputBatch& batch) {
      time.pass(seconds * batch.images);
      return mean_outputs(batch);
    });
  };
  std::ostringstream page;
  benchmark(desk.options, load, probes, page);
  Json json = desk.json();
  const auto& bf16 = json.at("what_if").at("bf16");
  CHECK(bf16.at("infer_s").get<double>() == Approx(0.002).epsilon(0.01));
  CHECK(bf16.at("images_per_s").get<double>() == Approx(500).epsilon(0.02));
  CHECK(bf16.at("measured_images_per_s").get<double>() == Approx(500).epsilon(0.02));
  const auto& rows = json.at("sweep").at("rows");
  REQUIRE(rows.size() == 2);
  CHECK(rows.at(0).at("precision") == "fp32");
  CHECK(rows.at(0).at("images_per_s").get<double>() == Approx(200).epsilon(0.02));
  CHECK(json.at("sweep").at("best").at("precision") == "bf16");
  CHECK_THAT(page.str(), !ContainsSubstring("for its speed alone"));

  desk.options.overwrite = true;
  desk.options.sweep.clear();
  desk.options.precision = Precision::bf16;
  benchmark(desk.options, load, probes, page);
  json = desk.json();
  CHECK(json.at("settings").at("precision") == "bf16");
  CHECK(json.at("settings").at("limits_precision") == "fp32");
  CHECK(json.at("end_to_end_images_per_s").get<double>() == Approx(500).epsilon(0.02));
  CHECK(json.at("what_if").at("bf16").at("images_per_s").is_null());
  CHECK_THAT(page.str(), ContainsSubstring("bf16: measured for its speed alone"));
}

TEST_CASE("batch auto takes the fastest size that the device holds", "[benchmark]") {
  struct Case {
    int most;       // images that the device holds
    double fixed;   // seconds of a batch beside 10 ms an image
    double growth;  // more seconds an image for each image of the batch
    int expected;
  };
  // Rates by hand, batches 1 2 4 8 16. Only a fixed part: 16 is the fastest. Growth of 1 ms and 40
  // ms fixed: n / (40 + n (10 + n)) = 19.6, 31.2, 41.7, 43.5, 35.1 images/s, so 8. Nothing of both:
  // all alike, so 1.
  const auto row = GENERATE(Case{16, 0.040, 0, 16}, Case{4, 0.040, 0, 4}, Case{16, 0.040, 0.001, 8},
                            Case{16, 0, 0, 1});
  const TempFolder folder;
  const ModelPackage package = read_package(write_package(folder.path(), "weights"));
  const Preparer preparer(package, {});
  FakeTime time;
  const auto load = [&](int) -> std::unique_ptr<Engine> {
    return std::make_unique<FakeEngine>([&](const InputBatch& batch) {
      if (batch.images > row.most) throw ItemError("model.memory", "full");
      time.pass(row.fixed + batch.images * (0.010 + row.growth * batch.images));
      return mean_outputs(batch);
    });
  };
  CHECK(fastest_batch(load, preparer, 1, [&time] { return time.now(); }) == row.expected);
}

TEST_CASE("images that cannot be decoded are left out and counted; none at all is an error",
          "[benchmark]") {
  Desk desk(18);
  write_file(desk.folder / "lot/117.pgm", "P5\n8 8\n255\ncut");
  FakeTime time;
  const auto steady = [&](const InputBatch& batch) {
    time.pass(0.004);
    return mean_outputs(batch);
  };
  std::ostringstream page;
  benchmark(desk.options, fake_loader(steady), probes_of(time), page);
  CHECK(desk.json().at("sample").at("images") == 17);
  CHECK(desk.json().at("sample").at("unusable") == 1);
  std::filesystem::remove_all(desk.folder / "lot");
  write_file(desk.folder / "lot/1.pgm", "P5\n8 8\n255\ncut");
  desk.options.overwrite = true;
  CHECK_THROWS_WITH(benchmark(desk.options, fake_loader(steady), probes_of(time), page),
                    ContainsSubstring("none of 1 images could be decoded"));
}

TEST_CASE("an image that is lost during the measurement is not taken for a fast one",
          "[benchmark]") {
  // When the pipeline begins, while it runs, in the last loop of the model: the disk comes after
  // it.
  const double share = GENERATE(0.2, 0.5, 0.99);
  Desk desk;
  FakeTime time;
  int calls = 0, last = 0;
  const auto vandal = [&](const InputBatch& batch) {
    time.pass(0.005 * batch.images);
    if (++calls == last) std::filesystem::remove(desk.folder / "lot/103.pgm");
    return mean_outputs(batch);
  };
  std::ostringstream page;
  benchmark(desk.options, fake_loader(vandal), probes_of(time), page);
  last = static_cast<int>(share * std::exchange(calls, 0));
  CAPTURE(last);
  desk.options.overwrite = true;
  CHECK_THROWS_WITH(benchmark(desk.options, fake_loader(vandal), probes_of(time), page),
                    ContainsSubstring("103.pgm: image.unreadable"));
}

TEST_CASE("an image's error in a measured stage is not an error of ours", "[benchmark]") {
  FakeTime time;
  const StageLoop loop{"decode", 1, 1,
                       [&](int, std::size_t) { throw ItemError("image.empty", "gone"); }};
  const auto now = [&time] { return time.now(); };
  CHECK_THROWS_AS(seconds_per_image(refusing(loop), 1, 1, now), Error);
  CHECK_THROWS_WITH(seconds_per_image(refusing(loop), 1, 1, now),
                    ContainsSubstring("stage decode: image.empty: gone"));
  const auto where = [](std::size_t) { return std::string("a.png"); };
  CHECK_THROWS_WITH(seconds_per_image(refusing(loop, where), 1, 1, now),
                    ContainsSubstring("a.png: image.empty"));
}

TEST_CASE("a speed beyond what the stages allow is not valid", "[benchmark]") {
  BenchResult result = sound_result();
  CHECK(reasons_of(result).empty());
  result.end_to_end.images_per_s = {1.2 * result.bound(), 1};
  CHECK_THAT(reasons_of(result).at(0), ContainsSubstring("1.20 times what the stages allow"));
}

TEST_CASE("the guard's look at a picture is part of the decode stage, as in inspect",
          "[benchmark]") {
  const TempFolder folder;
  ModelPackage package = read_package(write_package(folder.path(), "weights"));
  const Preparer preparer(package, {});
  const std::string file = gray_pgm(1500, 1500, 30);
  BenchSample sample;
  sample.bytes.emplace_back(file.begin(), file.end());
  sample.images.push_back(preparer.decode(sample.bytes.front()));
  const auto decode_seconds = [&] {
    const auto loop = format_loops(sample, preparer, package).back();  // uncompressed
    return measure_loops({loop}, 1, 3, 0, real_probes().now).front().median;
  };
  const double plain = decode_seconds();
  package.guard.emplace();
  CHECK(decode_seconds() > 1.5 * plain);
}

TEST_CASE("the model is called slow only where it takes most of the time", "[benchmark]") {
  BenchResult result = sound_result();
  BenchmarkOptions options;
  options.target_fps = 150;
  const auto page = [&] {
    std::ostringstream out;
    print_benchmark(benchmark_json(result, sound_sample(), ModelPackage{}, options, {}), out);
    return out.str();
  };
  CHECK_THAT(page(), ContainsSubstring("the model takes most of the time, so a GPU would help"));
  result.stages[static_cast<std::size_t>(Stage::infer)] = {0.004, 0.0};
  result.stages[static_cast<std::size_t>(Stage::decode)] = {0.007, 0.0};
  CHECK_THAT(page(), ContainsSubstring("asked for; a GPU would help"));
}

TEST_CASE("large pictures are fewer, but enough, and from all of the list", "[benchmark]") {
  const Desk desk(64);
  const ModelPackage package = read_package(desk.options.model);
  const Preparer preparer(package, {});
  const Listing listing =
      list_images({desk.options.inputs, desk.options.files_from, false, {}, {}});
  CHECK(take_sample(listing, preparer).images.size() == 64);
  const BenchSample large = take_sample(listing, preparer, {1, 1U << 20U});
  REQUIRE(large.images.size() == kLeastSample);
  CHECK(large.listing.images[1] == "104.pgm");
  CHECK(large.listing.images[15] == "160.pgm");
  CHECK_FALSE(large.memory_full);
  const BenchSample huge = take_sample(listing, preparer, {1, 1});
  CHECK(huge.images.size() == 1);
  CHECK(huge.memory_full);
  CHECK_THAT(sentence(invalid_reasons(sound_result(), huge, false).at(0)),
             ContainsSubstring("only 1 pictures of this size fit"));
}
