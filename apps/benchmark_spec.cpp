#include "benchmark_commands.hpp"
#include "run_main.hpp"

#include <zeromiss/tools/spec.hpp>

#include <iostream>

namespace zeromiss::app {

int benchmark_spec(int argc, char** argv) {
  CLI::App app{"Write the specification sheet of a model package, from measurements alone",
               "benchmark spec"};
  SpecOptions options;
  app.add_option("--benchmark", options.benchmark,
                 "benchmark.json, or the output folder of benchmark: speed and environment")
      ->type_name("FILE");
  app.add_option("--metrics", options.metrics,
                 "metrics.json, or the output folder of evaluate: accuracy, escapes, sizes")
      ->type_name("FILE");
  app.add_option("--run", options.runs,
                 "Output folder of inspect; several of the same images: repeatability")
      ->type_name("DIR");
  app.add_option("-m,--model", options.model,
                 "The package that the sheet is for: refuses measurements of another one, and "
                 "files older than it")
      ->type_name("DIR");
  app.add_option("-o,--output", options.output,
                 "Folder for spec.json, spec.md, spec.ko.md and report.html; without it the sheet "
                 "is only printed")
      ->type_name("DIR");
  app.add_flag("--overwrite", options.overwrite, "Replace an earlier sheet in --output");
  add_common(app);
  app.footer(
      "What was not measured says so. Exit codes: 0 done, 2 usage, 3 a file is unusable, 5 cannot\n"
      "write, 7 files that do not belong together, are older than the package, or not VALID.\n"
      "Example: benchmark spec --benchmark speed --metrics metrics --run out-1 --run out-2 -o "
      "sheet");
  return run_main(app, argc, argv, [&] { return spec(options, std::cout); });
}

}  // namespace zeromiss::app
