#include <zeromiss/model/output_rules.hpp>

#include <fmt/format.h>

#include <array>
#include <span>
#include <string_view>

namespace zeromiss {
namespace {

constexpr std::int64_t kMostOutputs = 1000;
constexpr std::int64_t kMostStride = 1024;
constexpr std::int64_t kMostPrototypes = 4096;
constexpr std::int64_t kMostDetections = 10'000;

TensorName tensor_name(const JsonNode& node) {
  if (!node.is_string()) return static_cast<std::size_t>(node.integer(0, kMostOutputs));
  std::string name = node.string();
  if (name.empty()) node.fail("must not be empty");
  return name;
}

std::optional<TensorName> tensor_name_or_null(const JsonNode& node) {
  if (node.is_null()) return std::nullopt;
  return tensor_name(node);
}

/// One of a kind's words, as the enumerator of the same place.
template <typename Enum>
Enum word(const JsonNode& node, std::initializer_list<std::string_view> words) {
  return static_cast<Enum>(node.one_of(std::span(words.begin(), words.size())));
}

/// A probability at which something is there; at 0 everything would be, above 1 nothing.
double inner_share(const JsonNode& node) {
  const double share = node.number(0.0, 1.0);
  if (share <= 0.0 || share >= 1.0) node.fail(fmt::format("expected 0 < x < 1, found {}", share));
  return share;
}

int stride_of(const JsonNode& node) {
  return static_cast<int>(node.at("stride").integer(1, kMostStride));
}

Interpolation interpolation_of(const JsonNode& output) {
  return word<Interpolation>(output.at("resample"), {"nearest", "bilinear"});
}

std::optional<NmsRules> nms_of(const JsonNode& output) {
  const JsonNode node = output.at("nms");
  if (node.is_string()) {
    constexpr std::array<std::string_view, 1> kNone{"none"};
    node.one_of(kNone);
    return std::nullopt;
  }
  node.only({"iou", "class_agnostic", "max_detections"});
  return NmsRules{node.at("iou").number(0.0, 1.0), node.at("class_agnostic").boolean(),
                  static_cast<std::size_t>(node.at("max_detections").integer(1, kMostDetections))};
}

OutputRules sigmoid_rules(const JsonNode& output) {
  output.only({"kind", "output", "applied"});
  const auto applied = output.find("applied");
  return SigmoidRules{applied && applied->boolean()};
}

std::optional<PrototypeRules> prototypes_of(const JsonNode& masks) {
  if (masks.is_null()) return std::nullopt;
  masks.only({"output", "prototypes", "stride", "threshold"});
  return PrototypeRules{
      tensor_name(masks.at("output")),
      static_cast<std::size_t>(masks.at("prototypes").integer(1, kMostPrototypes)),
      stride_of(masks), inner_share(masks.at("threshold"))};
}

OutputRules yolo_rules(const JsonNode& output) {
  const auto layout = word<YoloLayout>(output.at("layout"), {"v5", "v8", "end2end"});
  const bool end_to_end = layout == YoloLayout::end2end;
  if (end_to_end)
    output.only({"kind", "output", "layout", "transposed", "activation", "boxes", "min_score",
                 "nms", "masks"});
  else
    output.only({"kind", "output", "layout", "transposed", "activation", "boxes", "multi_label",
                 "min_score", "nms", "masks"});
  YoloRules rules{layout,
                  output.at("transposed").boolean(),
                  word<Activation>(output.at("activation"), {"none", "sigmoid"}),
                  word<int>(output.at("boxes"), {"pixels", "normalized"}) == 1,
                  !end_to_end && output.at("multi_label").boolean(),
                  output.at("min_score").number(0.0, 1.0),
                  nms_of(output),
                  prototypes_of(output.at("masks"))};
  if (end_to_end && rules.nms)
    output.at("nms").fail("expected \"none\": layout end2end has it inside");
  return rules;
}

OutputRules torchvision_rules(const JsonNode& output) {
  output.only({"kind", "first_label", "min_score", "nms", "masks"});
  TorchvisionRules rules{output.at("first_label").integer(0, kMostOutputs),
                         output.at("min_score").number(0.0, 1.0), nms_of(output), std::nullopt};
  const JsonNode masks = output.at("masks");
  if (masks.is_null()) return rules;
  masks.only({"threshold"});
  rules.mask_threshold = inner_share(masks.at("threshold"));
  return rules;
}

OutputRules mask_rules(const JsonNode& output) {
  output.only({"kind", "output", "activation", "pixel", "stride", "resample"});
  const auto activation = word<Activation>(output.at("activation"), {"none", "sigmoid", "softmax"});
  const JsonNode pixel = output.at("pixel");
  std::optional<double> threshold;
  if (pixel.is_string()) {
    constexpr std::array<std::string_view, 1> kHighest{"argmax"};
    pixel.one_of(kHighest);
    if (activation == Activation::sigmoid)
      pixel.fail("expected a number: with sigmoid the classes do not compete");
  } else {
    threshold = inner_share(pixel);
  }
  return MaskRules{activation, threshold, stride_of(output), interpolation_of(output)};
}

OutputRules score_map_rules(const JsonNode& output) {
  output.only({"kind", "map_output", "score_output", "stride", "threshold", "resample"});
  const JsonNode threshold = output.at("threshold");
  return ScoreMapRules{
      tensor_name(output.at("map_output")), tensor_name_or_null(output.at("score_output")),
      stride_of(output),
      threshold.is_null() ? std::nullopt : std::optional<double>(threshold.number()),
      interpolation_of(output)};
}

}  // namespace

OutputRules parse_output_rules(const JsonNode& output, OutputKind kind) {
  switch (kind) {
    case OutputKind::sigmoid:
      return sigmoid_rules(output);
    case OutputKind::boxes_yolo:
      return yolo_rules(output);
    case OutputKind::boxes_torchvision:
      return torchvision_rules(output);
    case OutputKind::mask_logits:
      return mask_rules(output);
    case OutputKind::score_map:
      return score_map_rules(output);
    case OutputKind::logits:
    case OutputKind::probabilities:
    case OutputKind::score:
      break;
  }
  output.only({"kind", "output"});
  return std::monostate{};
}

std::optional<TensorName> parse_output_name(const JsonNode& output) {
  const auto node = output.find("output");
  if (!node) return std::nullopt;
  return tensor_name(*node);
}

bool gives_masks(const OutputRules& rules) {
  if (const auto* yolo = std::get_if<YoloRules>(&rules)) return yolo->masks.has_value();
  if (const auto* boxes = std::get_if<TorchvisionRules>(&rules))
    return boxes->mask_threshold.has_value();
  if (const auto* map = std::get_if<ScoreMapRules>(&rules)) return map->threshold.has_value();
  return std::holds_alternative<MaskRules>(rules);
}

}  // namespace zeromiss
