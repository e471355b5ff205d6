#include "evaluate_commands.hpp"
#include "evaluate_options.hpp"

#include <zeromiss/tools/audit.hpp>

#include <iostream>

namespace zeromiss::app {

int evaluate_audit(int argc, char** argv) {
  CLI::App app{
      "Look for what makes a labelled set say more than it can: images in two splits, labels that "
      "contradict each other, uneven splits, images that stand out",
      "evaluate audit"};
  AuditOptions options;
  ScoreOptions& o = options.input;
  app.add_option(
         "sets", options.sets,
         "Folders, one a split, training first; one folder with train, val or test in it is "
         "taken apart. Labels: one folder a class, labels.csv, COCO, YOLO or VOC")
      ->type_name("DIR");
  app.add_option(
         "-o,--output", o.output,
         "Folder for audit.json, the tables and report.html; without it only the summary is "
         "printed")
      ->type_name("DIR");
  app.add_flag("--overwrite", o.overwrite, "Replace an earlier audit in --output");
  app.add_flag("--no-html", o.no_html, "Write no report.html");
  app.add_option("--gt-format", o.gt_format, "auto, or none: the folders are no labels")
      ->type_name("FORMAT")
      ->capture_default_str();
  app.add_option("--source-pattern", options.source_pattern,
                 "Regular expression held against file names; its first group is the source (case, "
                 "lot, part), and a source in two splits is a leak: \"^([0-9]+)_\"")
      ->type_name("REGEX");
  app.add_flag("--no-crops", options.no_crops, "Do not look for crops; three times faster");
  app.add_option("-t,--threads", options.threads, "Images at a time; 0: every CPU")
      ->type_name("N")
      ->check(CLI::Range(0, 4096))
      ->capture_default_str();
  app.add_option("-p,--predictions", o.predictions,
                 "Predictions of the last split, as evaluate reads them: figures with and without "
                 "the leaked images, and labels to check again")
      ->type_name("PATH");
  app.add_option("--predictions-format", o.predictions_format, "auto, inspect or csv")
      ->type_name("FORMAT")
      ->capture_default_str();
  app.add_option("--positive", o.positive, "Classes that are defects, separated by commas")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAME");
  app.add_option("--good", o.good, "Instead: the one class that is no defect")->type_name("NAME");
  app.add_option("--threshold", o.threshold,
                 "An image counts as defective from this score on; default: the verdicts, else the "
                 "zero-miss point")
      ->type_name("SCORE");
  app.add_option("--confidence", o.confidence, "Confidence of all bounds")
      ->type_name("C")
      ->capture_default_str();
  bind_messages(app, o);
  add_common(app);
  app.footer(
      "Exit codes: 0 no leak, 2 usage, 3 input unusable, 4 some images cannot be read, 5 cannot "
      "write,\n7 images in two splits.\n"
      "Example: evaluate audit train test -o audit --source-pattern '^([0-9]+)_'");
  return run_main(app, argc, argv, [&] { return audit(options, std::cout); });
}

}  // namespace zeromiss::app
