#pragma once

#include <zeromiss/metrics/box.hpp>
#include <zeromiss/metrics/classification.hpp>
#include <zeromiss/metrics/coco_ap.hpp>
#include <zeromiss/metrics/detection_errors.hpp>
#include <zeromiss/metrics/operating_point.hpp>
#include <zeromiss/metrics/parts.hpp>
#include <zeromiss/metrics/regions.hpp>
#include <zeromiss/metrics/regression.hpp>
#include <zeromiss/metrics/risk_curve.hpp>
#include <zeromiss/metrics/segmentation.hpp>
#include <zeromiss/metrics/voc_ap.hpp>
#include <zeromiss/model/verdict.hpp>
#include <zeromiss/report/gates.hpp>
#include <zeromiss/report/pod_report.hpp>

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace zeromiss {

/// Files of an `evaluate` output folder. metrics.json is written last: it stands for the rest.
inline constexpr const char* kMetricsFile = "metrics.json";
inline constexpr const char* kPerClassFile = "per_class.csv";
inline constexpr const char* kConfusionFile = "confusion_matrix.csv";
inline constexpr const char* kCurvesFile = "curves.json";
inline constexpr const char* kMissesFile = "misses.csv";
inline constexpr const char* kPodFile = "pod.csv";      ///< only where defects have sizes
inline constexpr const char* kJunitFile = "junit.xml";  ///< only where there are gates

/// Columns of the table "truth x verdict".
inline constexpr std::array<const char*, 5> kVerdictColumns{"PASS", "REVIEW", "REJECT", "ERROR",
                                                            "missing"};

/// What happened to the images of one true class.
struct TruthRow {
  std::string name;
  bool defect = false;
  std::array<std::uint64_t, kVerdictColumns.size()> verdicts{};
  DecisionCounts decisions;  ///< at the operating point
};

/// The one limit that every good/defective figure of a report stands on.
struct OperatingPoint {
  Figure threshold;
  /// "--threshold", "model review_at", "verdicts", "zero-miss", "predicted labels", "predicted
  /// masks"
  std::string origin;
  OperatingFigures figures;
  std::optional<double> defect_rate;  ///< of the line, when it was given
  std::optional<LineFigures> line;
};

enum class MissKind {
  escape,
  overkill,
  not_judged,  ///< defective and in ERROR
  missing,     ///< without prediction, where no operating point tells good from defective
};

/// One image that the operating point got wrong, or a defective one that nothing is known of.
struct Miss {
  MissKind kind;
  std::string image, truth;
  const char* verdict;  ///< one of kVerdictColumns, or "" where predictions hold no verdicts
  std::string label;    ///< predicted class; may be empty
  std::optional<double> score;
  std::optional<double> margin;  ///< distance of the score from the threshold
  std::string error_code;        ///< where the verdict is ERROR
};

struct ClassificationReport {
  ConfusionMatrix matrix{0};
  ConfusionFigures figures;
  RankingFigures ranking;
  std::map<std::size_t, Figure> top_k;
};

struct DetectionReport {
  std::vector<std::string> classes;
  std::string iou_type;  ///< "bbox", "segm"
  CocoResult coco;
  VocResult voc;
  double voc_iou = 0.5;
  Figure score;            ///< of the operating point; undefined: every detection counts
  double error_iou = 0.5;  ///< overlap of a found object in `errors`
  DetectionErrors errors;
};

struct SegmentationReport {
  std::vector<std::string> classes;  ///< by index; the first is the background
  ConfusionMatrix matrix{0};         ///< pixels
  SegmentationFigures figures;
  double overlap = 0.5;               ///< share of a region that must be found
  std::vector<RegionCounts> regions;  ///< one a class
};

/// How well the defect score alone tells defective from good, at every limit at once.
struct DefectScoreReport {
  Figure roc_auc, average_precision;
  Ranking curve;           ///< thinned
  std::size_t points = 0;  ///< before thinning
};

/// What happened to one labelled image; small, because there may be a million.
struct ImageOutcome {
  double score = 0.0;                ///< defect score, or the predicted value; only where has_score
  double value = 0.0;                ///< regression: the true value
  std::uint32_t truth = 0;           ///< index into Evaluation::truths
  std::int32_t predicted = -1;       ///< index into Evaluation::classes; -1: none
  std::optional<Decision> decision;  ///< at the operating point, where there is one
  bool has_score = false;
  std::uint8_t verdict = kVerdictColumns.size();  ///< index into it; beyond: none was given
};

/// A frozen set's seal, found intact before anything was scored.
struct SealStatement {
  std::string root;  ///< SHA-256 over the list of files
  std::uint64_t files = 0;
};

/// The earlier evaluation that this one was held against.
struct BaselineStatement {
  struct Changes {
    std::uint64_t new_escapes = 0, repaired_escapes = 0, new_overkills = 0, repaired_overkills = 0;
  };
  std::string folder, origin;      ///< of its operating point
  std::optional<Changes> changes;  ///< none: nothing could be compared
  std::string no_changes;          ///< why not, as in `reasons`
};

/// The run of inspect whose records were scored; texts are empty where its run.json has none.
struct RunStatement {
  std::string results_sha256;  ///< of results.jsonl as it was scored
  std::string list_sha256;     ///< over the names of its images
  std::string tool_version, engine, device, precision;
  std::uint64_t batch = 0;
  std::string model_name, model_version, model_sha256, manifest_sha256;
};

/// A rectangle in a picture of the report.
struct DrawnBox {
  Box box;
  std::uint32_t label = 0;      ///< index into DetectionReport::classes
  std::optional<double> score;  ///< of a found object; none: a labelled one
};

struct Drawing {
  std::uint32_t width = 0, height = 0;  ///< of the whole image; 0: not known
  std::vector<DrawnBox> boxes;
};

/// Everything that one `evaluate` found out; the files and the text on the terminal show only this.
struct Evaluation {
  std::string task;  ///< "classification", "anomaly", "regression", "detection",
                     ///< "segmentation"
  std::string predictions_format, gt_format;  ///< what was read, in words of the options
  std::uint64_t images = 0;                   ///< with ground truth
  std::uint64_t missing = 0, errors = 0;      ///< of these: without prediction, in ERROR
  std::uint64_t unlabelled = 0;               ///< predictions without ground truth, left out
  std::vector<std::string> classes;           ///< of `classification`
  std::vector<std::string> positive;          ///< true classes that count as defective
  std::vector<TruthRow> truths;               ///< one a true class
  bool has_verdicts = true;                   ///< predictions are those of inspect
  std::optional<OperatingPoint> operating_point;
  std::string no_operating_point;   ///< why there is none
  std::optional<PartCounts> parts;  ///< where --group tells them
  std::vector<RiskPoint> risk;      ///< overkill against escape risk, limit by limit
  std::optional<DefectScoreReport> defect_score;
  std::optional<ClassificationReport> classification;
  std::string no_classification;  ///< why there is none, where one could be
  std::optional<RegressionFigures> regression;
  std::optional<DetectionReport> detection;
  std::optional<SegmentationReport> segmentation;
  std::optional<PodReport> pod;
  std::string no_pod;         ///< why there is none, where defects have sizes
  std::string labels_sha256;  ///< over all images' names and labels: the same test set or another
  std::string sizes_sha256;   ///< over the defects' sizes in the labels' table; empty: none there
  /// Labels of objects with a file an image: the folder, and the files in it that were read.
  std::filesystem::path label_folder;
  std::vector<std::string> label_files;
  std::optional<SealStatement> seal;
  std::optional<BaselineStatement> baseline;
  std::vector<Gate> gates;             ///< in the order they were asked for
  std::vector<Miss> misses;            ///< in the order of MissKind, the worst of each first
  std::vector<ImageOutcome> outcomes;  ///< one a labelled image; may be empty
  /// The bytes of an image's name, by its place in `outcomes`; valid while the labels live.
  std::function<std::string(std::size_t)> image_name;
  std::map<std::size_t, Drawing> drawings;  ///< of the images of images_to_draw()
  std::optional<RunStatement> run;          ///< none: the predictions are not those of inspect
};

/// A picture for the report, as JPEG bytes, and the size of the image it was made from.
struct EvaluationPicture {
  std::string jpeg;
  int width = 0, height = 0;
};

struct MetricsReportOptions {
  bool overwrite = false, html = true;
  /// By the bytes of the image's name; no value when there is no picture. May be called from
  /// several threads.
  std::function<std::optional<EvaluationPicture>(const std::string&)> picture;
  int threads = 1;
  std::uint64_t picture_bytes = 4'000'000;  ///< of all pictures together, before base64
};

/// Writes the files, junit.xml only where there are gates, into `folder` (made if need be), each
/// atomically, metrics.json last.
/// @throws Error(output); also when the folder exists, is not empty, and may not be overwritten
void write_metrics_report(const std::filesystem::path& folder, const Evaluation& evaluation,
                          const MetricsReportOptions& options);
/// The same refusal, before any work was done.
void refuse_existing_metrics(const std::filesystem::path& folder, bool overwrite);

/// The images that report.html shows with a picture, by their place in `outcomes`: escapes first,
/// then overkills, each by margin. Their boxes are wanted in `drawings`.
std::vector<std::size_t> images_to_draw(const Evaluation& evaluation);

/// The single files' content.
std::string metrics_json(const Evaluation& evaluation);
std::string curves_json(const Evaluation& evaluation);
std::string per_class_csv(const Evaluation& evaluation);
std::string confusion_csv(const Evaluation& evaluation);
std::string misses_csv(const Evaluation& evaluation);
/// For CI servers: one case a gate and one a defect class, which fails when an image of it escaped.
/// INSUFFICIENT_EVIDENCE is a failure, too; a class without images is skipped. Control characters
/// become '?'.
std::string junit_xml(const Evaluation& evaluation);

/// report.html: one offline file in English and Korean.
std::string evaluation_html(const Evaluation& evaluation, const MetricsReportOptions& options);

/// Short Markdown for the page of a CI run; names in it cannot become markup.
std::string metrics_markdown(const Evaluation& evaluation);

/// A page for the terminal.
std::string metrics_text(const Evaluation& evaluation);

}  // namespace zeromiss
