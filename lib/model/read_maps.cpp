// Outputs with a value for every pixel: class maps and anomaly maps.
#include "pixels.hpp"
#include "read_outputs.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace zeromiss {
namespace {

Grid grid_of(const OutputPart& part, std::size_t channels, int stride, cv::Size input) {
  const int height = input.height / stride, width = input.width / stride;
  const bool fits = height * stride == input.height && width * stride == input.width;
  if (!fits)
    refuse_output(fmt::format("an input of {}x{} has no output {} times smaller", input.width,
                              input.height, stride));
  OutputPart planes = part;
  if (channels == 1 && planes.shape.size() == 2) planes.shape.insert(planes.shape.begin(), 1);
  require_shape(planes, {static_cast<std::int64_t>(channels), height, width});
  return {part.data, static_cast<int>(channels), height, width, stride};
}

std::size_t first_defect_class(const ModelPackage& package) {
  const auto found = std::find_if(package.classes.begin(), package.classes.end(),
                                  [](const ClassInfo& info) { return info.defect; });
  return static_cast<std::size_t>(found - package.classes.begin());
}

}  // namespace

Objects read_mask_logits(const ImageOutputs& outputs, const ModelPackage& package,
                         const MaskRules& rules, const Placement& placement) {
  const OutputPart part = outputs.main(package.output_name);
  const Grid grid = grid_of(part, package.classes.size(), rules.stride, placement.network());
  if (rules.activation == Activation::none) require_probabilities(part.data, "a pixel");
  const auto rule = PixelRule::classes(package.classes, rules.activation, rules.threshold);
  return {counting(defects_of_pixels(grid, rule, rules.interpolation, placement, package.classes),
                   package)};
}

Anomaly read_score_map(const ImageOutputs& outputs, const ModelPackage& package,
                       const ScoreMapRules& rules, const Placement& placement) {
  const OutputPart map = outputs.named(rules.map);
  const Grid grid = grid_of(map, 1, rules.stride, placement.network());
  Anomaly anomaly{0.0, {}};
  if (rules.score) {
    const OutputPart score = outputs.named(*rules.score);
    if (score.data.size() != 1)
      refuse_output(fmt::format("{} has shape {} for an image, expected one number", score.name,
                                fmt::join(score.shape, "x")));
    anomaly.score = static_cast<double>(score.data.front());
  } else {
    anomaly.score = static_cast<double>(*std::max_element(map.data.begin(), map.data.end()));
  }
  if (!rules.threshold) return anomaly;
  const auto rule = PixelRule::above(*rules.threshold, first_defect_class(package));
  anomaly.defects = defects_of_pixels(grid, rule, rules.interpolation, placement, package.classes);
  std::stable_sort(anomaly.defects.begin(), anomaly.defects.end(),
                   [](const Defect& a, const Defect& b) { return a.score > b.score; });
  return anomaly;
}

std::vector<Defect> counting(std::vector<Defect> defects, const ModelPackage& package) {
  std::erase_if(defects, [&](const Defect& defect) {
    const ClassInfo& info = package.classes[defect.label];
    return !info.defect || defect.score < info.min_score || defect.area < info.min_area;
  });
  std::stable_sort(defects.begin(), defects.end(),
                   [](const Defect& a, const Defect& b) { return a.score > b.score; });
  return defects;
}

}  // namespace zeromiss
