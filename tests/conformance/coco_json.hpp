#pragma once
// COCO's JSON as its own tool reads it, for the vectors of ../shared; trusting, unlike the readers
// of lib/dataset.

#include <zeromiss/metrics/detection.hpp>

#include <nlohmann/json.hpp>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace zeromiss::test {

using Json = nlohmann::json;

struct CocoJson {
  DetectionSet set;
  std::vector<std::int64_t> categories;  ///< ids in the order of classes
};

inline Mask mask_of(const Json& segmentation, std::uint32_t height, std::uint32_t width) {
  if (segmentation.is_array()) {
    std::vector<Mask> parts;
    for (const auto& polygon : segmentation)
      parts.push_back(mask_from_polygon(height, width, polygon.get<std::vector<double>>()));
    return merge_masks(parts, MaskMerge::unite);
  }
  const auto rows = segmentation["size"][0].get<std::uint32_t>();
  const auto columns = segmentation["size"][1].get<std::uint32_t>();
  const Json& counts = segmentation["counts"];
  if (counts.is_string()) return mask_from_text(rows, columns, counts.get<std::string>());
  return mask_from_counts(rows, columns, counts.get<std::vector<std::int64_t>>());
}

inline Box box_of(const Json& bbox) { return {bbox[0], bbox[1], bbox[2], bbox[3]}; }

inline std::map<std::int64_t, std::uint32_t> numbered(const Json& list) {
  std::map<std::int64_t, std::uint32_t> numbers;
  for (const auto& item : list) numbers[item["id"]] = 0;
  std::uint32_t next = 0;
  for (auto& [id, number] : numbers) number = next++;
  return numbers;
}

inline CocoJson read_coco(const Json& truth, const Json& detections, Shape shape) {
  CocoJson out;
  const auto images = numbered(truth["images"]), classes = numbered(truth["categories"]);
  std::map<std::int64_t, const Json*> image_of;
  for (const auto& image : truth["images"]) image_of[image["id"]] = &image;
  for (const auto& [id, number] : classes) out.categories.push_back(id);
  out.set.images = images.size();
  out.set.classes = classes.size();
  const auto sized_mask = [&](const Json& item) {
    const Json& image = *image_of.at(item["image_id"]);
    return mask_of(item["segmentation"], image.value("height", 0U), image.value("width", 0U));
  };
  for (const auto& item : truth["annotations"]) {
    out.set.truths.push_back({images.at(item["image_id"]), classes.at(item["category_id"]),
                              box_of(item["bbox"]), item["area"], item.value("iscrowd", 0) != 0,
                              false});
    if (shape == Shape::mask) out.set.truth_masks.push_back(sized_mask(item));
  }
  const bool has_boxes = !detections.empty() && detections[0].contains("bbox");
  for (const auto& item : detections) {
    const auto label = classes.find(item["category_id"]);
    if (label == classes.end()) continue;
    Detection one{images.at(item["image_id"]), label->second, {}, 0.0, item["score"]};
    if (has_boxes) {
      one.box = box_of(item["bbox"]);
      one.area = box_area(one.box);
    }
    if (shape == Shape::mask) {
      out.set.detection_masks.push_back(sized_mask(item));
      if (!has_boxes) one.area = static_cast<double>(mask_area(out.set.detection_masks.back()));
    }
    out.set.detections.push_back(one);
  }
  return out;
}

}  // namespace zeromiss::test
