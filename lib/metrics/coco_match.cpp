#include "coco_match.hpp"

#include <tuple>

namespace zeromiss {
namespace {

struct Key {
  std::uint64_t group;  ///< class, then image
  double score;         ///< the same for all truths
  std::uint32_t label, index;

  bool operator<(const Key& other) const {
    return std::tie(group, other.score, label, index) <
           std::tie(other.group, score, other.label, other.index);
  }
};

std::uint64_t group_key(std::uint32_t label, std::uint32_t image, bool by_class) {
  return (std::uint64_t{by_class ? label : 0} << 32U) | image;
}

template <typename Item, typename Score>
std::vector<Key> sorted_keys(const std::vector<Item>& items, bool by_class, Score score) {
  std::vector<Key> keys;
  keys.reserve(items.size());
  for (std::size_t i = 0; i < items.size(); ++i)
    keys.push_back({group_key(items[i].label, items[i].image, by_class), score(items[i]),
                    items[i].label, static_cast<std::uint32_t>(i)});
  std::sort(keys.begin(), keys.end());
  return keys;
}

std::uint32_t size32(const std::vector<std::uint32_t>& list) {
  return static_cast<std::uint32_t>(list.size());
}

std::vector<Box> boxes_around(const std::vector<Mask>& masks) {
  std::vector<Box> boxes;
  boxes.reserve(masks.size());
  for (const Mask& mask : masks) boxes.push_back(mask_box(mask));
  return boxes;
}

}  // namespace

DetectionGroups group_detections(const DetectionSet& set, const GroupOptions& options) {
  const auto truths =
      sorted_keys(set.truths, options.by_class, [](const TruthObject&) { return 0.0; });
  const auto detections =
      sorted_keys(set.detections, options.by_class, [](const Detection& d) { return d.score; });
  DetectionGroups all;
  all.truths.reserve(truths.size());
  all.detections.reserve(detections.size());
  std::size_t t = 0, d = 0;
  while (t < truths.size() || d < detections.size()) {
    std::uint64_t key = std::numeric_limits<std::uint64_t>::max();
    if (t < truths.size()) key = truths[t].group;
    if (d < detections.size()) key = std::min(key, detections[d].group);
    DetectionGroup group;
    group.label = static_cast<std::uint32_t>(key >> 32U);
    group.image = static_cast<std::uint32_t>(key);
    group.truths_begin = size32(all.truths);
    for (; t < truths.size() && truths[t].group == key; ++t) all.truths.push_back(truths[t].index);
    group.truths_end = size32(all.truths);
    group.detections_begin = size32(all.detections);
    for (std::size_t rank = 0; d < detections.size() && detections[d].group == key; ++d, ++rank)
      if (rank < options.most_detections) all.detections.push_back(detections[d].index);
    group.detections_end = size32(all.detections);
    all.groups.push_back(group);
  }
  return all;
}

Overlaps::Overlaps(const DetectionSet& set, Shape shape, double least)
    : set_(set), shape_(shape), least_(least) {
  if (shape == Shape::box) return;
  truth_boxes_ = boxes_around(set.truth_masks);
  detection_boxes_ = boxes_around(set.detection_masks);
}

double Overlaps::iou(std::uint32_t detection, std::uint32_t truth) const {
  const bool crowd = set_.truths[truth].crowd;
  if (shape_ == Shape::box)
    return box_iou(set_.detections[detection].box, set_.truths[truth].box, crowd);
  if (box_iou(detection_boxes_[detection], truth_boxes_[truth], crowd) == 0.0) return 0.0;
  return mask_iou(set_.detection_masks[detection], set_.truth_masks[truth], crowd);
}

void Overlaps::compute(const DetectionGroups& groups, const DetectionGroup& group) {
  list_.clear();
  begin_.assign(1, 0);
  for (std::uint32_t d = group.detections_begin; d < group.detections_end; ++d) {
    for (std::uint32_t t = group.truths_begin; t < group.truths_end; ++t) {
      const double overlap = iou(groups.detections[d], groups.truths[t]);
      if (overlap >= least_) list_.push_back({t - group.truths_begin, overlap});
    }
    begin_.push_back(list_.size());
  }
}

}  // namespace zeromiss
