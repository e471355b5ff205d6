#include "batch_size.hpp"
#include "bench_result.hpp"
#include "bench_stages.hpp"
#include "bench_sweep.hpp"
#include "input_list.hpp"
#include "run_folder.hpp"

#include <zeromiss/base/cpu.hpp>
#include <zeromiss/base/files.hpp>
#include <zeromiss/base/json.hpp>
#include <zeromiss/base/message.hpp>
#include <zeromiss/base/stop.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/model/engine_options.hpp>
#include <zeromiss/model/self_test.hpp>
#include <zeromiss/report/benchmark_html.hpp>
#include <zeromiss/report/metrics_report.hpp>
#include <zeromiss/tools/benchmark.hpp>

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <oneapi/tbb/global_control.h>
#include <opencv2/core/utility.hpp>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <system_error>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

constexpr int kRounds = 7;
/// Each stage's share of a round, of --seconds; a stage takes longer where one pass does.
constexpr double kStageShare = 0.015;

/// A folder for what is written only to be measured; gone at the end, however it ends.
class Scratch {
 public:
  explicit Scratch(const fs::path& output)
      : folder_((output.empty() ? fs::temp_directory_path() : output) /
                fmt::format(".benchmark-{}", ::getpid())) {
    make_folder(folder_);
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  [[nodiscard]] fs::path folder(const std::string& name) const {
    fs::create_directories(folder_ / name);
    return folder_ / name;
  }

 private:
  fs::path folder_;
};

void check_options(const BenchmarkOptions& options) {
  const auto refuse = [](const std::string& what) { throw Error(ErrorKind::usage, what); };
  if (options.model.empty())
    refuse("--model is missing: the model package, a folder with model.json");
  if (!(options.target_fps > 0) || !std::isfinite(options.target_fps))
    refuse("--target-fps: expected a number above 0");
  if (!(options.seconds > 0) || !std::isfinite(options.seconds))
    refuse("--seconds: expected a number above 0");
  if (!options.output.empty()) refuse_existing_metrics(options.output, options.overwrite);
}

/// One benchmark from the package to the figures.
class Bench {
 public:
  Bench(const BenchmarkOptions& options, const EngineLoader& load, const BenchmarkProbes& probes)
      : options_(options),
        load_(load),
        probes_(probes),
        age_at_begin_(process_age_s()),
        package_(read_package(options.model)),
        preparer_(package_, options.prepare),
        workers_(options.threads > 0 ? options.threads : usable_cpus()),
        progress_(options.quiet ? ProgressMode::never : options.progress, "steps",
                  kSteps + (options.compare.empty() ? 0 : 1)) {
    if (options.compare.empty()) return;
    other_.emplace(read_package(options.compare));
    require_same_model(package_, *other_);
    if (options.precision != package_.precision || options.precision != other_->precision)
      throw Error(ErrorKind::usage,
                  fmt::format("--compare with --precision {}: expected the precision that the "
                              "limits of both packages were set at ({}, {})",
                              precision_name(options.precision), precision_name(package_.precision),
                              precision_name(other_->precision)));
  }

  nlohmann::ordered_json run() {
    const double begin = probes_.now();
    const Listing listing = list_images(
        {options_.inputs, options_.files_from, options_.nul_separated, {}, options_.output});
    refuse_empty(listing);
    weights_ = read_weights(package_);
    const double searching = probes_.now();
    result_.batch = options_.batch > 0 ? options_.batch
                                       : fastest_batch([&](int n) { return engine(n); }, preparer_,
                                                       workers_, probes_.now);
    const double search = probes_.now() - searching;
    const Scratch scratch(options_.output);
    const auto main_engine = start(listing, scratch);
    result_.cold_start_s = age_at_begin_ + (probes_.now() - begin) - search;

    result_.workers = workers_;
    result_.precision = options_.precision;
    result_.in_flight = main_engine->in_flight();
    prove_sweep();
    if (other_) load_other();
    const BenchSample sample = take_sample(listing, preparer_);
    result_.before = probes_.machine();
    const double measuring = probes_.now();
    measure(sample, *main_engine, scratch);
    result_.measured_s = probes_.now() - measuring;
    result_.after = probes_.machine();
    progress_.finish();
    require_not_stopped();  // most loops do not look: they end soon
    return benchmark_json(result_, sample, package_, options_,
                          invalid_reasons(result_, sample, probes_.debug_build));
  }

