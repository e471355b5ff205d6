#pragma once

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
  std::vector<Golden> golden;
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

/// The weights' bytes, exactly those that the manifest's SHA-256 names.
/// @throws Error(input) when they are missing or hash to something else
std::vector<std::uint8_t> read_weights(const ModelPackage& package);

/// "classification", "anomaly".
std::string_view task_name(Task task);

}  // namespace zeromiss
