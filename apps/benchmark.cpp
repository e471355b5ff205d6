// benchmark: what speed this PC really gives. The manual is apps/README.md.
#include "benchmark_commands.hpp"
#include "choices.hpp"
#include "commands.hpp"
#include "run_main.hpp"

#include <zeromiss/model/engines.hpp>
#include <zeromiss/tools/benchmark.hpp>

#include <array>
#include <iostream>

namespace {

using zeromiss::BenchmarkOptions;
using zeromiss::app::add_choice;
using zeromiss::app::add_count;
using zeromiss::app::Command;

void bind(CLI::App& app, BenchmarkOptions& o) {
  app.add_option("-m,--model", o.model, "Model package: a folder with model.json")
      ->type_name("DIR");
  app.add_option("-i,--input", o.inputs, "Folders (with their subfolders) or single images")
      ->type_name("PATH");
  app.add_option("--compare", o.compare,
                 "The same model with weights in another format: run both in turn and say which to "
                 "use")
      ->type_name("DIR");
  app.add_option("--files-from", o.files_from,
                 "Take the images from the paths in FILE, one a line (- for stdin)")
      ->type_name("FILE|-");
  app.add_flag("-0,--null", o.nul_separated,
               "Paths of --files-from end with NUL instead of a line end");
  app.add_option("-o,--output", o.output,
                 "Folder for benchmark.json and report.html; without it only the page is printed")
      ->type_name("DIR");
  app.add_flag("--overwrite", o.overwrite, "Replace an earlier benchmark in --output");
  app.add_option("-d,--device", o.device, "Where the model runs")
      ->type_name("auto|cpu|cuda[:N]|gpu[:N]")
      ->capture_default_str();
  add_count(app, "-b,--batch", o.batch, 1024, "Images a forward pass; auto: find the fastest");
  add_count(app, "-t,--threads", o.threads, 1024, "Workers; auto: every CPU this process may use");
  zeromiss::app::add_precision(app, o.precision,
                               "Arithmetic of the model; also one that its limits were not set at: "
                               "no verdict is given here");
  app.add_option("--target-fps", o.target_fps, "Images a second that are asked for")
      ->type_name("FPS")
      ->capture_default_str();
  app.add_option("--images-per-night", o.images_per_night, "Say how many hours so many images take")
      ->check(zeromiss::app::at_least_one())
      ->type_name("N");
  app.add_option("--seconds", o.seconds, "Length of the end-to-end measurement")
      ->type_name("S")
      ->capture_default_str();
  app.add_option("--sweep", o.sweep,
                 "Measure combinations too: --sweep batch=1,2,4,8 threads=1,2 precision=fp32,bf16")
      ->type_name("KEY=N,N,…");
  add_choice<zeromiss::ProgressMode>(app, "--progress", o.progress,
                                     {{"auto", zeromiss::ProgressMode::automatic},
                                      {"always", zeromiss::ProgressMode::always},
                                      {"never", zeromiss::ProgressMode::never}},
                                     "Show how far it is; auto: on a terminal, or for long runs");
  app.add_flag("-v,--verbose", o.verbose, "Say more on stderr");
  app.add_flag("-q,--quiet", o.quiet, "Only errors on stderr");
}

constexpr std::array kCommands{
    Command{"choose", zeromiss::app::benchmark_choose},
    Command{"spec", zeromiss::app::benchmark_spec},
    Command{zeromiss::app::kPackageCommand, zeromiss::app::benchmark_package}};

}  // namespace

int main(int argc, char** argv) {
  const auto* command = zeromiss::app::find_command(kCommands, argc, argv);
  if (command != nullptr) return command->run(argc - 1, argv + 1);
  CLI::App app{"Measure what speed this PC really gives with a model and your images", "benchmark"};
  BenchmarkOptions options;
  bind(app, options);
  zeromiss::app::add_common(app);
  app.footer(
      "Commands, each with its own --help: benchmark choose picks one of several packages,\n"
      "benchmark spec writes the specification sheet of one.\n"
      "The first line says VALID, or INVALID and why: then the figures must not be quoted.\n"
      "Exit codes: 0 valid, 2 usage, 3 images or model unusable, 5 cannot write, 6 device "
      "missing,\n"
      "8 not valid, 70 a bug.\n"
      "Example: benchmark -m data/models/wafer-map-cnn -i data/samples --target-fps 1");
  return zeromiss::app::run_main(app, argc, argv, [&] {
    return zeromiss::benchmark(options, zeromiss::load_engine, zeromiss::real_probes(), std::cout);
  });
}
