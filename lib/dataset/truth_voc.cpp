// Pascal VOC: one XML file an image; corners are pixels, counted from 1, and inside the box.
#include "label_text.hpp"
#include "object_builder.hpp"
#include "xml_file.hpp"

#include <zeromiss/base/text.hpp>

#include <fmt/format.h>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

/// Continuous, from 0: the pixels 1 to 1 are [0, 1].
BoxNumbers box_of(const XmlFile& xml, const pugi::xml_node& object, const ObjectImage& image) {
  const auto node = xml.child(object, "bndbox");
  const double left = xml.number(node, "xmin"), top = xml.number(node, "ymin");
  const double right = xml.number(node, "xmax"), bottom = xml.number(node, "ymax");
  if (left < 1.0 || top < 1.0)
    xml.fail(node, fmt::format("xmin {}, ymin {}: VOC counts pixels from 1", left, top));
  if (right < left || bottom < top) xml.fail(node, "xmax or ymax lies before xmin or ymin");
  if (right > image.width || bottom > image.height)
    xml.fail(node, fmt::format("xmax {}, ymax {}: beyond the picture of {} x {}", right, bottom,
                               image.width, image.height));
  return {left - 1.0, top - 1.0, right - left + 1.0, bottom - top + 1.0};
}

bool difficult(const XmlFile& xml, const pugi::xml_node& object) {
  if (!object.child("difficult")) return false;
  const std::string text = xml.text(object, "difficult");
  if (text != "0" && text != "1")
    xml.fail(object, fmt::format("difficult: expected 0 or 1, found \"{}\"", printable(text)));
  return text == "1";
}

void add_file(const fs::path& file, ObjectBuilder& builder) {
  const XmlFile xml(file, "annotation");
  const fs::path name = xml.text(xml.root(), "filename");  // may lack its extension
  const std::string stem = file.stem().string();
  if (name.string() != stem && name.stem().string() != stem)
    xml.fail(xml.root(), fmt::format("filename is \"{}\", but the labels are called {}.xml",
                                     printable(name.string()), printable(stem)));
  const auto size = xml.child(xml.root(), "size");
  const ObjectImage image{name.string(), 0, xml.side(size, "width", xml.number(size, "width")),
                          xml.side(size, "height", xml.number(size, "height"))};
  const auto index = builder.add_image(image.name, image.width, image.height);
  for (const auto& object : xml.root().children("object"))
    builder.add(index, xml.text(object, "name"), box_of(xml, object, image),
                difficult(xml, object));
}

}  // namespace

ObjectLabels read_voc_xml(const fs::path& folder) {
  ObjectBuilder builder(folder.string());
  builder.read_from(folder);
  for (const auto& file : label_files(folder, ".xml")) {
    builder.read(file);
    add_file(file, builder);
  }
  return builder.take();
}

}  // namespace zeromiss
