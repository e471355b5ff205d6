#include <zeromiss/base/files.hpp>
#include <zeromiss/base/hash.hpp>
#include <zeromiss/base/json.hpp>
#include <zeromiss/base/signature.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/model/content_rules.hpp>
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
    "logits",    "probabilities", "sigmoid",           "score",
    "score_map", "boxes_yolo",    "boxes_torchvision", "mask_logits"};
constexpr double kMaxBoxTolerance = 2.0;

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

double positive(const JsonNode& node) {
  const double value = node.number();
  if (value <= 0.0) node.fail(fmt::format("expected a number above 0, found {}", value));
  return value;
}

std::string sha256_text(const JsonNode& node) {
  std::string text = node.string();
  if (!digest_of(text)) node.fail("expected 64 lower-case hex digits, found \"" + text + "\"");
  return text;
}

/// Limits of one class. Beside the package's the stricter one counts (verdict.cpp), so that PASS
/// always means score < review_at.
void read_class_limits(const JsonNode& node, const Limits& limits, ClassInfo& info) {
  if (const auto limit = node.find("review_at")) info.review_at = limit->number(0.0, 1.0);
  if (const auto limit = node.find("reject_at")) info.reject_at = limit->number(0.0, 1.0);
  const double review = std::min(info.review_at.value_or(limits.review_at), limits.review_at);
  const double reject = std::min(info.reject_at.value_or(limits.reject_at), limits.reject_at);
  if (review > reject)
    node.fail(fmt::format("review_at {} is above reject_at {} for this class", review, reject));
}

bool has_objects(Task task) { return task == Task::detection || task == Task::segmentation; }

ClassInfo read_class(const JsonNode& node, const ModelPackage& package) {
  const bool objects = has_objects(package.task);
  if (objects)
    node.only({"name", "defect", "min_score", "min_area", "review_at", "reject_at"});
  else if (package.task == Task::classification)
    node.only({"name", "defect", "review_at", "reject_at"});
  else if (package.output == OutputKind::score_map)
    node.only({"name", "defect", "min_area"});
  else
    node.only({"name", "defect"});
  ClassInfo info{text_not_empty(node.at("name")), node.at("defect").boolean()};
  constexpr double kMostArea = 1e12;
  if (const auto score = node.find("min_score")) info.min_score = score->number(0.0, 1.0);
  if (const auto area = node.find("min_area")) info.min_area = area->number(0.0, kMostArea);
  read_class_limits(node, package.limits, info);
  if (!info.defect && node.keys().size() > 2)
    node.fail("only a class with \"defect\": true can have limits");
  return info;
}

std::vector<ClassInfo> read_classes(const JsonNode& list, const ModelPackage& package) {
  std::vector<ClassInfo> classes;
  std::set<std::string> names;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const JsonNode node = list.at(i);
    classes.push_back(read_class(node, package));
    if (!names.insert(classes.back().name).second)
      node.fail("class \"" + classes.back().name + "\" is listed twice");
  }
  const auto defects =
      std::count_if(classes.begin(), classes.end(), [](const auto& c) { return c.defect; });
  if (defects == 0) list.fail("at least one class must have \"defect\": true");
  // Several labels may all be defects: then the good picture is the one without any.
  const bool needs_good =
      package.task == Task::classification && package.output != OutputKind::sigmoid;
  if (needs_good && defects == static_cast<std::ptrdiff_t>(classes.size()))
    list.fail("at least one class must have \"defect\": false");
  return classes;
}

Limits read_limits(const JsonNode& decision, Task task) {
  decision.only({"review_at", "reject_at", "origin"});
  if (!decision.at("origin").is_object()) decision.at("origin").fail("expected an object");
  const auto limit = [&](const char* key) {
    const JsonNode node = decision.at(key);
    return task == Task::anomaly ? node.number() : node.number(0.0, 1.0);
  };
  const Limits limits{limit("review_at"), limit("reject_at")};
  if (limits.review_at > limits.reject_at)
    decision.fail(
        fmt::format("review_at {} is above reject_at {}", limits.review_at, limits.reject_at));
  return limits;
}

