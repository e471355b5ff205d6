// Boxes and outlines: one small file a format, and the traps of each.
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/dataset/object_readers.hpp>

using namespace zeromiss;
using Catch::Matchers::ContainsSubstring;
using test::TempFolder;
using test::write_file;

namespace {

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

const std::string kVoc = R"(<?xml version="1.0"?>
<annotation>
  <filename>w03.png</filename>
  <size><width>40</width><height>30</height><depth>3</depth></size>
  <object><name>scratch</name><difficult>1</difficult>
    <bndbox><xmin>1</xmin><ymin>2.5</ymin><xmax>40</xmax><ymax>30</ymax></bndbox>
  </object>
  <object><name> dent </name>
    <bndbox><xmin>7</xmin><ymin>7</ymin><xmax>7</xmax><ymax>7</ymax></bndbox>
    <part><name>ignored</name></part>
  </object>
</annotation>
)";

ObjectLabels voc(const std::string& text, const std::string& name = "w03.xml") {
  const TempFolder folder;
  write_file(folder / name, text);
  return read_voc_xml(folder.path());
}

const std::string kCvat = R"(<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <image id="7" name="lot1/b.png" width="100" height="50">
    <box label="scratch" occluded="0" xtl="1.50" ytl="2" xbr="11.5" ybr="22"><attribute name="x">1</attribute></box>
    <polygon label="dent" points="1,2;3.5,2;2,9"/>
  </image>
  <image id="9" name="a.png" width="10" height="5"></image>
</annotations>
)";

ObjectLabels cvat(const std::string& text) {
  const TempFolder folder;
  write_file(folder / "annotations.xml", text);
  return read_cvat(folder / "annotations.xml");
}

const std::string kLabelMe = R"({"version": "5.0", "flags": {}, "imageData": null,
 "imagePath": "..\\images\\b.jpg", "imageHeight": 50, "imageWidth": 100, "shapes": [
  {"label": "scratch", "shape_type": "rectangle", "points": [[11.5, 22], [1.5, 2]]},
  {"label": "dent", "shape_type": "polygon", "points": [[1, 2], [3.5, 2], [2, 9]]},
  {"label": "hole", "shape_type": "circle", "points": [[50, 20], [53, 24]]}]})";

ObjectLabels labelme(const std::string& text) {
  const TempFolder folder;
  write_file(folder / "b.json", text);
  return read_labelme(folder.path());
}

}  // namespace

TEST_CASE("VOC corners count from 1 and lie inside the box", "[voc]") {
  const auto truth = voc(kVoc).truth;
  CHECK(truth.classes == std::vector<std::string>{"dent", "scratch"});
  REQUIRE(truth.images.size() == 1);
  CHECK(truth.images[0].name == "w03.png");
  CHECK(truth.images[0].width == 40);
  CHECK(truth.images[0].height == 30);
  REQUIRE(truth.objects.size() == 2);
  CHECK(truth.objects[0].label == 1);
  CHECK(truth.objects[0].box == BoxNumbers{0, 1.5, 40, 28.5});
  CHECK(truth.objects[0].difficult);
  CHECK(truth.objects[1].box == BoxNumbers{6, 6, 1, 1});  // one pixel is not nothing
  CHECK_FALSE(truth.objects[1].difficult);
  CHECK(truth.outlines.empty());
}

TEST_CASE("a VOC file with a byte order mark, CRLF and a filename without extension is read",
          "[voc]") {
  std::string text = "\xEF\xBB\xBF" + replaced(kVoc, "w03.png", "w03");
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2)
    text.replace(at, 1, "\r\n");
  const auto truth = voc(text).truth;
  CHECK(truth.images[0].name == "w03");
  CHECK(truth.objects.size() == 2);
}

