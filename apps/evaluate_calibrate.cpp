#include "choices.hpp"
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
  app.get_option("--output")
      ->description(
          "Folder for calibration.json, report.html and, with --model, a new model package");
  app.get_option("--overwrite")->description("Replace an earlier calibration in --output");
  app.add_option("--positive", o.positive, "Classes that are defects, separated by commas")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAME");
  app.add_option("--good", o.good, "Instead: the one class that is no defect")->type_name("NAME");
  app.add_option("--margin", options.margin,
                 "How far below the smallest score of a defective image: none, leave-one-out (the "
                 "gap to the second smallest), bootstrap (how far the smallest of a resample lies "
                 "above it) or a percentage such as 10%")
      ->type_name("MARGIN")
      ->capture_default_str();
  app.add_option("--target-miss", options.target_miss,
                 "Instead of a margin: the largest limit whose miss rate is at most this with "
                 "--confidence; it may let some of these images escape")
      ->type_name("RATE");
  app.add_option("--confidence", o.confidence, "Confidence of all bounds")
      ->type_name("C")
      ->capture_default_str();
  app.add_option("--review-band", options.review_band,
                 "Raise reject_at so far that at most this share of the good images is rejected "
                 "without a look; between review_at and it a person decides")
      ->type_name("SHARE");
  app.add_option("--defect-rate", o.defect_rate,
                 "Share of defective parts on the line: adds the accuracy there")
      ->type_name("RATE");
  bind_parts(app, o);
  app.add_option("-m,--model", options.model,
                 "Model package that made the predictions: writes a new version of it with these "
                 "limits and where they come from")
      ->type_name("PACKAGE");
  app.add_option("--package-version", options.package_version,
                 "Version of the new package; default: the last number of the old one + 1")
      ->type_name("VERSION");
  app.get_option("--images")
      ->description(
          "Folder with the calibration images, named as in the predictions, for report.html and "
          "for the guard of the new package; default: the folder of the labels");
  add_choice<CalibrationGuard>(
      app, "--guard", options.guard,
      {{"auto", CalibrationGuard::automatic},
       {"yes", CalibrationGuard::yes},
       {"no", CalibrationGuard::no}},
      "With --model: record in the new package what its calibration images look like, so that "
      "inspect holds others for review; auto: where all of them are found");
  app.add_option("--guard-margin", options.guard_margin,
                 "Share of each range's span that the guard adds on either side")
      ->check(CLI::Range(0.0, 10.0))
      ->type_name("SHARE")
      ->capture_default_str();
  app.add_option("--date", options.date,
                 "Day for the records, such as 2026-11-24; no clock is read")
      ->type_name("DATE");
  bind_messages(app, o);
  add_common(app);
  app.footer(
      "Exit codes: 0 done, 2 usage, 3 predictions or labels unusable, 5 cannot write, 8 too few\n"
      "defective images.\n"
      "Example: evaluate calibrate --predictions out --gt labelled -o calibration\n"
      "         evaluate --predictions test-out --gt test --calibration calibration");
  return run_main(app, argc, argv, [&] { return calibrate(options, std::cout); });
}

}  // namespace zeromiss::app