/// Two parts of the origin are relied on, this and the precision; the rest is for people.
std::optional<CalibrationImages> read_calibration(const JsonNode& decision) {
  const auto node = decision.at("origin").find("calibration_images");
  return node ? std::optional(parse_calibration_images(*node)) : std::nullopt;
}

Precision read_precision(const JsonNode& decision) {
  const auto node = decision.at("origin").find("precision");
  if (!node) return Precision::fp32;
  const auto precision = precision_named(node->string());
  if (!precision)
    node->fail(fmt::format("expected fp32, bf16 or fp16, found \"{}\"", node->string()));
  return *precision;
}

/// openvino: two files, and each has its hash.
void read_weights_files(const JsonNode& weights, ModelPackage& package) {
  package.format = static_cast<WeightsFormat>(weights.at("format").one_of(kWeightsFormats));
  const bool two = package.format == WeightsFormat::openvino;
  if (two)
    weights.only({"file", "format", "sha256", "data"});
  else
    weights.only({"file", "format", "sha256"});
  package.weights = file_in(package.folder, weights.at("file"));
  package.weights_sha256 = sha256_text(weights.at("sha256"));
  if (!two) return;
  const JsonNode data = weights.at("data");
  data.only({"file", "sha256"});
  package.weights_data = file_in(package.folder, data.at("file"));
  package.weights_data_sha256 = sha256_text(data.at("sha256"));
}

/// The very bytes that are hashed are those that are used.
std::vector<std::uint8_t> read_pinned(const fs::path& file, const std::string& sha256) {
  auto bytes = read_bytes(file, ErrorKind::input, kMaxWeightBytes);
  const std::string found = sha256_hex(std::span<const std::uint8_t>(bytes));
  if (found != sha256)
    throw Error(
        ErrorKind::input,
        fmt::format(
            "{}: SHA-256 is {}, model.json expects {}: the file was changed or belongs to another "
            "version; restore the package",
            file.string(), found, sha256));
  return bytes;
}

std::string known_class(const JsonNode& node, const ModelPackage& package) {
  std::string name = node.string();
  const auto same = [&](const ClassInfo& info) { return info.name == name; };
  if (std::none_of(package.classes.begin(), package.classes.end(), same))
    node.fail(fmt::format("\"{}\" is none of the classes", name));
  return name;
}

std::vector<GoldenDefect> read_golden_defects(const JsonNode& list, const ModelPackage& package) {
  std::vector<GoldenDefect> defects;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const JsonNode node = list.at(i);
    node.only({"label", "score", "bbox"});
    const JsonNode box = node.at("bbox");
    if (box.size() != 4) box.fail("expected x, y, width, height");
    defects.push_back(
        {known_class(node.at("label"), package),
         node.at("score").number(),
         {box.at(0).number(), box.at(1).number(), box.at(2).number(), box.at(3).number()}});
  }
  return defects;
}

Golden read_golden_image(const JsonNode& node, const ModelPackage& package) {
  Golden golden{file_in(package.folder, node.at("image")), node.at("image").string(),
                node.at("score").number(), node.at("label").string(),
                node.at("tolerance").number(0.0, kMaxGoldenTolerance)};
  const bool objects = has_objects(package.task) || package.output == OutputKind::score_map;
  if (!objects || !node.find("defects")) {
    node.only({"image", "score", "label", "tolerance"});
    return golden;
  }
  node.only({"image", "score", "label", "tolerance", "defects", "bbox_tolerance"});
  golden.defects = read_golden_defects(node.at("defects"), package);
  golden.box_tolerance = node.at("bbox_tolerance").number(0.0, kMaxBoxTolerance);
  return golden;
}

std::vector<Golden> read_golden(const JsonNode& list, const ModelPackage& package) {
  std::vector<Golden> golden;
  for (std::size_t i = 0; i < list.size(); ++i)
    golden.push_back(read_golden_image(list.at(i), package));
  if (golden.empty()) list.fail("at least one golden image is needed");
  return golden;
}

