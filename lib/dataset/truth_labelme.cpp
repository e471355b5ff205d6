// LabelMe: one JSON file an image, with the picture itself in it as text (not looked at).
#include "label_text.hpp"
#include "object_builder.hpp"

#include <zeromiss/base/json.hpp>

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace zeromiss {
namespace {

constexpr std::uintmax_t kLargestFile = 256U << 20U;
constexpr double kFurthest = 1e6;  ///< of a coordinate, in pixels
constexpr std::int64_t kMostPixels = 1'000'000;

/// The last part of "..\\images\\a.jpg", whichever way its slashes lean.
std::string file_name(const JsonNode& node) {
  std::string path = node.string();
  if (const auto slash = path.find_last_of("/\\"); slash != std::string::npos)
    path.erase(0, slash + 1);
  if (path.empty()) node.fail("names no file");
  return path;
}

std::vector<double> points_of(const JsonNode& shape) {
  const JsonNode list = shape.at("points");
  std::vector<double> points;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list.at(i).size() != 2) list.at(i).fail("expected two numbers x, y");
    for (std::size_t k = 0; k < 2; ++k)
      points.push_back(list.at(i).at(k).number(-kFurthest, kFurthest));
  }
  return points;
}

void require_points(const JsonNode& shape, std::size_t found, bool fits, const char* expected) {
  if (!fits)
    shape.at("points").fail(fmt::format("expected {} points, found {}", expected, found / 2));
}

void add_shape(const JsonNode& shape, std::uint32_t image, ObjectBuilder& builder) {
  constexpr std::array<std::string_view, 3> kShapes{"polygon", "rectangle", "circle"};
  const std::size_t kind = shape.at("shape_type").one_of(kShapes);
  const std::string label = shape.at("label").string();
  std::vector<double> points = points_of(shape);
  if (label.empty()) shape.at("label").fail("is empty");
  if (kind == 0) {
    require_points(shape, points.size(), points.size() >= 6, "three or more");
    return builder.add(image, label, std::move(points));
  }
  require_points(shape, points.size(), points.size() == 4, "two");
  if (kind == 1) return builder.add(image, label, box_around(points));
  const double radius = std::hypot(points[2] - points[0], points[3] - points[1]);
  builder.add(image, label,
              BoxNumbers{points[0] - radius, points[1] - radius, 2 * radius, 2 * radius});
}

}  // namespace

ObjectLabels read_labelme(const std::filesystem::path& folder) {
  ObjectBuilder builder(folder.string());
  builder.read_from(folder);
  for (const auto& file : label_files(folder, ".json")) {
    builder.read(file);
    const auto document = JsonDocument::read(file, ErrorKind::input, kLargestFile);
    const JsonNode root = document.root(), shapes = root.at("shapes");
    const auto side = [&](const char* key) {
      return static_cast<std::uint32_t>(root.at(key).integer(1, kMostPixels));
    };
    const auto image =
        builder.add_image(file_name(root.at("imagePath")), side("imageWidth"), side("imageHeight"));
    for (std::size_t i = 0; i < shapes.size(); ++i) add_shape(shapes.at(i), image, builder);
  }
  return builder.take();
}

}  // namespace zeromiss
