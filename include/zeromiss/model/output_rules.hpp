#pragma once

#include <zeromiss/base/json.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <variant>

namespace zeromiss {

/// What a network gives; apps/README.md says what is made of each.
enum class OutputKind {
  logits,
  probabilities,
  sigmoid,
  score,
  score_map,
  boxes_yolo,
  boxes_torchvision,
  mask_logits
};

/// Which of a network's tensors is meant: its key, or its position from 0.
using TensorName = std::variant<std::size_t, std::string>;

/// What is still to be applied to the network's values to make probabilities of them.
enum class Activation { none, sigmoid, softmax };

/// nearest: pixels are decided at the network's size; bilinear: its values are interpolated first.
enum class Interpolation { nearest, bilinear };

/// Non-maximum suppression, see nms.hpp.
struct NmsRules {
  double iou;
  bool class_agnostic;
  std::size_t max_detections;
};

struct SigmoidRules {
  bool applied;  ///< the network has applied it
};

enum class YoloLayout { v5, v8, end2end };

/// Masks of single objects as sums of a few common ones.
struct PrototypeRules {
  TensorName output;
  std::size_t prototypes;
  int stride;
  double threshold;  ///< of the probability, inside (0, 1)
};

struct YoloRules {
  YoloLayout layout;
  bool transposed;  ///< N x values x candidates instead of N x candidates x values
  Activation activation;
  bool normalized;  ///< boxes are in 0..1 of the network's input, not in its pixels
  bool multi_label;
  double min_score;
  std::optional<NmsRules> nms;
  std::optional<PrototypeRules> masks;
};

struct TorchvisionRules {
  std::int64_t first_label;  ///< the number of the package's first class
  double min_score;
  std::optional<NmsRules> nms;
  std::optional<double> mask_threshold;  ///< none: no masks are read
};

struct MaskRules {
  Activation activation;
  std::optional<double> threshold;  ///< none: the class with the highest value
  int stride;
  Interpolation interpolation;
};

struct ScoreMapRules {
  TensorName map;
  std::optional<TensorName> score;  ///< none: the highest value of the map
  int stride;
  std::optional<double> threshold;  ///< none: no defects are listed
  Interpolation interpolation;
};

/// What a kind needs to know; nothing for logits, probabilities and score.
using OutputRules = std::variant<std::monostate, SigmoidRules, YoloRules, TorchvisionRules,
                                 MaskRules, ScoreMapRules>;

/// The keys of a manifest's `output` beside `kind`, strictly. @throws Error naming file and key
OutputRules parse_output_rules(const JsonNode& output, OutputKind kind);
/// The key `output`, if it is there.
std::optional<TensorName> parse_output_name(const JsonNode& output);

/// Whether defects come with masks.
bool gives_masks(const OutputRules& rules);

}  // namespace zeromiss
