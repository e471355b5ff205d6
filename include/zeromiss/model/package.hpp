#pragma once

#include <zeromiss/base/box.hpp>
#include <zeromiss/base/json.hpp>
#include <zeromiss/image/decode.hpp>
#include <zeromiss/image/transform.hpp>
#include <zeromiss/model/guard.hpp>
#include <zeromiss/model/output_rules.hpp>
#include <zeromiss/model/precision.hpp>
#include <zeromiss/model/weights.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace zeromiss {

enum class Task { classification, anomaly, detection, segmentation };

struct ClassInfo {
  std::string name;
  bool defect;
  /// Detection and segmentation: a defect with a lower score, or a smaller area (in pixels of the
  /// image), does not count.
  double min_score = 0.0, min_area = 0.0;
  /// Of this class alone; the stricter of these and those in force counts.
  std::optional<double> review_at = std::nullopt, reject_at = std::nullopt;
  /// Not in the manifest: min_score of a defect of which this package sees only a part (a tile's).
  double whole_min_score = 0.0;
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

struct GoldenDefect {
  std::string label;
  double score;
  Box box;  ///< in pixels of the golden image
};

struct Golden {
  std::filesystem::path image;  ///< absolute
  std::string name;             ///< as in the manifest
  double score;
  std::string label;  ///< empty: none
  double tolerance;
  /// What must be found, and nothing else; none: not said.
  std::optional<std::vector<GoldenDefect>> defects = std::nullopt;
  double box_tolerance = 0.0;  ///< pixels, of each number of a box
};

/// model.json of a package, fully checked. Nothing in it is guessed.
struct ModelPackage {
  std::filesystem::path folder;
  std::string name, version, license;
  Task task;
  WeightsFormat format = WeightsFormat::torchscript;
  std::filesystem::path weights;  ///< absolute, inside `folder`
  std::string weights_sha256;     ///< lower-case hex
  std::string manifest_sha256;
  InputSpec input;
  DecodeOptions decode;  ///< the three content rules of `input`; the rest are defaults
  OutputKind output;
  OutputRules rules = std::monostate{};
  std::optional<TensorName> output_name = std::nullopt;  ///< none: the network's only tensor
  std::vector<ClassInfo> classes;
  std::optional<double> pixel_size_um = std::nullopt;  ///< micrometres a pixel of the image
  Limits limits;
  Precision precision =
      Precision::fp32;  ///< at which the limits were set: decision.origin.precision
  std::optional<CalibrationImages> calibration;  ///< where `evaluate calibrate` chose the limits
  std::optional<Guard> guard = std::nullopt;  ///< none: every picture is taken for one of the kind
  std::vector<Golden> golden;
  /// openvino: what `weights` and its hash are, of the second file, the graph's numbers; else
  /// empty.
  std::filesystem::path weights_data;
  std::string weights_data_sha256;
};

/// What a user asks of model.json, and through its hashes of the weights, before a byte of it is
/// believed.
struct PackageTrust {
  std::optional<std::string> manifest_sha256;  ///< 64 hex digits
  /// PEM with the public key (RSA, EC, Ed25519) that made DIR/model.sig over model.json.
  std::optional<std::filesystem::path> public_key;
};

/// Reads and checks DIR/model.json. The weights are not opened.
/// @throws Error(input) naming file and key; Error(usage) when manifest_sha256 is no SHA-256
ModelPackage read_package(const std::filesystem::path& folder, const PackageTrust& trust = {});

/// The weights' bytes, exactly those that the manifest's SHA-256 names; openvino: packed() of the
/// two files.
/// @throws Error(input) when they are missing or hash to something else
std::vector<std::uint8_t> read_weights(const ModelPackage& package);

/// The object "calibration_images" of a manifest's origin, a run.json or a calibration.json.
/// @throws Error of the document
CalibrationImages parse_calibration_images(const JsonNode& node);

/// "classification", "anomaly", "detection", "segmentation".
std::string_view task_name(Task task);

}  // namespace zeromiss
