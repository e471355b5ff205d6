#include <zeromiss/metrics/detection.hpp>

#include <cmath>
#include <stdexcept>
#include <string>

namespace zeromiss {
namespace {

bool is_usable(const Box& box) {
  return std::isfinite(box.x) && std::isfinite(box.y) && std::isfinite(box.width) &&
         std::isfinite(box.height) && box.width >= 0.0 && box.height >= 0.0;
}

template <typename Item>
void check_item(const Item& item, const DetectionSet& set, const char* kind, std::size_t index) {
  const auto refuse = [&](const char* problem) {
    throw std::invalid_argument(std::string(kind) + " " + std::to_string(index) + ": " + problem);
  };
  if (item.image >= set.images) refuse("its image is not in the list");
  if (item.label >= set.classes) refuse("its class is not in the list");
  if (!is_usable(item.box)) refuse("its box is not finite or has negative sides");
  if (!std::isfinite(item.area)) refuse("its area is not finite");
}

}  // namespace

void check(const DetectionSet& set, Shape shape) {
  for (std::size_t i = 0; i < set.truths.size(); ++i)
    check_item(set.truths[i], set, "labelled object", i);
  for (std::size_t i = 0; i < set.detections.size(); ++i) {
    check_item(set.detections[i], set, "detection", i);
    if (!std::isfinite(set.detections[i].score))
      throw std::invalid_argument("detection " + std::to_string(i) + ": its score is not finite");
  }
  if (shape == Shape::mask && (set.truth_masks.size() != set.truths.size() ||
                               set.detection_masks.size() != set.detections.size()))
    throw std::invalid_argument("figures of masks need one mask for every object and detection");
}

}  // namespace zeromiss
