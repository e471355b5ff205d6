#pragma once
// The parts of `evaluate calibrate`: the limits, what they cost, and the files that say so.

#include "labelled_scores.hpp"
#include "part_ids.hpp"

#include <zeromiss/dataset/image_hashes.hpp>
#include <zeromiss/report/certificate.hpp>
#include <zeromiss/report/metrics_report.hpp>
#include <zeromiss/tools/calibrate.hpp>

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace zeromiss {

/// Scores of the labelled images, as the limits see them.
struct CalibrationScores {
  std::vector<double> defective;  ///< every defective image with a score
  std::vector<double> units;      ///< the same, or the lowest of each part where parts are told
  std::vector<double> good;
};
CalibrationScores calibration_scores(const LabelledScores& read,
                                     const std::optional<PartIds>& parts);

struct ChosenLimits {
  double review_at = 0.0, reject_at = 0.0;
  double lowest =
      0.0;             ///< smallest score of a defective image: the largest limit without an escape
  std::string method;  ///< "zero escapes", "risk control"
  std::string margin;  ///< "none", "leave-one-out", "bootstrap", "10%"; empty with risk control
  std::string reason;  ///< a sentence
};
/// "10%" as 0.1; no value for what is no percentage below 100.
std::optional<double> percentage(const std::string& margin);
/// @throws Error(evidence) when there are too few defective images
ChosenLimits choose_limits(const CalibrateOptions& options, const CalibrationScores& scores);

/// Whether an accuracy of 90 % is possible without an escape: at the largest limit without one.
struct AccuracyGoal {
  static constexpr double kGoal = 0.9;
  OperatingFigures figures;    ///< at that limit
  std::uint64_t too_many = 0;  ///< wrong images beyond what 90 % allows
  /// Accuracy on a line with that share of defects; none without images of both kinds.
  std::optional<double> at_defect_rate;
  /// Without a good image every limit is right about all of them, which says nothing.
  [[nodiscard]] bool known() const { return figures.good > 0 && figures.defective > 0; }
};

struct Calibration {
  ChosenLimits limits;
  Evaluation evaluation;  ///< of the calibration images at review_at, with the certificate
  AccuracyGoal goal;
  std::uint64_t good_rejected = 0, defective_rejected = 0;  ///< from reject_at on
  std::string set_sha256;   ///< names, SHA-256s and classes of all labelled images
  std::string images_text;  ///< of ImageHashes; empty where there are no hashes
  std::optional<CalibrationImages> images;
  std::optional<Guard> guard;  ///< of the new package
  RunModel model;              ///< whose scores chose the limits; empty for a table's
};

/// What the calibration images that were judged look like. No value without --model, with --guard
/// no, and with --guard auto where an image is not found or readable, after a message.
/// @throws Error(input) with --guard yes instead of that, naming the image; always for an image
/// that is not the one that was inspected
std::optional<Guard> calibration_guard(const CalibrateOptions& options, const LabelledScores& read);

/// calibration.json.
nlohmann::ordered_json calibration_json(const CalibrateOptions& options,
                                        const Calibration& calibration);
/// Lines for the terminal.
std::string calibration_text(const CalibrateOptions& options, const Calibration& calibration);

/// The package of --model, read and held against the run that it is said to have made.
class CalibratedPackage {
 public:
  /// @throws Error(input), Error(usage)
  CalibratedPackage(const CalibrateOptions& options, const PredictedRun& run);
  /// Before anything is written. @throws Error(evidence) for limits that no package can hold
  void check(const ChosenLimits& limits) const;
  /// Writes the new version into options.input.output: all other files first, model.json last, so
  /// that a folder with it is a whole package. @throws Error(output)
  void write(const CalibrateOptions& options, const Calibration& calibration) const;

  [[nodiscard]] const std::string& name() const { return package_.name; }
  [[nodiscard]] const std::string& version() const { return version_; }

 private:
  ModelPackage package_;
  std::vector<std::uint8_t> weights_;
  RunModel run_;
  std::string version_;
  std::optional<nlohmann::ordered_json> golden_;  ///< where the run was made at another precision
};

/// What `evaluate --calibration` needs of an earlier calibration.
struct EarlierCalibration {
  double review_at;
  std::optional<CalibrationImages> images;
  std::string model_sha256, precision;  ///< empty where it does not say
};
EarlierCalibration read_calibration(const std::filesystem::path& folder);

}  // namespace zeromiss
