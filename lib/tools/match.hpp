#pragma once

#include "predicted_run.hpp"

#include <zeromiss/base/progress.hpp>
#include <zeromiss/dataset/ground_truth.hpp>
#include <zeromiss/metrics/classification.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace zeromiss {

/// Index into kVerdictColumns; the last one is "missing".
inline constexpr std::uint8_t kErrorColumn = 3, kMissingColumn = 4;
/// Predicted by something that gives no verdicts; no column.
inline constexpr std::uint8_t kUnjudgedColumn = 5;

/// What was predicted for one labelled image; small, because there may be a million.
struct ImageResult {
  double score = 0.0;  ///< or the value; only where has_score
  std::int32_t label = -1;
  std::uint8_t column = kMissingColumn;
  bool has_score = false;
};

/// Predictions laid beside the labels, image by image.
struct Matched {
  std::vector<std::string> classes;  ///< the run's, in its order; else all names, sorted
  std::vector<std::size_t> truths;   ///< index into `classes`, one an image; none for values
  std::vector<ImageResult> results;  ///< one a labelled image
  std::vector<std::optional<Digest>> sha256s;  ///< one a labelled image, as its record says
  std::map<std::size_t, std::string> error_codes;
  ClassificationSamples samples{0};  ///< filled only when the task has classes
  bool has_classes = false;          ///< predictions name classes (task classification)
  std::uint64_t errors = 0, missing = 0, unlabelled = 0;
};

/// @param defects  which of run.class_names are, where that is known before anything is read: the
///                 score of predictions that have only probabilities
/// @throws Error(input) for a true class that is not among the run's, a predicted class or number
/// of probabilities that does not fit, an image predicted twice, a PASS at or above the run's
/// limit, and predictions without ground truth unless they are allowed
Matched match(const GroundTruth& truth, const PredictedRun& run, const std::vector<bool>& defects,
              bool allow_unlabelled, Progress& progress);

}  // namespace zeromiss
