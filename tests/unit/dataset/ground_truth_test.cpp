#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <zeromiss/dataset/ground_truth.hpp>

using namespace zeromiss;
using Catch::Matchers::ContainsSubstring;
using test::TempFolder;
using test::write_file;

TEST_CASE("the class of an image is the first folder below the root") {
  TempFolder root;
  write_file(root / "none/a.png", "");
  write_file(root / "Scratch/lot1/w03.png", "");
  write_file(root / "Scratch/b.JPG", "");
  const auto truth = read_class_folders(root.path());
  CHECK(truth.classes == std::vector<std::string>{"Scratch", "none"});
  REQUIRE(truth.images.size() == 3);
  CHECK(truth.images[0].image == "Scratch/b.JPG");
  CHECK(truth.images[1].image == "Scratch/lot1/w03.png");
  CHECK(truth.images[1].label == 0);
  CHECK(truth.images[2].label == 1);
}

TEST_CASE("classes are sorted by name, not by the first path in them") {
  // '-' sorts before '/', so "a-b/x.png" comes before "a/x.png"
  TempFolder root;
  write_file(root / "a/x.png", "");
  write_file(root / "a-b/x.png", "");
  const auto truth = read_class_folders(root.path());
  CHECK(truth.classes == std::vector<std::string>{"a", "a-b"});
  CHECK(truth.images[0].image == "a-b/x.png");
  CHECK(truth.images[0].label == 1);
}

TEST_CASE("hidden and system files are no labelled images") {
  TempFolder root;
  write_file(root / "none/a.png", "");
  write_file(root / "none/.DS_Store", "");
  write_file(root / "none/Thumbs.db", "");
  write_file(root / ".git/a.png", "");
  write_file(root / "README.md", "");
  const auto truth = read_class_folders(root.path());
  CHECK(truth.images.size() == 1);
  CHECK(truth.classes.size() == 1);
  CHECK(truth.skipped.size() == 4);
}

TEST_CASE("Korean class names and names with spaces are kept") {
  TempFolder root;
  write_file(root / "긁힘/사진 1.png", "");
  write_file(root / "-x/-y.png", "");
  const auto truth = read_class_folders(root.path());
  CHECK(truth.classes == std::vector<std::string>{"-x", "긁힘"});
  CHECK(truth.images[1].image == "긁힘/사진 1.png");
}

TEST_CASE("an image outside every class folder is refused by name") {
  TempFolder root;
  write_file(root / "none/a.png", "");
  write_file(root / "stray.png", "");
  CHECK_THROWS_WITH(read_class_folders(root.path()),
                    ContainsSubstring("stray.png lies in no class folder"));
}

TEST_CASE("a class folder whose name is not UTF-8 is refused") {
  TempFolder root;
  write_file(root / "\xff\xfe/a.png", "");
  CHECK_THROWS_WITH(read_class_folders(root.path()), ContainsSubstring("is not UTF-8"));
}

TEST_CASE("a folder without images is no ground truth") {
  TempFolder root;
  write_file(root / "none/readme.txt", "");
  CHECK_THROWS_WITH(read_class_folders(root.path()), ContainsSubstring("no labelled image there"));
}

TEST_CASE("the format of a folder is detected, and a missing place or a file is refused") {
  TempFolder root;
  CHECK(detect_truth_format(root.path()) == TruthFormat::class_folders);
  CHECK_THROWS_WITH(detect_truth_format(root / "nothing"),
                    ContainsSubstring("no ground truth there"));
  write_file(root / "labels.CSV", "image,label\n");
  CHECK(detect_truth_format(root / "labels.CSV") == TruthFormat::csv);
  write_file(root / "bottle/test/good/000.png", "");
  CHECK(detect_truth_format(root / "bottle") == TruthFormat::mvtec);
  write_file(root / "labels.xyz", "");
  CHECK_THROWS_WITH(detect_truth_format(root / "labels.xyz"), ContainsSubstring("unknown format"));
}

TEST_CASE("an unknown --gt-format names the known ones") {
  CHECK(parse_truth_format("folder") == TruthFormat::class_folders);
  CHECK_THROWS_WITH(parse_truth_format("coco3d"), ContainsSubstring("auto, one of folder"));
  CHECK(truth_format_name(TruthFormat::class_folders) == "folder");
}
