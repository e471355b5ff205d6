#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/dataset/object_readers.hpp>

using namespace zeromiss;
using Catch::Matchers::ContainsSubstring;
using test::TempFolder;
using test::write_file;

namespace {

/// Two pictures of 8 x 4 pixels, one with a box and a polygon, one without a text file.
class Set {
 public:
  Set() {
    yaml("path: .\ntrain: train/images\nval: val/images\nnc: 2\nnames: [dent, 'no']\n");
    picture("a.ppm");
    picture("lot1/b.ppm");
    labels("a.txt", "1 0.5 0.5 0.25 0.5\r\n0 0 0 0.5 0 0.25 1\n\n");
  }
  void yaml(const std::string& text) const { write_file(root_ / "data.yaml", text); }
  void labels(const std::string& name, const std::string& text) const {
    write_file(root_ / ("val/labels/" + name), text);
  }
  void picture(const std::string& name) const {
    write_file(root_ / ("val/images/" + name), "P5\n8 4\n255\n" + std::string(32, 'x'));
  }
  [[nodiscard]] ObjectLabels read(const std::string& split = "") const {
    return read_yolo(root_ / "data.yaml", split);
  }
  [[nodiscard]] const std::filesystem::path& root() const { return root_.path(); }

 private:
  TempFolder root_;
};

}  // namespace

TEST_CASE("YOLO shares become pixels of the picture, five numbers a box, more a polygon") {
  const Set set;
  const auto truth = set.read().truth;
  CHECK(truth.classes == std::vector<std::string>{"dent", "no"});
  REQUIRE(truth.images.size() == 2);
  CHECK(truth.images[0].name == "a.ppm");
  CHECK(truth.images[0].width == 8);
  CHECK(truth.images[0].height == 4);
  REQUIRE(truth.objects.size() == 2);
  CHECK(truth.objects[0].label == 1);
  CHECK(truth.objects[0].box == BoxNumbers{3, 1, 2, 2});
  CHECK(truth.objects[1].box == BoxNumbers{0, 0, 4, 4});
  REQUIRE(truth.outlines.size() == 2);
  CHECK(truth.outlines[1].polygons == std::vector<std::vector<double>>{{0, 0, 4, 0, 2, 4}});
}

TEST_CASE("a YOLO picture without a text file is a background, and that is said") {
  const Set set;
  const auto labels = set.read();
  CHECK(labels.truth.images[1].name == "lot1/b.ppm");
  REQUIRE(labels.notes.size() == 2);
  CHECK(labels.notes[0].path == "val");
  CHECK(labels.notes[1].path == "lot1/b.ppm");
  CHECK_THAT(labels.notes[1].reason, ContainsSubstring("background"));
}

TEST_CASE("YOLO names may be a mapping, and the folder stands for its data.yaml") {
  const Set set;
  set.yaml("val: val/images\nnames:\n  0: dent\n  1: no\n");
  CHECK(read_yolo(set.root(), "").truth.classes == std::vector<std::string>{"dent", "no"});
  CHECK(read_yolo(set.root(), "val").truth.objects.size() == 2);
}

TEST_CASE("YOLO rows that are no labels are refused with line and field") {
  const std::pair<std::string, std::string> bad[] = {
      {"0 0.5 0.5 0.5 0.5\n2 0.5 0.5 0.5 0.5\n", "a.txt:2: field 1: expected a class from 0 to 1"},
      {"0.5 0.5 0.5 0.5 0.5\n", "a.txt:1: field 1: expected a class"},
      {"-1 0.5 0.5 0.5 0.5\n", "a.txt:1: field 1: expected a class"},
      {"0 0.5 0.5 0.5\n", "a.txt:1: expected class cx cy w h"},
      {"0 0.5 0.5 0.5 0.5 0.9\n", "found 6 fields"},
      {"0 0.5 0.5 0.5 0.5 0.9 0.9 0.1\n", "found 8 fields"},
      {"0 0.1 0.1 0.1 0.1\r0 0.5 0.5 0.1 0.1\n", "a.txt:1: a carriage return (CR) inside"},
      {"0 0.1 0.1 0.1 0.1\n\r\r\n", "a.txt:2: a carriage return (CR) inside"},
      {"0 4 0.5 0.5 0.5\n", "a.txt:1: field 2: expected a share from 0 to 1, found \"4\""},
      {"0 0.5 0.5 nan 0.5\n", "a.txt:1: field 4: expected a share"},
      {"0 0,5 0.5 0.5 0.5\n", "a.txt:1: field 2: expected a share"}};
  for (const auto& [text, message] : bad) {
    CAPTURE(text);
    const Set set;
    set.labels("a.txt", text);
    CHECK_THROWS_WITH(set.read(), ContainsSubstring(message));
  }
}

