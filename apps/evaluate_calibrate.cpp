#include "evaluate_commands.hpp"
#include "evaluate_options.hpp"

#include <zeromiss/tools/calibrate.hpp>

#include <iostream>

namespace zeromiss::app {

int evaluate_calibrate(int argc, char** argv) {
  CLI::App app{"Choose the limit from labelled predictions so that no defective image passes",
               "evaluate calibrate"};
  CalibrateOptions options;
  ScoreOptions& o = options.input;
  bind_what(app, o);
  app.get_option("--output")->description("Folder for calibration.json");
  app.get_option("--overwrite")->description("Replace an earlier calibration in --output");
  app.add_option("--positive", o.positive, "Classes that are defects, separated by commas")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAME");
  app.add_option("--good", o.good, "Instead: the one class that is no defect")->type_name("NAME");
  app.add_option("--margin", options.margin,
                 "How far below the smallest score of a defective image: none, leave-one-out (the "
                 "gap to the second smallest) or a percentage such as 10%")
      ->type_name("MARGIN")
      ->capture_default_str();
  app.add_option("--target-miss", options.target_miss,
                 "Instead of a margin: the largest limit whose miss rate is at most this with "
                 "--confidence; it may let some of these images escape")
      ->type_name("RATE");
  app.add_option("--confidence", o.confidence, "Confidence of all bounds")
      ->type_name("C")
      ->capture_default_str();
  bind_messages(app, o);
  add_common(app);
  app.footer(
      "Exit codes: 0 done, 2 usage, 3 predictions or labels unusable, 5 cannot write, 8 too few\n"
      "defective images.\n"
      "Example: evaluate calibrate --predictions out --gt labelled -o calibration");
  return run_main(app, argc, argv, [&] { return calibrate(options, std::cout); });
}

}  // namespace zeromiss::app
