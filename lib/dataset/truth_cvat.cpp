// CVAT "for images 1.1": continuous coordinates from 0.
#include "object_builder.hpp"
#include "xml_file.hpp"

#include <zeromiss/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace zeromiss {
namespace {

BoxNumbers box_of(const XmlFile& xml, const pugi::xml_node& node) {
  const double left = xml.attribute_number(node, "xtl"), top = xml.attribute_number(node, "ytl");
  const double right = xml.attribute_number(node, "xbr"),
               bottom = xml.attribute_number(node, "ybr");
  if (right < left || bottom < top) xml.fail(node, "xbr or ybr lies before xtl or ytl");
  const auto turn = node.attribute("rotation");
  if (!turn.empty() && xml.attribute_number(node, "rotation") != 0.0)
    xml.fail(node, "a rotated box; export it as a polygon");
  return {left, top, right - left, bottom - top};
}

/// "x,y;x,y;x,y", and nothing else: a corner that is passed over would be another outline.
std::vector<double> polygon_of(const XmlFile& xml, const pugi::xml_node& node) {
  std::vector<double> points;
  const std::string text = xml.attribute(node, "points");
  std::string_view left = text;
  for (bool more = true; more;) {
    const auto end = std::min(left.find(';'), left.size());
    const std::string_view point = left.substr(0, end);
    more = end < left.size();
    left.remove_prefix(more ? end + 1 : end);
    const auto comma = std::min(point.find(','), point.size());
    const auto x = finite_number(point.substr(0, comma));
    const auto y = finite_number(point.substr(std::min(comma + 1, point.size())));
    if (!x || !y)
      xml.fail(node, fmt::format("points: expected x,y;x,y;…, found \"{}\"", printable(point)));
    points.insert(points.end(), {*x, *y});
  }
  constexpr std::size_t kThreePoints = 6;
  if (points.size() < kThreePoints) xml.fail(node, "points: a polygon needs three or more");
  return points;
}

void add_image(const XmlFile& xml, const pugi::xml_node& image, ObjectBuilder& builder) {
  const auto index = builder.add_image(
      xml.attribute(image, "name"), xml.side(image, "width", xml.attribute_number(image, "width")),
      xml.side(image, "height", xml.attribute_number(image, "height")));
  for (const auto& node : image.children()) {
    if (node.type() != pugi::node_element) continue;
    const std::string_view shape = node.name();
    if (shape == "box")
      builder.add(index, xml.attribute(node, "label"), box_of(xml, node));
    else if (shape == "polygon")
      builder.add(index, xml.attribute(node, "label"), polygon_of(xml, node));
    else
      xml.fail(node,
               fmt::format("<{}> is neither box nor polygon; export it as one", printable(shape)));
  }
}

}  // namespace

ObjectLabels read_cvat(const std::filesystem::path& file) {
  const XmlFile xml(file, "annotations");
  ObjectBuilder builder(file.string());
  if (const auto track = xml.root().child("track"))
    xml.fail(track, "labels of a video; export as \"CVAT for images 1.1\"");
  for (const auto& image : xml.root().children("image")) add_image(xml, image, builder);
  return builder.take();
}

}  // namespace zeromiss
