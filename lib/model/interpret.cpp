#include "outputs.hpp"
#include "read_outputs.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/model/interpret.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

namespace zeromiss {
namespace {

constexpr double kSumTolerance = 1e-3;  // float32 softmax of a thousand classes stays well inside

/// One value a class; N x 1 may be written as N.
std::span<const float> row_of(const ImageOutputs& outputs, const ModelPackage& package,
                              std::size_t columns) {
  const OutputPart part = outputs.main(package.output_name);
  if (!(columns == 1 && part.shape.empty()))
    require_shape(part, {static_cast<std::int64_t>(columns)});
  return part.data;
}

Classification softmax(std::span<const float> logits) {
  const double highest = *std::max_element(logits.begin(), logits.end());
  Classification result;
  for (const float logit : logits) result.probabilities.push_back(std::exp(logit - highest));
  const double sum = std::accumulate(result.probabilities.begin(), result.probabilities.end(), 0.0);
  for (double& value : result.probabilities) value /= sum;
  return result;
}

Classification checked_probabilities(std::span<const float> row) {
  Classification result{{row.begin(), row.end()}};
  const double sum = std::accumulate(row.begin(), row.end(), 0.0);
  if (std::abs(sum - 1.0) > kSumTolerance)
    throw ItemError(
        "model.output",
        fmt::format("probabilities add up to {}, expected 1: is output.kind \"logits\"?", sum));
  return result;
}

MultiLabel independent_probabilities(std::span<const float> row, const SigmoidRules& rules) {
  MultiLabel result;
  for (const float value : row)
    result.probabilities.push_back(rules.applied ? static_cast<double>(value)
                                                 : sigmoid(static_cast<double>(value)));
  return result;
}

}  // namespace

Prediction interpret(const std::vector<Tensor>& outputs, int index, int images,
                     const ModelPackage& package, const Placement& placement) {
  const ImageOutputs mine(outputs, index, images);
  const std::size_t classes = package.classes.size();
  switch (package.output) {
    case OutputKind::logits:
      return softmax(row_of(mine, package, classes));
    case OutputKind::probabilities:
      return checked_probabilities(row_of(mine, package, classes));
    case OutputKind::sigmoid:
      return independent_probabilities(row_of(mine, package, classes),
                                       std::get<SigmoidRules>(package.rules));
    case OutputKind::score:
      return Anomaly{static_cast<double>(row_of(mine, package, 1).front())};
    case OutputKind::score_map:
      return read_score_map(mine, package, std::get<ScoreMapRules>(package.rules), placement);
    case OutputKind::boxes_yolo:
      return read_boxes_yolo(mine, package, std::get<YoloRules>(package.rules), placement);
    case OutputKind::boxes_torchvision:
      return read_boxes_torchvision(mine, package, std::get<TorchvisionRules>(package.rules),
                                    placement);
    case OutputKind::mask_logits:
      break;
  }
  return read_mask_logits(mine, package, std::get<MaskRules>(package.rules), placement);
}

}  // namespace zeromiss
