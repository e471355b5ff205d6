#pragma once

#include <zeromiss/base/hash.hpp>
#include <zeromiss/base/json.hpp>
#include <zeromiss/model/package.hpp>
#include <zeromiss/model/verdict.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zeromiss {

/// How predictions can be written down; each has its own source file predictions_*.cpp.
enum class PredictionsFormat { inspect, csv };

/// "auto" looks at the place. @throws Error(usage) for an unknown name, Error(input) when there is
/// nothing
PredictionsFormat predictions_format(const std::string& name, const std::filesystem::path& place);

/// Whether a run.json is of `inspect --for-calibration`: its scores count, its verdicts do not.
bool is_for_calibration(const JsonNode& run);
/// @param options  that give a limit instead
/// @throws Error(input): such verdicts would make any recall perfect
[[noreturn]] void refuse_calibration_verdicts(const std::filesystem::path& results,
                                              const char* options = "--threshold or --zero-miss");

/// What run.json says of the model and what ran it; empty texts without run.json.
struct RunModel {
  std::string name, version, sha256, manifest_sha256;
  std::string engine, device, precision;
};

/// Where predictions come from, and what is known of the model behind them.
struct PredictedRun {
  std::filesystem::path results;  ///< results.jsonl, or the table
  PredictionsFormat kind = PredictionsFormat::inspect;
  std::string format;  ///< in words, for reports
  /// All classes in the order of the probabilities; empty when only the labels can tell.
  std::vector<std::string> class_names;
  bool labels = false;         ///< each prediction names a class
  bool scores = false;         ///< each prediction has a score, or probabilities to make one of
  bool classes_given = false;  ///< `class_names` are those of --classes
  bool values = false;         ///< measurements (regression) instead of classes and scores
  // Of an inspect output folder; empty without run.json.
  bool has_run_file = false, has_summary = false;
  bool for_calibration = false;  ///< its scores count, its verdicts do not
  std::optional<Task> task;
  std::vector<ClassInfo> classes;
  std::optional<Limits> limits;
  std::optional<CalibrationImages> calibration;  ///< which images chose the limits
  RunModel model;
  std::uint64_t images = 0;
};

/// What was predicted for one image.
struct PredictedImage {
  std::string image;       ///< the bytes of its path
  std::uint64_t line = 0;  ///< of the file
  std::optional<std::string> label;
  std::optional<double> score;        ///< defect score, or the value
  std::vector<double> probabilities;  ///< one a name of class_names, or none
  std::optional<Digest> sha256;       ///< of the image's file
  std::optional<VerdictKind> verdict;
  std::string error_code;
};

/// @param place    an `inspect` output folder, the results.jsonl in one, or a table .csv
/// @param classes  of --classes; may be empty
/// @throws Error(input), Error(usage) when the classes are not those of the predictions
PredictedRun open_predictions(const std::filesystem::path& place, PredictionsFormat format,
                              const std::vector<std::string>& classes);
/// @throws Error(input) naming file and line
void for_each_prediction(const PredictedRun& run,
                         const std::function<void(const PredictedImage&)>& use);

/// The readers behind these two, a pair a format.
PredictedRun open_inspect(const std::filesystem::path& place,
                          const std::vector<std::string>& classes);
void read_inspect(const PredictedRun& run, const std::function<void(const PredictedImage&)>& use);
PredictedRun open_csv(const std::filesystem::path& file, const std::vector<std::string>& classes);
void read_csv(const PredictedRun& run, const std::function<void(const PredictedImage&)>& use);

}  // namespace zeromiss
