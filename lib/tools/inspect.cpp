#include "batch_size.hpp"
#include "coco_ids.hpp"
#include "derived_files.hpp"
#include "expected_images.hpp"
#include "input_list.hpp"
#include "inspect_checks.hpp"
#include "isolate.hpp"
#include "pipeline.hpp"
#include "run_folder.hpp"
#include "run_info.hpp"
#include "slice_runner.hpp"
#include "stability.hpp"
#include "summary.hpp"
#include "thumbnails.hpp"

#include <zeromiss/base/cpu.hpp>
#include <zeromiss/base/files.hpp>
#include <zeromiss/base/message.hpp>
#include <zeromiss/base/presence.hpp>
#include <zeromiss/base/stop.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/dataset/image_hashes.hpp>
#include <zeromiss/model/engine_options.hpp>
#include <zeromiss/model/halving.hpp>
#include <zeromiss/model/self_test.hpp>
#include <zeromiss/report/html.hpp>
#include <zeromiss/report/prometheus.hpp>
#include <zeromiss/tools/inspect.hpp>

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <nlohmann/json.hpp>
#include <oneapi/tbb/global_control.h>
#include <opencv2/core/utility.hpp>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <iostream>
#include <sstream>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

int recorded_batch(const Json& earlier_run) {
  const JsonDocument document(earlier_run.dump(), kRunFile, ErrorKind::input);
  constexpr int kMostSlots = 1024;
  return static_cast<int>(document.root().at("settings").at("batch").integer(1, kMostSlots));
}

/// One run from the checked package to the written reports; its members are what the steps share.
class InspectRun {
 public:
  InspectRun(const InspectOptions& options, int threads, const EngineLoader& load,
             std::ostream& out)
      : options_(options),
        load_(load),
        out_(out),
        package_(read_package(options.model, {options.model_sha256, options.model_key})),
        limits_(limits_in_force(options, package_)),
        preparer_(package_, options.prepare),
        shard_(shard_in_force(options.shard)),
        threads_(threads) {
    if (!options.for_calibration) require_limits_at(options.precision, package_);
    if (!shard_.whole() &&
        (!options.roll_up.part_pattern.empty() || !options.roll_up.id_pattern.empty()))
      throw Error(ErrorKind::usage,
                  "--part-pattern and --id-pattern with --shard: a shard may hold half a part; use "
                  "inspect merge, then inspect export");
    if (!shard_.whole() && options.batch == 0)
      throw Error(ErrorKind::usage,
                  "--batch auto with --shard: every shard would measure its own; give --batch N");
  }

  int run() {
    const auto start = std::chrono::steady_clock::now();
    hashes_ = read_hash_list(options_);
    Listing listing = list_images({options_.inputs, options_.files_from, options_.nul_separated,
                                   options_.listing, options_.output});
    if (hashes_ && options_.files_from.empty())
      add_lost_images(*hashes_, options_.listing.all_files, listing);
    refuse_empty(listing);
    check_names(options_.roll_up, listing);
    coco_ids_ = read_coco_ids(options_.coco_ids);
    if (coco_ids_) require_ids(*coco_ids_, listing.images, defect_classes());
    const ExistingOutput existing = options_.overwrite ? ExistingOutput::overwrite
                                    : options_.resume  ? ExistingOutput::resume
                                                       : ExistingOutput::refuse;
    refuse_existing(options_.output, existing);
    if (options_.dry_run) return dry_run(listing);

    // An existing folder is locked at once; a new one is made, and an old one emptied, only when
    // the model works.
    std::optional<RunFolder> folder;
    std::error_code ignored;
    if (fs::exists(options_.output, ignored)) folder.emplace(options_.output, existing);
    const auto earlier = folder && options_.resume ? folder->earlier_run() : std::nullopt;
    load_engine(earlier && options_.batch == 0 ? recorded_batch(*earlier) : options_.batch);
    if (!folder) folder.emplace(options_.output, existing);
    if (options_.overwrite) folder->clear();
    return fill(listing, *folder, earlier, start);
  }

