#include "object_builder.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace zeromiss {

ObjectBuilder::ObjectBuilder(std::string place, std::vector<std::string> classes)
    : place_(std::move(place)), fixed_classes_(!classes.empty()) {
  for (auto& name : classes) {
    classes_.emplace(name, static_cast<std::uint32_t>(out_.truth.classes.size()));
    out_.truth.classes.push_back(std::move(name));
  }
}

std::uint32_t ObjectBuilder::add_image(const std::string& name, std::uint32_t width,
                                       std::uint32_t height) {
  const auto index = static_cast<std::uint32_t>(out_.truth.images.size());
  if (!images_.emplace(name, index).second)
    throw Error(ErrorKind::input, fmt::format("{}: image \"{}\" is labelled twice; keep one",
                                              place_, printable(name)));
  out_.truth.images.push_back({name, 0, width, height});
  return index;
}

std::uint32_t ObjectBuilder::label_index(std::string_view label) {
  const auto known = classes_.find(label);
  if (known != classes_.end()) return known->second;
  if (fixed_classes_) throw std::logic_error("a class beyond the fixed ones");
  const auto index = static_cast<std::uint32_t>(out_.truth.classes.size());
  classes_.emplace(label, index);
  out_.truth.classes.emplace_back(label);
  return index;
}

void ObjectBuilder::add(std::uint32_t image, std::string_view label, const BoxNumbers& box,
                        bool difficult) {
  LabelledObject object;
  object.image = image;
  object.label = label_index(label);
  object.box = box;
  object.difficult = difficult;
  out_.truth.objects.push_back(object);
  out_.truth.outlines.emplace_back();
}

void ObjectBuilder::add(std::uint32_t image, std::string_view label, std::vector<double> polygon) {
  add(image, label, box_around(polygon));
  out_.truth.outlines.back().polygons.push_back(std::move(polygon));
}

void ObjectBuilder::note(std::string path, std::string reason) {
  out_.notes.push_back({std::move(path), std::move(reason)});
}

/// The map is in the order of names already.
void ObjectBuilder::sort_images() {
  std::vector<std::uint32_t> place(images_.size());
  std::vector<ObjectImage> sorted;
  for (const auto& [name, index] : images_) {
    place[index] = static_cast<std::uint32_t>(sorted.size());
    sorted.push_back(std::move(out_.truth.images[index]));
    sorted.back().id = static_cast<std::int64_t>(sorted.size());
  }
  out_.truth.images = std::move(sorted);
  for (auto& object : out_.truth.objects) object.image = place[object.image];
}

void ObjectBuilder::sort_classes() {
  std::vector<std::uint32_t> place(classes_.size());
  out_.truth.classes.clear();
  for (const auto& [name, index] : classes_) {
    place[index] = static_cast<std::uint32_t>(out_.truth.classes.size());
    out_.truth.classes.push_back(name);
  }
  for (auto& object : out_.truth.objects) object.label = place[object.label];
}

ObjectLabels ObjectBuilder::take() {
  sort_images();
  if (!fixed_classes_) sort_classes();
  const bool outlines = std::any_of(out_.truth.outlines.begin(), out_.truth.outlines.end(),
                                    [](const Outline& outline) { return !outline.empty(); });
  if (!outlines) out_.truth.outlines.clear();
  return std::move(out_);
}

BoxNumbers box_around(std::span<const double> points) {
  BoxNumbers corners{points[0], points[1], points[0], points[1]};
  for (std::size_t i = 0; i + 1 < points.size(); i += 2) {
    corners[0] = std::min(corners[0], points[i]);
    corners[1] = std::min(corners[1], points[i + 1]);
    corners[2] = std::max(corners[2], points[i]);
    corners[3] = std::max(corners[3], points[i + 1]);
  }
  return {corners[0], corners[1], corners[2] - corners[0], corners[3] - corners[1]};
}

}  // namespace zeromiss
