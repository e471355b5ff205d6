#include <zeromiss/base/files.hpp>
#include <zeromiss/base/hash.hpp>
#include <zeromiss/base/json.hpp>
#include <zeromiss/base/signature.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/model/package.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <span>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMaxManifestBytes = 16U << 20U;
constexpr std::uintmax_t kMaxWeightBytes = 16ULL << 30U;
constexpr double kMaxGoldenTolerance = 0.05;

constexpr std::array<std::string_view, 4> kTasks{"classification", "anomaly", "detection",
                                                 "segmentation"};
constexpr std::array<std::string_view, 8> kOutputKinds{
    "logits",     "probabilities",     "score",      "sigmoid", "score_map",
    "boxes_yolo", "boxes_torchvision", "mask_logits"};
constexpr std::size_t kTasksKnown = 2, kOutputKindsKnown = 3;  // the first of each list

/// A file inside the package: no absolute path, no way out of the folder.
fs::path file_in(const fs::path& folder, const JsonNode& node) {
  const fs::path relative = node.string();
  const bool climbs = std::find(relative.begin(), relative.end(), fs::path("..")) != relative.end();
  if (relative.empty() || relative.is_absolute() || climbs)
    node.fail(fmt::format("expected a path inside the package, found \"{}\"", relative.string()));
  return folder / relative;
}

std::string text_not_empty(const JsonNode& node) {
  std::string text = node.string();
  if (text.empty()) node.fail("must not be empty");
  return text;
}

bool is_sha256(const std::string& text) {
  const auto hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return text.size() == 64 && std::all_of(text.begin(), text.end(), hex);
}

std::string sha256_text(const JsonNode& node) {
  std::string text = node.string();
  if (!is_sha256(text)) node.fail("expected 64 lower-case hex digits, found \"" + text + "\"");
  return text;
}

template <std::size_t N>
std::size_t known_name(const JsonNode& node, const std::array<std::string_view, N>& names,
                       std::size_t known) {
  const std::size_t index = node.one_of(names);
  if (index >= known)
    node.fail(fmt::format("\"{}\" is not supported by this version of zeromiss", names[index]));
  return index;
}

/// Optional rules for content that the default refuses (zeromiss/image/decode.hpp).
DecodeOptions read_content_rules(const JsonNode& input) {
  DecodeOptions rules;
  const auto choice = [&](const char* key,
                          std::initializer_list<std::string_view> values) -> std::size_t {
    const auto node = input.find(key);
    return node ? node->one_of(std::span(values.begin(), values.size())) : 0;
  };
  rules.sixteen_bit = static_cast<SixteenBitRule>(choice("sixteen_bit", {"refuse", "scale"}));
  rules.alpha = static_cast<AlphaRule>(choice("alpha", {"refuse", "ignore"}));
  rules.orientation =
      static_cast<OrientationRule>(choice("orientation", {"refuse", "apply", "ignore"}));
  return rules;
}

std::vector<ClassInfo> read_classes(const JsonNode& list, Task task) {
  std::vector<ClassInfo> classes;
  std::set<std::string> names;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const JsonNode node = list.at(i);
    node.only({"name", "defect"});
    classes.push_back({text_not_empty(node.at("name")), node.at("defect").boolean()});
    if (!names.insert(classes.back().name).second)
      node.fail("class \"" + classes.back().name + "\" is listed twice");
  }
  const auto defects =
      std::count_if(classes.begin(), classes.end(), [](const auto& c) { return c.defect; });
  if (defects == 0) list.fail("at least one class must have \"defect\": true");
  if (task == Task::classification && defects == static_cast<std::ptrdiff_t>(classes.size()))
    list.fail("at least one class must have \"defect\": false");
  return classes;
}

Limits read_limits(const JsonNode& decision, Task task) {
  decision.only({"review_at", "reject_at", "origin"});
  if (!decision.at("origin").is_object()) decision.at("origin").fail("expected an object");
  const auto limit = [&](const char* key) {
    const JsonNode node = decision.at(key);
    return task == Task::classification ? node.number(0.0, 1.0) : node.number();
  };
  const Limits limits{limit("review_at"), limit("reject_at")};
  if (limits.review_at > limits.reject_at)
    decision.fail(
        fmt::format("review_at {} is above reject_at {}", limits.review_at, limits.reject_at));
  return limits;
}

std::vector<Golden> read_golden(const JsonNode& list, const fs::path& folder) {
  std::vector<Golden> golden;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const JsonNode node = list.at(i);
    node.only({"image", "score", "label", "tolerance"});
    golden.push_back({file_in(folder, node.at("image")), node.at("image").string(),
                      node.at("score").number(), node.at("label").string(),
                      node.at("tolerance").number(0.0, kMaxGoldenTolerance)});
  }
  if (golden.empty()) list.fail("at least one golden image is needed");
  return golden;
}

