#include "evaluate_options.hpp"

#include <map>
#include <string>

namespace zeromiss::app {

void bind_what(CLI::App& app, ScoreOptions& o) {
  app.add_option(
         "-p,--predictions", o.predictions,
         "Output folder of inspect, the results.jsonl in it, or a table .csv: image and label, "
         "score (of the positive class), value, or a probability column for each class; for labels "
         "of objects: COCO results (.json), or a folder of text files, YOLO's or VOC's")
      ->type_name("PATH");
  app.add_option("--predictions-format", o.predictions_format,
                 "auto, inspect, csv, coco, yolo, voc-text or mask")
      ->type_name("FORMAT")
      ->capture_default_str();
  app.add_option(
         "-g,--gt", o.ground_truth,
         "Ground truth, images named as in the predictions: a folder with one folder a class, an "
         "object of MVTec AD, a table .csv: image and label or value; or labels of objects: COCO "
         "(.json), YOLO (data.yaml), VOC (folder of XML or text), LabelMe (folder), CVAT (.xml)")
      ->type_name("PATH");
  app.add_option(
         "--gt-format", o.gt_format,
         "auto, folder (one folder a class), mvtec, csv, coco, yolo, voc, voc-text, labelme, "
         "cvat or mask (folder of PNG masks)")
      ->type_name("FORMAT")
      ->capture_default_str();
  app.add_option("--task", o.task, "auto, classification, detection, segmentation or regression")
      ->type_name("TASK")
      ->capture_default_str();
  app.add_option("--classes", o.classes,
                 "All classes in order: a,b,c or a file with a name a line; those that never occur "
                 "count too")
      ->type_name("NAMES|FILE");
  app.add_option("-o,--output", o.output,
                 "Folder for metrics.json and the tables; without it only the summary is printed")
      ->type_name("DIR");
  app.add_flag("--overwrite", o.overwrite, "Replace an earlier evaluation in --output");
  app.add_option("--images", o.images,
                 "Where the pictures for report.html are; default: the folder of the labels")
      ->type_name("DIR");
  app.add_flag("--no-html", o.no_html, "Write no report.html");
  app.add_option("--summary-md", o.summary_md,
                 "Also write a short Markdown summary, for CI pages; - writes it to stdout instead "
                 "of the page")
      ->type_name("FILE");
  app.add_flag("--allow-unlabelled", o.allow_unlabelled,
               "Leave out predictions without ground truth instead of refusing them");
}

void bind_point(CLI::App& app, ScoreOptions& o) {
  app.add_option("--positive", o.positive,
                 "Classes that are defects, separated by commas; default: the model's")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAME");
  app.add_option("--good", o.good, "Instead: the one class that is no defect")->type_name("NAME");
  app.add_option("--threshold", o.threshold,
                 "An image counts as defective if and only if its score is at least this; default: "
                 "the verdicts of the run (everything but PASS counts as defective), for other "
                 "predictions the zero-miss point")
      ->type_name("SCORE");
  app.add_flag("--zero-miss", o.zero_miss,
               "Instead: the smallest score of a defective image, so that none escapes");
  app.add_option("--calibration", o.calibration,
                 "Instead: the limit in this output folder of evaluate calibrate; refuses images "
                 "that chose it")
      ->type_name("DIR");
  app.add_option("--confidence", o.confidence, "Confidence of all intervals and bounds")
      ->type_name("C")
      ->capture_default_str();
  app.add_option("--defect-rate", o.defect_rate,
                 "Share of defective parts on the line: adds overkills per 1,000 and outgoing ppm")
      ->type_name("RATE");
}

void bind_gates(CLI::App& app, ScoreOptions& o) {
  app.add_option(
         "--require", o.require,
         "A gate, may be repeated: \"recall >= 0.99\" (any dotted key of metrics.json, or a "
         "name in operating_point; >= > <= < ==); \"recall >= 0.99 @ 0.95\" asks it of the "
         "bounds with 95 % confidence")
      ->allow_extra_args(false)
      ->type_name("EXPR");
  app.add_option("--baseline", o.baseline,
                 "Output folder of an earlier evaluation of the same test set, to hold this one "
                 "against")
      ->type_name("DIR");
  app.add_option("--max-drop", o.max_drop,
                 "A gate, may be repeated: \"recall=0.005\": the figure may be at most this much "
                 "lower than in --baseline; \"recall=0.005 @ 0.95\" asks it of the interval of "
                 "the paired difference")
      ->allow_extra_args(false)
      ->type_name("KEY=NUMBER");
  app.add_option("--max-rise", o.max_rise,
                 "The same for figures that are better when they are lower: \"overkill_rate=0.01\"")
      ->allow_extra_args(false)
      ->type_name("KEY=NUMBER");
  app.add_flag("--no-new-escape", o.no_new_escape,
               "A gate: no defective image passes that did not pass in --baseline");
  app.add_option(
         "--seal", o.seal,
         "Seal of the test set (evaluate seal): scored only when no file was changed, added "
         "or lost")
      ->type_name("FILE");
}

void bind_parts(CLI::App& app, ScoreOptions& o) {
  app.add_option("--group", o.group,
                 "Several images of one part count once in the certificate: a regular expression "
                 "that finds the part in an image's path (the brackets' content, else the match)")
      ->type_name("REGEX");
  app.add_option("--group-column", o.group_column,
                 "The same by a column of the labels' table that names the part")
      ->type_name("NAME");
}

void bind_detection(CLI::App& app, ScoreOptions& o) {
  app.add_option("--iou-type", o.iou_type,
                 "Detections: compare boxes (bbox) or masks (segm); auto: boxes where the results "
                 "have them")
      ->type_name("TYPE")
      ->capture_default_str();
  app.add_option("--voc-iou", o.voc_iou,
                 "Detections: overlap at which an object counts as found in VOC's figures")
      ->type_name("IOU")
      ->capture_default_str();
}

void bind_segmentation(CLI::App& app, ScoreOptions& o) {
  app.add_option("--ignore-index", o.ignore_index,
                 "Masks: pixels of this number in the ground truth do not count")
      ->type_name("N");
  app.add_option("--mask-threshold", o.mask_threshold,
                 "Masks: pixels from this number on are defect, all others good (for masks that "
                 "are drawn in shades)")
      ->type_name("N");
  app.add_option("--region-overlap", o.region_overlap,
                 "Masks: share of a defect's pixels that must be found")
      ->type_name("SHARE")
      ->capture_default_str();
}

void bind_messages(CLI::App& app, ScoreOptions& o) {
  app.add_option("--progress", o.progress, "Progress on stderr; auto: only where it helps")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, ProgressMode>{{"auto", ProgressMode::automatic},
                                              {"always", ProgressMode::always},
                                              {"never", ProgressMode::never}}))
      ->default_str("auto")
      ->option_text("auto|always|never");
  app.add_flag("-v,--verbose", o.verbose, "Say more on stderr: which files were skipped");
  app.add_flag("-q,--quiet", o.quiet, "Only errors on stderr");
}

}  // namespace zeromiss::app