 private:
  int fill(const Listing& listing, RunFolder& folder, const std::optional<Json>& earlier,
           std::chrono::steady_clock::time_point start) {
    const ListPart part = part_of(shard_, listing.images.size(), preparer_.slice(batch_));
    const std::string hash_list = hashes_ ? hashes_->sha256() : "";
    Json run = run_json({options_, package_, limits_, *engine_, listing, part, hash_list, batch_,
                         threads_, position_exact_, golden_measured_ ? &package_.golden : nullptr});
    if (halving_->at_once() > 0) run["device"]["images_at_once"] = halving_->at_once();
    if (isolated_ != nullptr)
      run["isolation"] = {{"sandbox", isolated_->sandbox()},
                          {"image_timeout_s", image_timeout(options_)}};
    if (proof_) run["settings"]["prove_stable"] = proof_->settings();
    if (options_.verbose) print_settings(run);
    Resumed resumed;
    if (earlier) {
      refuse_other_run(options_.output / kRunFile, *earlier, run);
      resumed = folder.check_records(listing, part, options_.verify);
    } else {
      if (package_.calibration)
        folder.write_calibration_images(package_.folder, *package_.calibration);
      folder.write_run(run);
    }
    const fs::path summary_file = folder.path() / kSummaryFile;
    if (resumed.complete) {  // reports are made again at any time
      const auto summary = JsonDocument::read(summary_file, ErrorKind::input, kMaxSummaryBytes);
      write_reports(listing, folder, summary);
      if (!is_there(folder.path() / kPrometheusFile, ErrorKind::output))  // killed just before it
        write_prometheus(folder.path(), run, summary.root().raw(), std::time(nullptr));
    } else {
      folder.withdraw_summary();
      const auto summary = work_through(listing, part, folder, resumed, start);
      if (!summary) return stopped(resumed);
      folder.require_in_place();
      write_reports(listing, folder, JsonDocument(*summary, kSummaryFile, ErrorKind::input));
      folder.require_in_place();
      write_file_atomically(summary_file, *summary);  // last: whoever sees it finds everything else
      // Only this one comes later: it says when a run was complete, so it must not be there before.
      write_prometheus(folder.path(), run, Json::parse(*summary), std::time(nullptr));
    }
    return print_end(listing, resumed.tally);
  }

  [[nodiscard]] std::vector<std::string> defect_classes() const {
    std::vector<std::string> names;
    for (const ClassInfo& info : package_.classes)
      if (info.defect) names.push_back(info.name);
    return names;
  }

  void print_settings(const Json& run) const {
    print_message(fmt::format(
        "inspect: {} {} on {} ({}), {}, batch {}, {} threads\n", printable(package_.name),
        printable(package_.version), run.at("device").at("type").get<std::string>(),
        run.at("device").at("reason").get<std::string>(), engine_->library(), batch_, threads_));
    if (isolated_ != nullptr)
      print_message(fmt::format("inspect: the model is isolated: {}; {} s an image\n",
                                isolated_->sandbox(), image_timeout(options_)));
  }

  int dry_run(const Listing& listing) {
    load_engine(std::max(options_.batch, 1));  // auto would measure
    fmt::print(out_, "model   {} {} ({}), limits review_at {} reject_at {}\n",
               printable(package_.name), printable(package_.version), task_name(package_.task),
               limits_.review_at, limits_.reject_at);
    fmt::print(out_, "pin     --model-sha256 {}\n", package_.manifest_sha256);
    fmt::print(out_, "images  {} to inspect, {} other files skipped\n", listing.images.size(),
               listing.skipped.size());
    if (!shard_.whole())
      fmt::print(out_, "shard   {}: {} of these images\n", shard_.text(),
                 part_of(shard_, listing.images.size(), preparer_.slice(options_.batch)).size());
    fmt::print(out_, "output  {} (nothing written: --dry-run)\n",
               printable(options_.output.string()));
    return kExitDone;
  }

  [[nodiscard]] EngineOptions shape(int images) const {
    return engine_options(package_, preparer_,
                          {options_.device, images, options_.precision, threads_});
  }

  void load_engine(int batch) {
    const std::vector<std::uint8_t> weights = read_weights(package_);
    if (package_.calibration)  // part of the package: without it nothing is begun
      ImageHashes::read(package_.folder / kCalibrationImagesFile, package_.calibration->sha256,
                        ErrorKind::input);
    const auto load = [&](int images) -> std::unique_ptr<Engine> {
      if (!options_.isolate) return load_(weights, shape(images));
      auto isolated = std::make_unique<IsolatedEngine>(weights, shape(images),
                                                       isolation_of(options_, threads_));
      isolated_ = isolated.get();
      return isolated;
    };
    batch_ = batch > 0 ? batch : fastest_batch(load, preparer_, threads_);
    const auto tell = [this](int whole, int at_once, const std::string& cause) {
      if (!options_.quiet)
        print_message(fmt::format(
            "inspect: the device's memory does not hold {} images at once ({}): {} from now on, "
            "every image keeps its place\n",
            whole, cause, at_once));
    };
    auto halving = std::make_unique<HalvingEngine>(load(batch_), tell);
    halving_ = halving.get();
    engine_ = std::move(halving);
    if (options_.precision == Precision::bf16 && engine_->device() == "cpu" && !cpu_has_bf16() &&
        !options_.quiet)
      print_message(
          "inspect: note: this processor does not multiply bf16 itself: it is slower here than "
          "fp32\n");
    if (options_.precision != package_.precision) {
      package_.golden = golden_results(*engine_, package_, preparer_, batch_);
      golden_measured_ = true;
    }
    position_exact_ = run_self_test(*engine_, package_, preparer_, batch_, threads_).position_exact;
    if (isolated_ != nullptr) admit_children(*isolated_, shape(batch_));
    if (options_.prove_stable) prepare_proof(weights);
  }

