#pragma once

#include <zeromiss/metrics/operating_point.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace zeromiss {

struct Evaluation;

/// One line an image, with what became of it; metrics.json holds its SHA-256.
inline constexpr const char* kOutcomesFile = "outcomes.jsonl";

/// "passed", "flagged", "not_judged", "missing"
const char* decision_name(Decision decision);

/// What became of one labelled image; small, because there may be a million.
struct LabelledOutcome {
  std::string image;         ///< the bytes of its name
  std::uint32_t truth = 0;   ///< index into OutcomeSet::names
  std::int32_t label = -1;   ///< predicted class, the same; -1: none
  std::uint8_t verdict = 0;  ///< index into kVerdictColumns; beyond: none was given
  bool defective = false;
  std::optional<Decision> decision;  ///< none without an operating point
  std::optional<double> score;
};

/// A whole evaluation, image by image: what another one can be compared with.
struct OutcomeSet {
  std::string source;  ///< how messages call it, usually its folder
  std::string task;
  std::string labels_sha256;
  std::string seal_root;                ///< empty: not sealed
  std::string origin;                   ///< of the operating point
  std::string no_operating_point;       ///< why there is none
  std::optional<double> threshold;      ///< where the operating point has one
  std::vector<std::string> positive;    ///< classes that are defects
  std::vector<std::string> names;       ///< of classes
  std::vector<LabelledOutcome> images;  ///< by the bytes of the name, none twice
};

/// Precondition: evaluation.image_name, if there are outcomes.
OutcomeSet outcomes_of(const Evaluation& evaluation, std::string source);

/// Writes FOLDER/outcomes.jsonl. @return its SHA-256. @throws Error(output)
std::string write_outcomes(const std::filesystem::path& folder, const Evaluation& evaluation);

/// Reads the output folder of an evaluation back.
/// @throws Error(input) naming the file: not such a folder, damaged, changed since it was written
OutcomeSet read_outcomes(const std::filesystem::path& folder);

}  // namespace zeromiss
