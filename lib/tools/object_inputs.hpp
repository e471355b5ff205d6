#pragma once

#include <zeromiss/dataset/objects.hpp>
#include <zeromiss/model/verdict.hpp>
#include <zeromiss/tools/score.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace zeromiss {

/// What `inspect` said of one labelled image; without a record its column is kMissingColumn.
struct ImageVerdict {
  std::uint8_t column;
  std::optional<double> score;
  std::string error_code;
};

/// Labels of objects and what was found, in whatever format, on one list of classes and images.
struct ObjectInputs {
  ObjectTruth truth;
  FoundObjects found;
  std::string gt_format, predictions_format;  ///< in words of the options
  std::vector<ImageVerdict> verdicts;         ///< of inspect, one an image; else empty
  std::optional<Limits> limits;               ///< of the model, where run.json says them
  std::uint64_t unlabelled = 0;               ///< predictions without ground truth, left out
  std::filesystem::path label_folder;         ///< see Evaluation
  std::vector<std::string> label_files;
};

/// Whether the labels are of objects in images: by --gt-format, or by what is there.
bool are_object_labels(const ScoreOptions& options);

/// Reads both sides and says on stderr what they were taken for.
/// @throws Error(input), Error(usage)
ObjectInputs read_objects(const ScoreOptions& options);

}  // namespace zeromiss