 private:
  static constexpr std::uint64_t kSteps = 6;

  std::unique_ptr<Engine> engine(int images) const { return engine(images, options_.precision); }

  std::unique_ptr<Engine> engine(int images, Precision precision) const {
    const int most = std::max(workers_, most_threads(options_.sweep));
    return load_(weights_,
                 engine_options(package_, preparer_, {options_.device, images, precision, most}));
  }

  /// A precision that the limits were not set at is measured, too: nobody gets a verdict here. But
  /// it must be the same model.
  void prove(Engine& engine, Precision precision, int batch) const {
    ModelPackage package = package_;
    if (precision != package.precision)
      package.golden = golden_results(engine, package_, preparer_, batch);
    run_self_test(engine, package, preparer_, batch, workers_);
  }

  /// All precisions of the sweep can be computed here, before anything is measured.
  void prove_sweep() const {
    for (const Precision precision :
         parse_sweep(options_.sweep, result_.batch, workers_, options_.precision).precisions)
      if (precision != options_.precision) prove(*engine(1, precision), precision, 1);
  }

  /// As inspect starts: engine, self-test, first slice, its records on the disk.
  std::unique_ptr<Engine> start(const Listing& listing, const Scratch& scratch) {
    auto loaded = engine(result_.batch);
    prove(*loaded, options_.precision, result_.batch);
    const SliceRunner runner(listing, package_, package_.limits, preparer_, *loaded, result_.batch);
    RecordWriter writer(scratch.folder("first"), Resumed{});
    const SliceResult first = runner.run(0);
    writer.append(first.lines, first.modified);
    writer.close();
    result_.device = loaded->device();
    result_.device_reason = loaded->device_reason();
    result_.engine = loaded->library();
    return loaded;
  }

  void measure(const BenchSample& sample, Engine& main_engine, const Scratch& scratch) {
    const auto setup = [&](Engine& engine, int batch, int workers) {
      return PipelineSetup{sample,     package_, package_.limits, preparer_,
                           engine,     batch,    workers,         scratch.folder("pipeline"),
                           probes_.now};
    };
    step("end to end");
    result_.end_to_end =
        measure_pipeline(setup(main_engine, result_.batch, workers_), options_.seconds);
    result_.peak_rss_mib = peak_rss_mib();
    result_.peak_vram_bytes = main_engine.peak_device_bytes();
    step("one worker");
    result_.one_worker =
        workers_ == 1 ? result_.end_to_end.images_per_s
                      : measure_pipeline(setup(main_engine, result_.batch, 1), options_.seconds / 2)
                            .images_per_s;
    step("latency");
    const int at_once = preparer_.tiled() ? result_.batch : 1;
    const auto single = engine(at_once);
    result_.latencies =
        measure_latency(setup(*single, at_once, 1), result_.end_to_end.lines, options_.seconds / 4);
    step("stages");
    measure_stages(sample, main_engine, scratch);
    measure_bf16(sample, scratch);
    step("sweep");
    result_.sweep = sweep(
        parse_sweep(options_.sweep, result_.batch, workers_, options_.precision),
        [&](int images, Precision precision) { return engine(images, precision); }, setup,
        options_.seconds / 4);
    if (other_) compare(setup(main_engine, result_.batch, workers_));
    step("");
  }

  /// Proven by the same golden images as the engine that is measured, before anything is.
  void load_other() {
    other_preparer_.emplace(*other_, options_.prepare);
    other_engine_ =
        load_(read_weights(*other_),
              engine_options(*other_, *other_preparer_,
                             {options_.device, result_.batch, options_.precision, workers_}));
    run_self_test(*other_engine_, *other_, *other_preparer_, result_.batch, workers_);
  }

  void compare(const PipelineSetup& setup) {
    step("engines");
    const PipelineSetup beside{setup.sample,     *other_,        other_->limits,
                               *other_preparer_, *other_engine_, setup.batch,
                               setup.workers,    setup.scratch,  setup.now};
    result_.engines =
        compare_engines({setup, options_.model}, {beside, options_.compare}, options_.seconds / 4);
  }

