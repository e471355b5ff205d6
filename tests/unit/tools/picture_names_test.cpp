#include "picture_names.hpp"

#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <zeromiss/base/text.hpp>

using namespace zeromiss;
using namespace zeromiss::test;

TEST_CASE("pictures are called as their images, in their folders", "[pictures]") {
  PictureNames names;
  CHECK(names.stem("lot1/w03.png") == "lot1/w03");
  CHECK(names.stem("lot2/w03.png") == "lot2/w03");
  CHECK(names.stem("lot1/w03.bmp") == "lot1/w03.bmp");  // taken: keeps its extension
  CHECK(names.stem("lot1.a/w03") == "lot1.a/w03");      // the dot is the folder's
  CHECK(names.stem(".hidden") == ".hidden");
  CHECK(names.stem("a.b.png") == "a.b");
}

TEST_CASE("no name leads out of the folder, and none is given twice", "[pictures]") {
  PictureNames names;
  CHECK(names.stem("../../etc/passwd.png") == "__/__/etc/passwd");
  CHECK(names.stem("/abs/a.png") == "abs/a");
  CHECK(names.stem("abs//./a.png") == "abs/a.png");
  CHECK(names.stem("/abs/a.png") == "abs/a.png_2");
  CHECK(names.stem("..") == "__");
  CHECK(names.stem("") == "___2");
}

TEST_CASE("no picture stands where another's folder is", "[pictures]") {
  PictureNames names;
  CHECK(names.stem("a.bmp") == "a");
  CHECK(names.stem("a.jpg/x.bmp") == "a.jpg_2/x");  // a.jpg is the overlay of a.bmp
  CHECK(names.stem("a.jpg/x.png") == "a.jpg_2/x.png");
  CHECK(names.stem("a.png.tmp/x.bmp") == "a.png.tmp_2/x");  // what a.png is called while written
  CHECK(names.stem("b.png/x.bmp") == "b.png/x");
  CHECK(names.stem("b.tif") == "b.tif");  // b.png is a folder
  CHECK(names.stem("c/x.bmp") == "c/x");
  CHECK(names.stem("c") == "c");  // c.png, beside the folder c
}

TEST_CASE("names stay short enough for a file system, and apart", "[pictures]") {
  PictureNames names;
  const std::string longest(247, 'a'), longer(251, 'a');
  CHECK(names.stem(longest + ".png") == longest);  // with .jpg.tmp 255
  const std::string first = names.stem(longer + ".bmp"), second = names.stem(longer + ".tif");
  CHECK(first.size() == 247);
  CHECK(second.size() == 247);
  CHECK(first != second);
  CHECK(names.stem(longer + ".bmp").size() == 247);  // the third of one name
  std::string broken;                                // each byte became three
  for (int i = 0; i < 200; ++i) broken += "\xEF\xBF\xBD";
  const std::string stem = names.stem(broken + "/b.png");
  CHECK(stem.size() <= 255 + 2);
  CHECK(is_utf8(stem));
}

TEST_CASE("links lead nowhere", "[pictures]") {
  const TempFolder folder;
  std::filesystem::create_directories(folder / "root/real");
  std::filesystem::create_directories(folder / "elsewhere");
  std::filesystem::create_directory_symlink("../elsewhere", folder / "root/link");
  const auto root = folder / "root";
  CHECK(leads_inside(root, "a.png", false));
  CHECK(leads_inside(root, "real/a.png", false));
  CHECK_FALSE(leads_inside(root, "link/a.png", true));
  CHECK_FALSE(leads_inside(root, "new/a.png", false));
  CHECK(leads_inside(root, "new/deep/a.png", true));
  CHECK(std::filesystem::is_directory(root / "new/deep"));
}
