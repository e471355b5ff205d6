#include "picture_names.hpp"

#include "support/catch.hpp"
#include "support/temp_folder.hpp"

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
