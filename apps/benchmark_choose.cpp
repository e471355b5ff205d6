#include "benchmark_commands.hpp"
#include "choices.hpp"
#include "run_main.hpp"

#include <zeromiss/model/engines.hpp>
#include <zeromiss/tools/choose.hpp>

#include <iostream>

namespace zeromiss::app {
namespace {

/// The same words that benchmark_package() reads.
std::vector<std::string> words_of(const PackageOrder& order) {
  std::vector<std::string> words{
      "benchmark",
      kPackageCommand,
      order.what == Measurement::speed ? "--what=speed" : "--what=inspection",
      "--model=" + order.package.string(),
      "--output=" + order.folder.string(),
      "--device=" + order.device,
      "--batch=" + std::to_string(order.batch),
      "--threads=" + (order.threads > 0 ? std::to_string(order.threads) : "auto"),
      "--seconds=" + std::to_string(order.seconds),
      "--target-fps=" + std::to_string(order.target_fps)};
  for (const auto& input : order.inputs) words.push_back("--input=" + input.string());
  return words;
}

void bind_set(CLI::App& app, ChooseOptions& o) {
  app.add_option("packages", o.packages, "Model packages: folders with model.json")
      ->type_name("PACKAGE...");
  app.add_option("-i,--input", o.inputs, "Images of a labelled set: folders or single images")
      ->allow_extra_args(false)
      ->type_name("PATH");
  app.add_option("-g,--gt", o.ground_truth,
                 "Their labels, as evaluate takes them; default: --input, one folder a class")
      ->type_name("PATH");
  app.add_option("--gt-format", o.gt_format, "As of evaluate")
      ->type_name("FORMAT")
      ->capture_default_str();
  app.add_option("--positive", o.positive,
                 "Classes that are defects, separated by commas; default: each model's own")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAME");
  app.add_option("--good", o.good, "Instead: the one class that is no defect")->type_name("NAME");
  app.add_flag("--allow-unlabelled", o.allow_unlabelled,
               "Leave out images without label instead of refusing them");
  app.add_option("--confidence", o.confidence, "Confidence of all bounds")
      ->type_name("C")
      ->capture_default_str();
}

void bind_rules(CLI::App& app, ChooseOptions& o) {
  app.add_option("--target-fps", o.target_fps, "Images a second, end to end, that are asked for")
      ->type_name("FPS")
      ->capture_default_str();
  app.add_option("--max-ram-mib", o.max_ram_mib, "Highest memory of the process that is allowed")
      ->type_name("MIB");
  app.add_option("--max-vram-mib", o.max_vram_mib, "Highest memory on the GPU that is allowed")
      ->type_name("MIB");
  app.add_option("--licenses", o.licenses,
                 "Licences that are allowed, separated by commas, as the packages name them")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("A,B,…");
}

void bind_how(CLI::App& app, ChooseOptions& o) {
  app.add_option("-d,--device", o.device, "Where the models run")
      ->type_name("auto|cpu|cuda[:N]|gpu[:N]")
      ->capture_default_str();
  app.add_option("-b,--batch", o.batch, "Images a forward pass")
      ->check(CLI::Range(1, 1024))
      ->type_name("N")
      ->capture_default_str();
  add_count(app, "-t,--threads", o.threads, 1024, "Workers; auto: every CPU this process may use");
  app.add_option("--seconds", o.seconds, "Length of each end-to-end measurement")
      ->type_name("S")
      ->capture_default_str();
  app.add_option("-o,--output", o.output,
                 "Folder for choose.json, report.html and all measurements; without it only the "
                 "page is printed")
      ->type_name("DIR");
  app.add_flag("--overwrite", o.overwrite, "Replace an earlier choice in --output");
  add_choice<ProgressMode>(app, "--progress", o.progress,
                           {{"auto", ProgressMode::automatic},
                            {"always", ProgressMode::always},
                            {"never", ProgressMode::never}},
                           "Show how far it is; auto: on a terminal, or for long runs");
  app.add_flag("-q,--quiet", o.quiet, "Only errors on stderr");
}

}  // namespace

int benchmark_choose(int argc, char** argv) {
  CLI::App app{
      "Choose the most accurate package without an escape on a labelled set that is fast and "
      "small enough, and say why each other one lost",
      "benchmark choose"};
  ChooseOptions options;
  bind_set(app, options);
  bind_rules(app, options);
  bind_how(app, options);
  add_common(app);
  app.footer(
      "Escape: a defective image that passes. Each package is measured in a process of its own.\n"
      "Exit codes: 0 one is chosen, 1 none meets all that is asked for, 2 usage, 3 images or "
      "labels\n"
      "unusable, 4 images were ERROR with the chosen one, 5 cannot write, 6 device missing, 8 "
      "none\n"
      "is shown to meet it: a valid measurement or other images could do that.\n"
      "Example: benchmark choose small large --input test --target-fps 5 --licenses "
      "Apache-2.0,MIT");
  return run_main(app, argc, argv,
                  [&] { return choose(options, measure_in_child(words_of), std::cout); });
}

int benchmark_package(int argc, char** argv) {
  CLI::App app{"Measure one package for benchmark choose", "benchmark package"};
  PackageOrder order;
  add_choice<Measurement>(app, "--what", order.what,
                          {{"inspection", Measurement::inspection}, {"speed", Measurement::speed}},
                          "What to measure");
  app.add_option("--model", order.package);
  app.add_option("--output", order.folder);
  app.add_option("--input", order.inputs)->allow_extra_args(false);
  app.add_option("--device", order.device);
  app.add_option("--batch", order.batch);
  add_count(app, "--threads", order.threads, 1024, "");
  app.add_option("--seconds", order.seconds);
  app.add_option("--target-fps", order.target_fps);
  add_common(app);
  return run_main(app, argc, argv, [&] { return measure_package(order, load_engine); });
}

}  // namespace zeromiss::app