TEST_CASE("VOC images are sorted by name and numbered from 1", "[voc]") {
  const TempFolder folder;
  for (const char* name : {"b", "a", "c"})
    write_file(folder / (std::string(name) + ".xml"),
               replaced(kVoc, "w03.png", std::string(name) + ".png"));
  write_file(folder / "readme.txt", "");
  const auto truth = read_voc_xml(folder.path()).truth;
  REQUIRE(truth.images.size() == 3);
  CHECK(truth.images[0].name == "a.png");
  CHECK(truth.images[2].id == 3);
  CHECK(truth.objects[0].image == 0);
  CHECK(truth.objects.size() == 6);
}

TEST_CASE("what is no VOC file is refused with file, line and field", "[voc][error]") {
  const std::pair<std::pair<std::string, std::string>, std::string> bad[] = {
      {{"<xmin>1<", "<xmin>0<"}, "w03.xml:6: xmin 0, ymin 2.5: VOC counts pixels from 1"},
      {{"<xmax>40<", "<xmax>41<"}, "w03.xml:6: xmax 41, ymax 30: beyond the picture of 40 x 30"},
      {{"<xmin>7<", "<xmin>8<"}, "w03.xml:9: xmax or ymax lies before"},
      {{"<ymin>7</ymin>", ""}, "<bndbox> lacks <ymin>"},
      {{"<ymin>7<", "<ymin>7,5<"}, "w03.xml:9: ymin: expected a finite number, found \"7,5\""},
      {{"<xmin>7<", "<xmin>7</xmin><xmin>7<"}, "<xmin> is there twice"},
      {{"<name>scratch</name>", "<name/>"}, "<name> is empty"},
      {{"<difficult>1<", "<difficult>yes<"}, "difficult: expected 0 or 1"},
      {{"<width>40<", "<width>0<"}, "width: expected a whole number of pixels"},
      {{"w03.png", "w04.png"}, "filename is \"w04.png\", but the labels are called w03.xml"},
      {{"</annotation>", ""}, "not valid XML"},
      {{"</annotation>", "</annotation><annotation/>"}, "a second root element"},
      {{"scratch", "\xFF"}, "is not UTF-8"}};
  for (const auto& [change, message] : bad) {
    CAPTURE(change.second);
    CHECK_THROWS_WITH(voc(replaced(kVoc, change.first, change.second)), ContainsSubstring(message));
  }
  CHECK_THROWS_WITH(voc("<html/>"), ContainsSubstring("expected the root element <annotation>"));
  CHECK_THROWS_WITH(voc(""), ContainsSubstring("w03.xml:1: "));
  const TempFolder empty;
  CHECK_THROWS_WITH(read_voc_xml(empty.path()), ContainsSubstring("no .xml files there"));
}

TEST_CASE("CVAT boxes and polygons are continuous, names may hold folders", "[cvat]") {
  const auto truth = cvat(kCvat).truth;
  REQUIRE(truth.images.size() == 2);
  CHECK(truth.images[0].name == "a.png");
  CHECK(truth.images[1].name == "lot1/b.png");
  REQUIRE(truth.objects.size() == 2);
  CHECK(truth.objects[0].image == 1);
  CHECK(truth.objects[0].box == BoxNumbers{1.5, 2, 10, 20});
  CHECK(truth.objects[1].box == BoxNumbers{1, 2, 2.5, 7});
  REQUIRE(truth.outlines.size() == 2);
  CHECK(truth.outlines[0].empty());
  CHECK(truth.outlines[1].polygons == std::vector<std::vector<double>>{{1, 2, 3.5, 2, 2, 9}});
}