void check_pin(const fs::path& file, const std::string& manifest,
               const std::optional<std::string>& pin) {
  if (!pin) return;
  const std::string expected = lower_ascii(*pin);
  if (!digest_of(expected))
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
  const OutputKind kind = package.output;
  const bool boxes = kind == OutputKind::boxes_yolo || kind == OutputKind::boxes_torchvision;
  const auto fits = [&] {
    switch (package.task) {
      case Task::classification:
        return kind == OutputKind::logits || kind == OutputKind::probabilities ||
               kind == OutputKind::sigmoid;
      case Task::anomaly:
        return kind == OutputKind::score || kind == OutputKind::score_map;
      case Task::detection:
        return boxes;
      case Task::segmentation:
        return boxes || kind == OutputKind::mask_logits;
    }
    return false;
  };
  if (!fits())
    output.fail(
        fmt::format("does not fit task \"{}\": classification needs logits, probabilities or "
                    "sigmoid, anomaly score or score_map, detection boxes_yolo or "
                    "boxes_torchvision, segmentation one of these or mask_logits",
                    task_name(package.task)));
  if (package.task == Task::segmentation && !gives_masks(package.rules))
    output.at("masks").fail("must not be null with task \"segmentation\"");
}

/// What classes and output say together.
void check_channels(const JsonNode& classes, const ModelPackage& package) {
  const auto* masks = std::get_if<MaskRules>(&package.rules);
  if (masks == nullptr || masks->activation == Activation::sigmoid) return;
  if (package.classes.size() < 2 || package.classes.front().defect)
    classes.fail(
        "the first class must be the background, \"defect\": false, where the classes of a pixel "
        "exclude each other");
}

}  // namespace

CalibrationImages parse_calibration_images(const JsonNode& node) {
  node.only({"images", "sha256"});
  constexpr std::int64_t kMost = 1LL << 53;  // what a JSON number holds exactly
  return {static_cast<std::uint64_t>(node.at("images").integer(0, kMost)),
          sha256_text(node.at("sha256"))};
}

std::string_view task_name(Task task) { return kTasks[static_cast<std::size_t>(task)]; }

ModelPackage read_package(const fs::path& folder, const PackageTrust& trust) {
  const fs::path file = folder / "model.json";
  const std::string text = read_text(file, ErrorKind::input, kMaxManifestBytes);
  check_pin(file, text, trust.manifest_sha256);
  check_signature(folder, text, trust.public_key);
  const JsonDocument document(text, file.string(), ErrorKind::input);
  const JsonNode root = document.root();
  root.only({"schema", "name", "version", "license", "task", "weights", "input", "output",
             "classes", "decision", "golden", "pixel_size_um", "guard"});
  constexpr std::array<std::string_view, 1> kSchema{"zeromiss-model/1"};
  root.at("schema").one_of(kSchema);

  ModelPackage package;
  package.folder = folder;
  package.manifest_sha256 = sha256_hex(std::string_view(text));
  package.name = text_not_empty(root.at("name"));
  package.version = text_not_empty(root.at("version"));
  package.license = text_not_empty(root.at("license"));
  package.task = static_cast<Task>(root.at("task").one_of(kTasks));

  read_weights_files(root.at("weights"), package);

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
  package.output = static_cast<OutputKind>(output.at("kind").one_of(kOutputKinds));
  package.rules = parse_output_rules(output, package.output);
  package.output_name = parse_output_name(output);
  check_output_fits(output, package);
  package.limits = read_limits(root.at("decision"), package.task);
  package.classes = read_classes(root.at("classes"), package);
  check_channels(root.at("classes"), package);
  if (const auto size = root.find("pixel_size_um")) package.pixel_size_um = positive(*size);
  package.calibration = read_calibration(root.at("decision"));
  package.precision = read_precision(root.at("decision"));
  if (const auto guard = root.find("guard")) package.guard = parse_guard(*guard);
  package.golden = read_golden(root.at("golden"), package);
  return package;
}

std::vector<std::uint8_t> read_weights(const ModelPackage& package) {
  auto bytes = read_pinned(package.weights, package.weights_sha256);
  if (package.format != WeightsFormat::openvino) return bytes;
  return packed(bytes, read_pinned(package.weights_data, package.weights_data_sha256));
}

}  // namespace zeromiss
