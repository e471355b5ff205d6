#pragma once

#include "outputs.hpp"

#include <zeromiss/image/placement.hpp>
#include <zeromiss/model/package.hpp>
#include <zeromiss/model/prediction.hpp>

namespace zeromiss {

/// One image's prediction by the rules of one output kind.
/// @throws ItemError model.output or model.nonfinite
Objects read_boxes_yolo(const ImageOutputs& outputs, const ModelPackage& package,
                        const YoloRules& rules, const Placement& placement);
Objects read_boxes_torchvision(const ImageOutputs& outputs, const ModelPackage& package,
                               const TorchvisionRules& rules, const Placement& placement);
Objects read_mask_logits(const ImageOutputs& outputs, const ModelPackage& package,
                         const MaskRules& rules, const Placement& placement);
Anomaly read_score_map(const ImageOutputs& outputs, const ModelPackage& package,
                       const ScoreMapRules& rules, const Placement& placement);

/// The defects that count, highest score first; of equal scores the earlier one.
std::vector<Defect> counting(std::vector<Defect> defects, const ModelPackage& package);

}  // namespace zeromiss
