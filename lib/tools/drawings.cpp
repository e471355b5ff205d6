#include "drawings.hpp"

#include <array>

namespace zeromiss {
namespace {

constexpr std::size_t kMostBoxes = 100;

}  // namespace

std::map<std::size_t, Drawing> drawings(const DetectionSet& set, const ObjectTruth& truth,
                                        const std::vector<std::size_t>& images,
                                        std::optional<double> score) {
  std::map<std::size_t, Drawing> drawn;
  for (const std::size_t image : images)
    drawn[image] = {truth.images[image].width, truth.images[image].height, {}};
  std::map<std::size_t, std::array<std::size_t, 2>> counts;
  const auto add = [&](std::size_t image, const DrawnBox& box) {
    const auto place = drawn.find(image);
    if (place == drawn.end() || counts[image].at(box.score ? 1 : 0)++ >= kMostBoxes) return;
    place->second.boxes.push_back(box);
  };
  for (const auto& object : set.truths) add(object.image, {object.box, object.label, std::nullopt});
  for (const auto& found : set.detections)
    if (!score || found.score >= *score) add(found.image, {found.box, found.label, found.score});
  return drawn;
}

}  // namespace zeromiss
