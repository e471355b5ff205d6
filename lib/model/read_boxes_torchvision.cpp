// Detectors of torchvision: for each image a dictionary boxes, labels, scores, masks.
#include "pixels.hpp"
#include "read_boxes.hpp"
#include "read_outputs.hpp"

#include <fmt/format.h>

#include <cmath>

namespace zeromiss {
namespace {

constexpr const char* kNoLogits = "expected probabilities, not logits";

struct Found {
  OutputPart boxes, labels, scores;
  std::size_t count;
};

Found found_of(const ImageOutputs& outputs) {
  Found found{outputs.named("boxes"), outputs.named("labels"), outputs.named("scores"), 0};
  if (found.scores.shape.size() != 1)
    refuse_output("the model's output \"scores\" is no list: expected one number a box");
  const std::int64_t count = found.scores.shape.front();
  require_shape(found.boxes, {count, 4});
  require_shape(found.labels, {count});
  found.count = static_cast<std::size_t>(count);
  return found;
}

std::uint32_t label_of(float label, const TorchvisionRules& rules, std::size_t classes) {
  const double place = static_cast<double>(label) - static_cast<double>(rules.first_label);
  if (!(place >= 0.0 && place < static_cast<double>(classes) && place == std::floor(place)))
    refuse_output(fmt::format("label {} of a box is none of the {} classes from {} on", label,
                              classes, rules.first_label));
  return static_cast<std::uint32_t>(place);
}

}  // namespace

Objects read_boxes_torchvision(const ImageOutputs& outputs, const ModelPackage& package,
                               const TorchvisionRules& rules, const Placement& placement) {
  const Found found = found_of(outputs);
  const cv::Size input = placement.network();
  std::optional<OutputPart> masks;
  if (rules.mask_threshold) {
    masks = outputs.named("masks");
    require_shape(*masks, {static_cast<std::int64_t>(found.count), 1, input.height, input.width});
  }
  require_probabilities(found.scores.data, "a score", kNoLogits);  // also those below min_score
  Candidates candidates(package.classes, placement, masks.has_value());
  for (std::size_t i = 0; i < found.count; ++i) {
    // Labels are looked at before scores: one outside the list says that the package is wrong.
    const std::uint32_t label = label_of(found.labels.data[i], rules, package.classes.size());
    if (static_cast<double>(found.scores.data[i]) < rules.min_score) continue;
    const auto box = found.boxes.data.subspan(i * 4, 4);
    candidates.add({box[0], box[1], box[2], box[3]}, found.scores.data[i], label, i);
  }
  Objects objects;
  const std::size_t plane =
      static_cast<std::size_t>(input.height) * static_cast<std::size_t>(input.width);
  for (const std::size_t index : kept(candidates, rules.nms)) {
    Defect defect = defect_of(candidates, index);
    if (masks) {
      const Grid grid{masks->data.subspan(candidates.rows[index] * plane, plane), 1, input.height,
                      input.width};
      require_probabilities(grid.data, "a mask's pixel", kNoLogits);
      set_mask(defect, object_mask(grid, *rules.mask_threshold, defect.box, placement));
    }
    objects.defects.push_back(std::move(defect));
  }
  objects.defects = counting(std::move(objects.defects), package);
  return objects;
}

}  // namespace zeromiss
