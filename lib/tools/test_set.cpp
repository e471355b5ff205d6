#include "test_set.hpp"

#include <zeromiss/base/hash.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <string_view>
#include <vector>

namespace zeromiss {
namespace {

constexpr std::string_view kEnd("\0", 1);  // no name holds it

void add(Sha256& hash, std::string_view text) {
  hash.update(text);
  hash.update(kEnd);
}

std::string object_text(const ObjectTruth& truth, std::size_t i) {
  const LabelledObject& object = truth.objects[i];
  std::string text = truth.classes.at(object.label);
  if (object.box) text += fmt::format("|{}", fmt::join(*object.box, ","));
  if (object.area) text += fmt::format("|area {}", *object.area);
  if (object.crowd) text += "|crowd";
  if (object.difficult) text += "|difficult";
  if (truth.outlines.empty() || truth.outlines[i].empty()) return text;
  const Outline& outline = truth.outlines[i];
  for (const auto& polygon : outline.polygons) text += fmt::format("|{}", fmt::join(polygon, ","));
  return text + fmt::format("|{}x{} {} {}", outline.width, outline.height,
                            fmt::join(outline.counts, ","), outline.text);
}

}  // namespace

std::string labels_sha256(const GroundTruth& truth) {
  Sha256 hash;
  for (const ImageTruth& image : truth.images) {  // by name
    add(hash, image.image);
    add(hash, image.label ? truth.classes.at(*image.label)
                          : fmt::format("{}", image.value.value_or(0.0)));
  }
  return hash.hex();
}

std::string sizes_sha256(const GroundTruth& truth) {
  Sha256 hash;
  for (const ImageTruth& image : truth.images) {
    add(hash, image.image);
    add(hash, image.size ? fmt::format("{}", *image.size) : "");
  }
  return hash.hex();
}

std::string labels_sha256(const ObjectTruth& truth) {
  std::vector<std::vector<std::string>> objects(truth.images.size());
  for (std::size_t i = 0; i < truth.objects.size(); ++i)
    objects[truth.objects[i].image].push_back(object_text(truth, i));
  std::vector<std::size_t> order(truth.images.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return truth.images[a].name < truth.images[b].name;
  });
  Sha256 hash;
  for (const std::size_t i : order) {
    add(hash, truth.images[i].name);
    std::sort(objects[i].begin(), objects[i].end());
    for (const std::string& object : objects[i]) add(hash, object);
    add(hash, "");
  }
  return hash.hex();
}

}  // namespace zeromiss
