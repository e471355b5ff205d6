#include "detection_set.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/base/text.hpp>

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

namespace zeromiss {
namespace {

constexpr double kFurthest = 1e9;  ///< of a coordinate or a side, in pixels

Box to_box(const BoxNumbers& box) { return {box[0], box[1], box[2], box[3]}; }

/// Of an image, as its labels say, else as the first runs of one do; 0: not known yet.
struct ImageSize {
  std::uint32_t height = 0, width = 0;
};

/// Where an object stands, for errors, and the size that its mask must have.
struct Place {
  const std::string& file;
  const char* list;
  std::size_t index;
  const ObjectImage& image;
  ImageSize& size;

  [[noreturn]] void fail(const std::string& problem, const char* key = "segmentation") const {
    throw Error(ErrorKind::input, fmt::format("{}: {}[{}]: {}: {} (image {})", file, list, index,
                                              key, problem, printable(image.name)));
  }
};

/// Beyond, areas and overlaps are no numbers any more.
void require_bounded(const Box& box, double area, const Place& place) {
  for (const double number : {box.x, box.y, box.width, box.height})
    if (!(std::abs(number) <= kFurthest))
      place.fail(fmt::format("expected pixels up to {:g}, found {:g}", kFurthest, number), "bbox");
  if (!(area >= 0.0 && area <= kFurthest * kFurthest))
    place.fail(
        fmt::format("expected pixels from 0 to {:g}, found {:g}", kFurthest * kFurthest, area),
        "area");
}

void require_size(const Place& place) {
  if (place.image.width == 0 || place.image.height == 0)
    place.fail("polygons need the width and height of their image in the labels");
}

Mask runs_mask(const Outline& outline, const Place& place) {
  ImageSize& size = place.size;
  if (size.height == 0 || size.width == 0) size = {outline.height, outline.width};
  if (outline.width != size.width || outline.height != size.height)
    place.fail(fmt::format("size is {} x {}, but the image is {} x {} (height x width)",
                           outline.height, outline.width, size.height, size.width));
  if (!outline.text.empty()) return mask_from_text(outline.height, outline.width, outline.text);
  return mask_from_counts(outline.height, outline.width, outline.counts);
}

Mask to_mask(const Outline& outline, const Place& place) {
  try {
    if (outline.polygons.empty()) return runs_mask(outline, place);
    require_size(place);
    std::vector<Mask> parts;
    for (const auto& polygon : outline.polygons)
      parts.push_back(mask_from_polygon(place.image.height, place.image.width, polygon));
    return merge_masks(parts, MaskMerge::unite);
  } catch (const std::invalid_argument& problem) {
    place.fail(problem.what());
  }
}

Mask box_mask(const Box& box, const Place& place) {
  require_size(place);
  try {
    return mask_from_box(place.image.height, place.image.width, box);
  } catch (const std::invalid_argument& problem) {
    place.fail(problem.what());
  }
}

/// Of an object whose area is stated as 0, or has none: its outline's pixels, else its box's.
double drawn_size(const ObjectTruth& truth, std::size_t i, const Box& box, const Place& place) {
  // Polygons of a picture of unknown size cannot be drawn.
  const bool outlined =
      !truth.outlines.empty() && !truth.outlines[i].empty() &&
      (truth.outlines[i].polygons.empty() || (place.image.width > 0 && place.image.height > 0));
  const double pixels =
      outlined ? static_cast<double>(mask_area(to_mask(truth.outlines[i], place))) : 0.0;
  return pixels > 0.0 ? pixels : box_area(box);
}

void add_truths(DetectionSet& set, const ObjectTruth& truth, Shape shape, const std::string& name,
                std::vector<ImageSize>& sizes) {
  for (std::size_t i = 0; i < truth.objects.size(); ++i) {
    const LabelledObject& object = truth.objects[i];
    const Place place{name, "annotations", i, truth.images[object.image], sizes[object.image]};
    const bool outlined = !truth.outlines.empty() && !truth.outlines[i].empty();
    const bool needed = shape == Shape::mask || !object.box || !object.area;
    if (shape == Shape::mask && !outlined)
      place.fail("is missing, but masks are to be compared (--iou-type segm)");
    TruthObject out{object.image, object.label, {}, 0.0, object.crowd, object.difficult};
    if (object.box) out.box = to_box(*object.box);
    out.area = object.area.value_or(box_area(out.box));
    if (outlined && needed) {
      Mask mask = to_mask(truth.outlines[i], place);
      if (!object.box) out.box = mask_box(mask);
      if (!object.area) out.area = static_cast<double>(mask_area(mask));
      if (shape == Shape::mask) set.truth_masks.push_back(std::move(mask));
    }
    require_bounded(out.box, out.area, place);
    set.truths.push_back(out);
    set.sizes.push_back(out.area > 0.0 ? out.area : drawn_size(truth, i, out.box, place));
  }
}

void add_found(DetectionSet& set, const ObjectTruth& truth, const FoundObjects& found, Shape shape,
               const std::string& name, std::vector<ImageSize>& sizes) {
  set.detections.reserve(found.objects.size());
  for (std::size_t i = 0; i < found.objects.size(); ++i) {
    const FoundObject& object = found.objects[i];
    Detection out{object.image, object.label, to_box(object.box), 0.0, object.score};
    out.area = box_area(out.box);
    const Place place{name, "", i, truth.images[object.image], sizes[object.image]};
    require_bounded(out.box, out.area, place);
    if (shape == Shape::mask || !found.has_boxes) {
      const bool outlined = !found.outlines.empty() && !found.outlines[i].empty();
      Mask mask = outlined ? to_mask(found.outlines[i], place) : box_mask(out.box, place);
      if (!found.has_boxes) {
        out.box = mask_box(mask);
        out.area = static_cast<double>(mask_area(mask));
      }
      if (shape == Shape::mask) set.detection_masks.push_back(std::move(mask));
    }
    set.detections.push_back(out);
  }
}

}  // namespace

DetectionSet detection_set(const ObjectTruth& truth, const FoundObjects& found, Shape shape,
                           const std::string& truth_name, const std::string& found_name) {
  DetectionSet set;
  set.images = truth.images.size();
  set.classes = truth.classes.size();
  std::vector<ImageSize> sizes;
  for (const ObjectImage& image : truth.images) sizes.push_back({image.height, image.width});
  add_truths(set, truth, shape, truth_name, sizes);
  add_found(set, truth, found, shape, found_name, sizes);
  return set;
}

}  // namespace zeromiss
