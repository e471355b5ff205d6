#pragma once

#include <zeromiss/base/json.hpp>
#include <zeromiss/image/decode.hpp>
#include <zeromiss/image/transform.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace zeromiss {

enum class Task { classification, anomaly };
enum class OutputKind { logits, probabilities, score };

struct ClassInfo {
  std::string name;
  bool defect;
};

/// PASS below review_at, REVIEW from there, REJECT from reject_at on. review_at <= reject_at, both
/// finite.
struct Limits {
  double review_at, reject_at;
};

/// File of a package, and of what `inspect` writes with it: the images that chose the limits.
inline constexpr const char* kCalibrationImagesFile = "calibration_images.txt";

/// What decision.origin.calibration_images says of that file.
struct CalibrationImages {
  std::uint64_t images = 0;
  std::string sha256;  ///< of the file's text
};

struct Golden {
  std::filesystem::path image;  ///< absolute
  std::string name;             ///< as in the manifest
  double score;
  std::string label;
  double tolerance;
};

/// model.json of a package, fully checked. Nothing in it is guessed.
struct ModelPackage {
  std::filesystem::path folder;
  std::string name, version, license;
  Task task;
  std::filesystem::path weights;  ///< absolute, inside `folder`
  std::string weights_sha256;     ///< lower-case hex
  std::string manifest_sha256;
  InputSpec input;
  DecodeOptions decode;  ///< the three content rules of `input`; the rest are defaults
  OutputKind output;
  std::vector<ClassInfo> classes;
  Limits limits;
  std::optional<CalibrationImages> calibration;  ///< where `evaluate calibrate` chose the limits
  std::vector<Golden> golden;
};

/// Reads and checks DIR/model.json. The weights are not opened.
/// @throws Error(input) naming file and key
ModelPackage read_package(const std::filesystem::path& folder);

/// The weights' bytes, exactly those that the manifest's SHA-256 names.
/// @throws Error(input) when they are missing or hash to something else
std::vector<std::uint8_t> read_weights(const ModelPackage& package);

/// The object "calibration_images" of a manifest's origin, a run.json or a calibration.json.
/// @throws Error of the document
CalibrationImages parse_calibration_images(const JsonNode& node);

/// "classification", "anomaly".
std::string_view task_name(Task task);

}  // namespace zeromiss