void check_pin(const fs::path& file, const std::string& manifest,
               const std::optional<std::string>& pin) {
  if (!pin) return;
  const std::string expected = lower_ascii(*pin);
  if (!is_sha256(expected))
    throw Error(
        ErrorKind::usage,
        fmt::format("--model-sha256 \"{}\": expected 64 hex digits; inspect --dry-run prints "
                    "those of a package",
                    *pin));
  const std::string found = sha256_hex(std::string_view(manifest));
  if (found != expected)
    throw Error(ErrorKind::input,
                fmt::format("{}: SHA-256 is {}, --model-sha256 expects {}: this is not the package "
                            "that was pinned; nothing of it was loaded",
                            file.string(), found, expected));
}

void check_signature(const fs::path& folder, const std::string& manifest,
                     const std::optional<fs::path>& key) {
  if (!key) return;
  constexpr std::uintmax_t kMaxKeyBytes = 64U << 10U;
  const fs::path file = folder / "model.sig";
  const std::string pem = read_text(*key, ErrorKind::input, kMaxKeyBytes);
  const std::string signature = read_text(file, ErrorKind::input, kMaxKeyBytes);
  switch (verify_signature(manifest, signature, pem)) {
    case SignatureState::valid:
      return;
    case SignatureState::no_key:
      throw Error(ErrorKind::input, fmt::format("{}: no public key in PEM form", key->string()));
    case SignatureState::wrong:
      throw Error(ErrorKind::input,
                  fmt::format("{}: is no signature of model.json by {}: the package was changed or "
                              "comes from somebody else; nothing of it was loaded",
                              file.string(), key->string()));
  }
}

void check_output_fits(const JsonNode& output, const ModelPackage& package) {
  const bool score = package.output == OutputKind::score;
  if (score != (package.task == Task::anomaly))
    output.fail(
        fmt::format("does not fit task \"{}\": classification needs logits or probabilities, "
                    "anomaly needs score",
                    task_name(package.task)));
}

}  // namespace

std::string_view task_name(Task task) { return kTasks[static_cast<std::size_t>(task)]; }

ModelPackage read_package(const fs::path& folder, const PackageTrust& trust) {
  const fs::path file = folder / "model.json";
  const std::string text = read_text(file, ErrorKind::input, kMaxManifestBytes);
  check_pin(file, text, trust.manifest_sha256);
  check_signature(folder, text, trust.public_key);
  const JsonDocument document(text, file.string(), ErrorKind::input);
  const JsonNode root = document.root();
  root.only({"schema", "name", "version", "license", "task", "weights", "input", "output",
             "classes", "decision", "golden"});
  constexpr std::array<std::string_view, 1> kSchema{"zeromiss-model/1"};
  root.at("schema").one_of(kSchema);

  ModelPackage package;
  package.folder = folder;
  package.manifest_sha256 = sha256_hex(std::string_view(text));
  package.name = text_not_empty(root.at("name"));
  package.version = text_not_empty(root.at("version"));
  package.license = text_not_empty(root.at("license"));
  package.task = static_cast<Task>(known_name(root.at("task"), kTasks, kTasksKnown));

  const JsonNode weights = root.at("weights");
  weights.only({"file", "format", "sha256"});
  constexpr std::array<std::string_view, 1> kFormats{"torchscript"};
  weights.at("format").one_of(kFormats);
  package.weights = file_in(folder, weights.at("file"));
  package.weights_sha256 = sha256_text(weights.at("sha256"));

  const JsonNode input = root.at("input");
  input.only({"color", "steps", "scale", "mean", "std", "sixteen_bit", "alpha", "orientation"});
  package.input = parse_input_spec(input);
  package.decode = read_content_rules(input);
  try {
    static_cast<void>(output_size(package.input));
  } catch (const Error& error) {
    input.at("steps").fail(error.what());
  }

  const JsonNode output = root.at("output");
  output.only({"kind"});
  package.output =
      static_cast<OutputKind>(known_name(output.at("kind"), kOutputKinds, kOutputKindsKnown));
  check_output_fits(output, package);
  package.classes = read_classes(root.at("classes"), package.task);
  package.limits = read_limits(root.at("decision"), package.task);
  package.golden = read_golden(root.at("golden"), folder);
  return package;
}

std::vector<std::uint8_t> read_weights(const ModelPackage& package) {
  auto bytes = read_bytes(package.weights, ErrorKind::input, kMaxWeightBytes);
  const std::string found = sha256_hex(std::span<const std::uint8_t>(bytes));
  if (found != package.weights_sha256)
    throw Error(
        ErrorKind::input,
        fmt::format(
            "{}: SHA-256 is {}, model.json expects {}: the file was changed or belongs to another "
            "version; restore the package",
            package.weights.string(), found, package.weights_sha256));
  return bytes;
}

}  // namespace zeromiss