  /// The golden images, one of them or all. At another precision than the run's no scores are
  /// known: there the engine must only be near them.
  void prove_engine(Engine& engine, const EngineOptions& shape, const ModelPackage& package) const {
    if (shape.precision == options_.precision)
      run_self_test(engine, package, preparer_, shape.images, 1);
    else
      golden_results(engine, package, preparer_, shape.images);
  }

  /// Every process that has the model proves itself, not only those that the self-test came to.
  void admit_children(IsolatedEngine& engine, const EngineOptions& shape) const {
    ModelPackage one = package_;
    // One with a defect where there is one: it shows more than a good picture.
    const auto defective = std::find_if(one.golden.begin(), one.golden.end(),
                                        [](const Golden& golden) { return golden.score > 0.0; });
    if (defective != one.golden.end()) std::iter_swap(one.golden.begin(), defective);
    one.golden.resize(1);
    const auto proof = [this, one, shape](Engine& child) { prove_engine(child, shape, one); };
    engine.admit(proof, image_limit(options_));
  }

  /// What the proof of stability computes with proves itself, too.
  void prepare_proof(const std::vector<std::uint8_t>& weights) {
    const auto load = [&](const EngineOptions& shape) -> std::unique_ptr<Engine> {
      if (options_.isolate) {
        auto engine = std::make_unique<IsolatedEngine>(weights, shape,
                                                       isolation_of_one_more(options_, threads_));
        prove_engine(*engine, shape, package_);
        admit_children(*engine, shape);
        return engine;
      }
      auto engine = load_(weights, shape);
      prove_engine(*engine, shape, package_);
      return engine;
    };
    const auto load_if_possible = [&](const EngineOptions& shape) -> std::unique_ptr<Engine> {
      if (shape.precision == options_.precision) return load(shape);
      try {
        return load(shape);
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::input && error.kind() != ErrorKind::device) throw;
        if (!options_.quiet)
          print_message(fmt::format("inspect: note: --prove-stable leaves {} out: {}\n",
                                    precision_name(shape.precision), error.what()));
        return nullptr;
      }
    };
    proof_.emplace(package_, limits_, preparer_, options_.stability_band.value_or(kStabilityBand),
                   stability_reruns(shape(1), engine_->device(), load_if_possible));
  }

  /// @return the text of summary.json; none when a signal stopped it, with everything so far on the
  /// disk
  std::optional<std::string> work_through(const Listing& listing, const ListPart& part,
                                          const RunFolder& folder, Resumed& resumed,
                                          std::chrono::steady_clock::time_point start) {
    const std::uint64_t earlier = resumed.records;
    const SliceRunner runner(listing, package_, limits_, preparer_, *engine_, batch_,
                             {hashes_ ? &*hashes_ : nullptr, hold(), proof_ ? &*proof_ : nullptr});
    RecordWriter writer(folder.path(), resumed);
    Progress progress(options_.quiet ? ProgressMode::never : options_.progress, "images",
                      part.size());
    StageSeconds stages{};
    const auto first_slice = std::chrono::steady_clock::now();
    const auto append = [&](const SliceResult& slice) {
      writer.append(slice.lines, slice.modified);
      resumed.tally.add(slice.tally);
      resumed.records += slice.tally.images;
      for (std::size_t i = 0; i < stages.size(); ++i) stages[i] += slice.seconds[i];
      progress.update(resumed.records, tally_note(resumed.tally));
    };
    progress.update(earlier, tally_note(resumed.tally));  // or the first slice counts as found
    run_pipeline(runner, part.slices_from(part.first + earlier), threads_ + engine_->in_flight(),
                 {append, [&] { writer.sync(); }});
    writer.close();
    progress.finish();
    if (resumed.records != part.size() && stop_signal() != 0) return std::nullopt;
    const auto now = std::chrono::steady_clock::now();
    const std::chrono::duration<double> total = now - start, working = now - first_slice;
    const std::string sha256 = proven_results_sha256(listing, part, folder.path() / kResultsFile);
    const double rate =
        static_cast<double>(resumed.records - earlier) / std::max(working.count(), 1e-9);
    return json_pretty(
        summary_json({resumed.tally, skipped_json(listing), stages, total.count(), rate, sha256,
                      part.shard, batch_, halving_->at_once(), proof_.has_value()}));
  }

  /// Why no image may pass; empty: the limits decide.
  [[nodiscard]] std::string hold() const {
    if (!options_.for_calibration) return "";
    return fmt::format("{}: no limits were set for these scores at {}", kForCalibration,
                       precision_name(options_.precision));
  }

  /// Derived files: made again from the records at any time.
  void write_reports(const Listing& listing, const RunFolder& folder, const JsonDocument& summary) {
    pictures_whole_ = write_derived_files(
        folder.path(), {options_.csv_bom, options_.no_masks, coco_ids_ ? &*coco_ids_ : nullptr,
                        options_.save_overlay, &listing, preparer_.decode_options(), threads_});
    incomplete_ = roll_up(folder.path(), folder.path(), options_.roll_up, rolled_up_);
    if (options_.no_html) return;
    HtmlOptions html;
    html.threads = threads_;
    html.thumbnail = [&](const Record& record) {
      return thumbnail(listing, record, preparer_.decode_options());
    };
    write_inspect_html(folder.path(), summary, html);
  }

  int stopped(const Resumed& resumed) {
    print_message(
        fmt::format("inspect: stopped after {} images; the same command with --resume goes on\n",
                    resumed.records));
    return signal_exit_code(stop_signal());
  }

  int print_end(const Listing& listing, const Tally& tally) {
    fmt::print(out_, "{} images: {}\n", tally.images, tally_note(tally));
    for (const auto& [code, count] : tally.errors)
      fmt::print(out_, "  ERROR {}: {}\n", code, count);
    out_ << held_note(tally, proof_.has_value());
    if (!listing.skipped.empty())
      fmt::print(out_, "{} other files skipped (listed in {})\n", listing.skipped.size(),
                 kSummaryFile);
    if (!position_exact_ && !options_.quiet)
      print_message(
          "inspect: note: with this model a picture's place in the batch changes the last digits "
          "of its score\n");
    if (options_.for_calibration && !options_.quiet)
      print_message(
          "inspect: note: --for-calibration: no image passes; give this output to evaluate "
          "calibrate --model\n");
    out_ << rolled_up_.str();
    fmt::print(
        out_, "{}\n",
        printable((options_.output / (options_.no_html ? kResultsFile : kHtmlFile)).string()));
    if (!pictures_whole_) return exit_code(ErrorKind::output);
    // A REJECT that is not stable is REVIEW, but no less bad to whoever asked for none.
    const std::uint64_t rejected = tally.reject + tally.unstable_reject;
    const bool failed = (options_.fail_on != FailOn::none && rejected > 0) ||
                        (options_.fail_on == FailOn::review && tally.review > 0);
    if (failed) return kExitGateFailed;
    return tally.error > 0 || incomplete_ ? kExitSomeImagesFailed : kExitDone;
  }

  const InspectOptions& options_;
  const EngineLoader& load_;
  std::ostream& out_;
  ModelPackage package_;
  Limits limits_;
  Preparer preparer_;
  std::optional<HashList> hashes_;
  Shard shard_;
  int threads_;
  int batch_ = 1;
  std::unique_ptr<Engine> engine_;
  HalvingEngine* halving_ = nullptr;    ///< engine_
  IsolatedEngine* isolated_ = nullptr;  ///< within engine_, with --isolate
  std::optional<StabilityProof> proof_;
  bool position_exact_ = true;
  bool golden_measured_ = false;  ///< at a precision that the package has no limits for
  bool incomplete_ = false;       ///< a part or die is in ERROR or missing
  std::ostringstream rolled_up_;
  std::optional<CocoIds> coco_ids_;
  bool pictures_whole_ = true;  ///< every overlay that was asked for could be made
};

}  // namespace

int inspect(const InspectOptions& options, const EngineLoader& load, std::ostream& out) {
  check_options(options);
  cv::setNumThreads(1);  // our workers are the threads
  const int threads = options.threads > 0 ? options.threads : usable_cpus();
  // oneTBB counts the machine's processors; a container may have fewer, a user may want more.
  // Beside a GPU some more of them sleep until it is done.
  const int sleepers = options.device == "cpu" ? 0 : Engine::kMostInFlight;
  namespace tbb = oneapi::tbb;
  const tbb::global_control workers(tbb::global_control::max_allowed_parallelism,
                                    static_cast<std::size_t>(threads + sleepers));
  return InspectRun(options, threads, load, out).run();
}

}  // namespace zeromiss