TEST_CASE("a data.yaml that does not fit is refused by key") {
  const std::pair<std::string, std::string> bad[] = {
      {"val: val/images\n", "names: expected the list"},
      {"val: val/images\nnames: []\n", "names: expected some classes"},
      {"val: val/images\nnames: [a, a]\n", "names: \"a\" is there twice"},
      {"val: val/images\nnames: [a, [b]]\n", "names[1]: expected a text"},
      {"val: val/images\nnames: {0: a, 2: b}\n", "names: expected the number 1 next, found 2"},
      {"val: val/images\nnc: 3\nnames: [a, b]\n", "nc is 3, but there are 2 names"},
      {"val: val/images\nval: test/images\nnames: [a, b]\n", "key val is there twice"},
      {"val: gone/images\nnames: [a, b]\n", "val: there is no folder"},
      {"names: [a, b]\n", "names no folder of pictures \"val\""},
      {"[a, b]", "expected keys such as names"},
      {"val: [\n", "data.yaml:"}};
  for (const auto& [text, message] : bad) {
    CAPTURE(text);
    const Set set;
    set.yaml(text);
    CHECK_THROWS_WITH(set.read(), ContainsSubstring(message));
  }
}

TEST_CASE("YOLO labels without a picture, shared by two, or of a broken picture are refused") {
  const Set left_over;
  left_over.labels("z.txt", "");
  CHECK_THROWS_WITH(left_over.read(), ContainsSubstring("z.txt: labels without a picture"));
  const Set twins;
  twins.picture("a.pgm");
  CHECK_THROWS_WITH(twins.read(), ContainsSubstring("a.txt: belongs to two pictures"));
  const Set broken;
  write_file(broken.root() / "val/images/a.ppm", "P5\n8 4\n255\n");
  CHECK_THROWS_WITH(broken.read(), ContainsSubstring("a.ppm: its size is needed"));
  const Set named;
  named.labels("classes.txt", "dent\nno\n");
  CHECK(named.read().notes.size() == 3);
}

TEST_CASE("YOLO labels are found in any case of their extension, and through links") {
  const Set set;
  set.labels("lot1/b.TXT", "0 0.5 0.5 0.25 0.5\n");
  CHECK(set.read().truth.objects.size() == 3);
  CHECK(set.read().notes.size() == 1);  // no background
  std::filesystem::rename(set.root() / "val/labels/lot1", set.root() / "elsewhere");
  std::filesystem::create_directory_symlink("../../elsewhere", set.root() / "val/labels/lot1");
  CHECK(set.read().truth.objects.size() == 3);
  set.labels("lot1/b.txt", "");
  CHECK_THROWS_WITH(set.read(), ContainsSubstring("b.txt: names the same picture as b.TXT"));
}

TEST_CASE("YOLO labels that cannot be looked at are refused, not taken for a background") {
  const Set set;
  const auto lot = set.root() / "val/labels/lot1";
  const auto refuses = [&](const std::string& message) {
    CHECK_THROWS_WITH(set.read(), ContainsSubstring(message));
  };
  std::filesystem::create_directories(lot);
  std::filesystem::create_symlink("gone", lot / "b.txt");
  refuses("lot1/b.txt: No such file or directory");
  std::filesystem::remove(lot / "b.txt");
  std::filesystem::create_directory(lot / "b.txt");
  refuses("lot1/b.txt: is a folder");
  std::filesystem::remove_all(lot);
  std::filesystem::create_symlink("lot1", lot);  // leads to itself
  refuses("lot1/: cannot be read, so the labels in it are not known");
  std::filesystem::remove(lot);
  std::filesystem::create_directory_symlink(".", lot);
  refuses("lot1/: link to a folder that is already listed");
  std::filesystem::remove_all(set.root() / "val/labels");
  refuses("val/labels: there is no such folder of labels");
  std::filesystem::create_directory(set.root() / "val/labels");
  CHECK(set.read().truth.objects.empty());
}
