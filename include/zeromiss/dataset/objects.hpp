#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace zeromiss {

/// The outline of an object as a file has it, not checked further: either polygons (x1, y1, x2, y2,
/// … each) or runs of a picture of a stated size, as numbers or as COCO's text.
struct Outline {
  std::vector<std::vector<double>> polygons;
  std::uint32_t height = 0, width = 0;  ///< of runs
  std::vector<std::int64_t> counts;
  std::string text;

  [[nodiscard]] bool empty() const { return polygons.empty() && counts.empty() && text.empty(); }
};

/// x, y, width, height: continuous, so pixel (0, 0) covers [0, 1] x [0, 1].
using BoxNumbers = std::array<double, 4>;

struct LabelledObject {
  std::uint32_t image = 0, label = 0;
  std::optional<BoxNumbers> box;  ///< empty: only an outline
  std::optional<double> area;     ///< where the file states it
  bool crowd = false, difficult = false;
};

struct ObjectImage {
  std::string name;
  std::int64_t id = 0;
  std::uint32_t width = 0, height = 0;  ///< 0: the file does not say
};

/// Objects of a labelled set.
struct ObjectTruth {
  std::vector<std::string> classes;
  std::vector<std::int64_t> class_ids;  ///< COCO's, rising; empty for other formats
  std::vector<ObjectImage> images;      ///< by id
  std::vector<LabelledObject> objects;
  std::vector<Outline> outlines;  ///< one an object, or none at all
};

struct FoundObject {
  std::uint32_t image = 0, label = 0;
  BoxNumbers box{};
  double score = 0;

  bool operator==(const FoundObject&) const = default;
};

/// What a model found in these images, in the order of its file.
struct FoundObjects {
  bool has_boxes = true;  ///< else only outlines
  std::vector<FoundObject> objects;
  std::vector<Outline> outlines;  ///< one an object, or none at all
};

}  // namespace zeromiss
