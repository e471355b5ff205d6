#include <zeromiss/model/nms.hpp>

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace zeromiss {
namespace {

float area(const Corners& box) { return (box.x2 - box.x1) * (box.y2 - box.y1); }

/// NaN for two boxes without area: not above any limit.
float overlap_over_union(const Corners& a, float area_a, const Corners& b, float area_b) {
  const float width = std::max(0.0F, std::min(a.x2, b.x2) - std::max(a.x1, b.x1));
  const float height = std::max(0.0F, std::min(a.y2, b.y2) - std::max(a.y1, b.y1));
  const float overlap = width * height;
  return overlap / (area_a + area_b - overlap);
}

}  // namespace

std::vector<std::size_t> nms(std::span<const Corners> boxes, std::span<const float> scores,
                             std::span<const std::uint32_t> labels, double iou, std::size_t most,
                             const std::function<bool(std::size_t, std::size_t)>& may_cover) {
  if (scores.size() != boxes.size() || !(labels.empty() || labels.size() == boxes.size()))
    throw std::invalid_argument("boxes, scores and labels are of different numbers");
  std::vector<std::size_t> order(boxes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  std::vector<float> areas(boxes.size());
  std::transform(boxes.begin(), boxes.end(), areas.begin(), area);

  // A box is held against those that stay, which are few, not against all that went.
  std::vector<std::size_t> kept;
  const auto takes = [&](std::size_t winner, std::size_t candidate) {
    if (!labels.empty() && labels[winner] != labels[candidate]) return false;
    const float share =
        overlap_over_union(boxes[winner], areas[winner], boxes[candidate], areas[candidate]);
    return static_cast<double>(share) > iou;
  };
  for (const std::size_t candidate : order) {
    if (!may_cover && kept.size() == most) break;
    std::size_t above = 0;
    const bool covered = std::any_of(kept.begin(), kept.end(), [&](std::size_t winner) {
      if (may_cover && !may_cover(winner, candidate)) return false;
      return ++above == most || takes(winner, candidate);
    });
    if (!covered) kept.push_back(candidate);
  }
  return kept;
}

}  // namespace zeromiss