  void measure_stages(const BenchSample& sample, Engine& main_engine, const Scratch& scratch) {
    const auto records = records_of(result_.end_to_end);
    const StageInputs inputs{sample,    package_,    package_.limits,
                             preparer_, main_engine, result_.batch,
                             workers_,  records,     scratch.folder("write")};
    const double seconds = kStageShare * options_.seconds;
    const auto stages = measure_loops(stage_loops(inputs), workers_, kRounds, seconds, probes_.now);
    std::copy(stages.begin(), stages.end(), result_.stages.begin());
    if (result_.in_flight > 0)  // as many batches as a GPU has in flight, or its rate looks smaller
      result_.stages[static_cast<std::size_t>(Stage::infer)] =
          measure_loops({infer_loop(inputs)}, workers_ + result_.in_flight, kRounds, seconds,
                        probes_.now)
              .front();
    const auto others = format_loops(sample, preparer_, package_);
    const auto decodes = measure_loops(others, workers_, 3, seconds, probes_.now);
    for (std::size_t i = 0; i < others.size(); ++i) result_.formats[others[i].name] = decodes[i];
    drop_from_page_cache(sample);
    StageLoop cold = stage_loops(inputs).front();
    result_.cold_read_s = seconds_per_image(cold, 1, 0, probes_.now);
  }

  /// The model's time in bf16, where that could make anything faster.
  void measure_bf16(const BenchSample& sample, const Scratch& scratch) {
    if (options_.precision == Precision::bf16) {
      result_.why_no_bf16 = "these figures are those of bf16";
    } else if (result_.device == "cpu" && !probes_.cpu_has_bf16) {
      result_.why_no_bf16 = "this processor does not multiply bf16 itself";
    } else if (result_.device != "cpu") {
      result_.why_no_bf16 = "computed for processors alone";
    } else {
      try {
        const auto other = engine(result_.batch, Precision::bf16);
        prove(*other, Precision::bf16, result_.batch);
        const std::vector<Record> none;
        const StageInputs inputs{sample,    package_, package_.limits,
                                 preparer_, *other,   result_.batch,
                                 workers_,  none,     scratch.folder("write")};
        result_.bf16_infer = measure_loops({infer_loop(inputs)}, workers_, kRounds,
                                           kStageShare * options_.seconds, probes_.now)
                                 .front();
      } catch (const std::exception& error) {  // the model's own matter: everything else stands
        result_.why_no_bf16 = error.what();
      }
    }
  }

  void step(const std::string& what) { progress_.update(done_++, what); }

  const BenchmarkOptions& options_;
  const EngineLoader& load_;
  const BenchmarkProbes& probes_;
  double age_at_begin_;
  ModelPackage package_;
  Preparer preparer_;
  std::optional<ModelPackage> other_;  ///< of --compare
  std::optional<Preparer> other_preparer_;
  std::unique_ptr<Engine> other_engine_;
  int workers_;
  Progress progress_;
  std::uint64_t done_ = 0;
  std::vector<std::uint8_t> weights_;
  BenchResult result_;
};

}  // namespace

BenchmarkProbes real_probes() {
  BenchmarkProbes probes;
  probes.now = [] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
  };
  probes.machine = [] { return read_machine(); };
  probes.cpu_has_bf16 = cpu_has_bf16();
#ifndef NDEBUG
  probes.debug_build = true;
#endif
  return probes;
}

int benchmark(const BenchmarkOptions& options, const EngineLoader& load,
              const BenchmarkProbes& probes, std::ostream& out) {
  check_options(options);
  cv::setNumThreads(1);
  const int workers = options.threads > 0 ? options.threads : usable_cpus();
  namespace tbb = oneapi::tbb;
  const tbb::global_control limit(
      tbb::global_control::max_allowed_parallelism,
      static_cast<std::size_t>(std::max(workers, most_threads(options.sweep)) +
                               (options.device == "cpu" ? 0 : Engine::kMostInFlight)));
  nlohmann::ordered_json json;
  try {
    json = Bench(options, load, probes).run();
  } catch (const Error& error) {
    if (stop_signal() == 0) throw;
    print_message(fmt::format("benchmark: {}\n", error.what()));
    return signal_exit_code(stop_signal());
  }
  print_benchmark(json, out);
  if (!options.output.empty()) {
    make_folder(options.output);
    write_benchmark_html(options.output, json);
    write_file_atomically(options.output / kBenchmarkFile, json_pretty(json));
    fmt::print(out, "\n{}\n", (options.output / kHtmlFile).string());
  }
  return json.at("valid").get<bool>() ? kExitDone : exit_code(ErrorKind::evidence);
}

}  // namespace zeromiss
