#pragma once

#include <zeromiss/base/progress.hpp>

#include <filesystem>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace zeromiss {

/// Everything plain `evaluate` can be told; the same names as its options (apps/README.md).
struct ScoreOptions {
  std::filesystem::path predictions;   ///< `inspect` output folder, its results.jsonl, or a table
  std::filesystem::path ground_truth;  ///< labels
  std::string predictions_format = "auto", gt_format = "auto";
  std::string task = "auto";
  std::string classes;           ///< "a,b,c" or a file with a name a line; empty: as they occur
  std::filesystem::path output;  ///< empty: only the page for the terminal

  std::filesystem::path images;  ///< where the pictures are; empty: beside the labels
  bool no_html = false;          ///< no report.html
  std::string summary_md;        ///< a file for the Markdown summary, "-": stdout; empty: none

  std::vector<std::string> positive;  ///< true classes that are defects
  std::string good;                   ///< or: the one class that is not; both empty: the model's
  std::optional<double> threshold;    ///< positive if and only if score >= threshold
  bool zero_miss = false;             ///< threshold = smallest score of a defective image
  double confidence = 0.95;
  std::filesystem::path calibration;  ///< folder whose review_at is the threshold
  std::string group;                  ///< regular expression that finds the part in an image's name
  std::string group_column;           ///< or: the column of the labels' table that names it
  std::optional<double> defect_rate;  ///< share of defective parts on the line

  std::vector<std::string> require;  ///< gates, as zeromiss/report/gates.hpp reads them
  std::filesystem::path baseline;    ///< output folder of an earlier evaluation; empty: none
  /// Against the baseline, as zeromiss/report/baseline_gates.hpp reads them.
  std::vector<std::string> max_drop, max_rise;
  bool no_new_escape = false;
  std::filesystem::path seal;  ///< of the frozen set, checked before anything else; empty: none

  std::string iou_type = "auto";  ///< detection: auto, bbox or segm
  double voc_iou = 0.5;           ///< detection: overlap of a found object in VOC's figures

  std::optional<int> ignore_index;    ///< segmentation: pixels whose truth is this do not count
  std::optional<int> mask_threshold;  ///< segmentation: pixels from this on are class 1, else 0
  double region_overlap = 0.5;        ///< segmentation: share of a defect that must be found

  bool allow_unlabelled = false, overwrite = false;
  ProgressMode progress = ProgressMode::automatic;
  bool quiet = false, verbose = false;
};

/// Scores predictions against ground truth, writes the files of DESIGN §3.4 into options.output and
/// a page for people to `out`; messages go to stderr.
/// @return 0; 1 when a gate fails; 8 when a gate lacks evidence; 4 when predictions are ERROR (the
/// first of 1, 8, 4 that applies)
/// @throws Error
int score(const ScoreOptions& options, std::ostream& out);

}  // namespace zeromiss