TEST_CASE("what is no CVAT file of boxes and polygons is refused with line and field",
          "[cvat][error]") {
  const std::pair<std::pair<std::string, std::string>, std::string> bad[] = {
      {{"xbr=\"11.5\"", "xbr=\"1\""}, "annotations.xml:5: xbr or ybr lies before"},
      {{"xbr=\"11.5\"", ""}, "annotations.xml:5: <box> lacks the attribute xbr"},
      {{"xbr=\"11.5\"", "xbr=\"1e999\""}, "annotations.xml:5: xbr: expected a finite number"},
      {{"occluded", "rotation=\"30\" occluded"}, "a rotated box"},
      {{"3.5,2;", "3.5;"}, "annotations.xml:6: points: expected x,y"},
      {{"3.5,2;", "3.5,x;"}, "annotations.xml:6: points: expected x,y"},
      {{"3.5,2;", "9,0; 9, 9;"}, "points: expected x,y;x,y;…, found \" 9, 9\""},  // both lost
      {{"3.5,2;", "nan,nan;"}, "points: expected x,y;x,y;…, found \"nan,nan\""},
      {{"3.5,2;", "3.5,2,7;"}, "points: expected x,y;x,y;…, found \"3.5,2,7\""},
      {{"3.5,2;", "3.5,2;;"}, "points: expected x,y;x,y;…, found \"\""},
      {{";2,9", ";2,9;"}, "points: expected x,y;x,y;…, found \"\""},
      {{";2,9", ""}, "a polygon needs three or more"},
      {{"<polygon", "<polyline"}, "annotations.xml:6: <polyline> is neither box nor polygon"},
      {{"<polygon label=\"dent\" points=\"1,2;3.5,2;2,9\"/>", "<mask label=\"dent\"/>"},
       "annotations.xml:6: <mask> is neither box nor polygon"},
      {{"a.png", "lot1/b.png"}, "image \"lot1/b.png\" is labelled twice"},
      {{"<version>1.1</version>", "<track id=\"0\"/>"}, "labels of a video"},
      {{"width=\"100\"", "width=\"100.5\""}, "annotations.xml:4: width: expected a whole number"}};
  for (const auto& [change, message] : bad) {
    CAPTURE(change.second);
    CHECK_THROWS_WITH(cvat(replaced(kCvat, change.first, change.second)),
                      ContainsSubstring(message));
  }
}

TEST_CASE("LabelMe rectangles may begin at any corner, circles become boxes", "[labelme]") {
  const auto truth = labelme(kLabelMe).truth;
  REQUIRE(truth.images.size() == 1);
  CHECK(truth.images[0].name == "b.jpg");
  CHECK(truth.images[0].width == 100);
  CHECK(truth.classes == std::vector<std::string>{"dent", "hole", "scratch"});
  REQUIRE(truth.objects.size() == 3);
  CHECK(truth.objects[0].box == BoxNumbers{1.5, 2, 10, 20});
  CHECK(truth.objects[1].box == BoxNumbers{1, 2, 2.5, 7});
  CHECK(truth.objects[2].box == BoxNumbers{45, 15, 10, 10});  // radius 5 of 3, 4
}

TEST_CASE("what is no LabelMe file is refused with file and key", "[labelme][error]") {
  const std::pair<std::pair<std::string, std::string>, std::string> bad[] = {
      {{"circle", "linestrip"}, "b.json: shapes[2].shape_type: expected one of polygon"},
      {{"[1, 2], [3.5, 2]", "[1, 2]"}, "shapes[1].points: expected three or more points, found 2"},
      {{"[[50, 20], ", "["}, "shapes[2].points: expected two points, found 1"},
      {{"[50, 20]", "[50]"}, "shapes[2].points[0]: expected two numbers"},
      {{"[50, 20]", "[50, \"20\"]"}, "shapes[2].points[0][1]: expected a finite number"},
      {{"\"label\": \"dent\"", "\"label\": \"\""}, "shapes[1].label: is empty"},
      {{"\"imageWidth\": 100", "\"imageWidth\": 0"}, "imageWidth: expected a whole number"},
      {{"..\\\\images\\\\b.jpg", "images/"}, "imagePath: names no file"},
      {{"\"shapes\"", "\"shape\""}, "key \"shapes\" is missing"}};
  for (const auto& [change, message] : bad) {
    CAPTURE(change.second);
    CHECK_THROWS_WITH(labelme(replaced(kLabelMe, change.first, change.second)),
                      ContainsSubstring(message));
  }
}
