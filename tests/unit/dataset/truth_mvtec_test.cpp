#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <zeromiss/dataset/ground_truth.hpp>

using namespace zeromiss;
using Catch::Matchers::ContainsSubstring;
using test::TempFolder;
using test::write_file;

namespace {

/// An object with two good test images and one of each of two defects, as MVTec AD lays it out.
class Bottle {
 public:
  Bottle() {
    for (const char* file :
         {"train/good/000.png", "test/good/000.png", "test/good/001.png", "test/crack/000.png",
          "test/hole/000.png", "ground_truth/crack/000_mask.png", "ground_truth/hole/000_mask.png"})
      add(file);
  }
  void add(const std::string& file) const { write_file(root_ / file, ""); }
  void remove(const std::string& file) const { std::filesystem::remove_all(root_ / file); }
  [[nodiscard]] GroundTruth read() const { return read_mvtec(root_.path()); }

 private:
  TempFolder root_;
};

}  // namespace

TEST_CASE("an MVTec object is its test images, good or a defect, with a mask each defect") {
  const Bottle bottle;
  const auto truth = bottle.read();
  CHECK(truth.classes == std::vector<std::string>{"crack", "good", "hole"});
  CHECK(truth.good == "good");
  CHECK(truth.folder == "test/");
  REQUIRE(truth.images.size() == 4);
  CHECK(truth.images[0].image == "crack/000.png");
  CHECK(truth.images[2].image == "good/001.png");
  CHECK(truth.masks == std::vector<std::string>{"ground_truth/crack/000_mask.png", "", "",
                                                "ground_truth/hole/000_mask.png"});
}

TEST_CASE("an MVTec object without ground_truth has labels and no masks, and says so") {
  const Bottle bottle;
  bottle.remove("ground_truth");
  const auto truth = bottle.read();
  CHECK(truth.images.size() == 4);
  CHECK(truth.masks.empty());
  REQUIRE_FALSE(truth.skipped.empty());
  CHECK(truth.skipped[0].path == "ground_truth");
}

TEST_CASE("masks and images that do not belong together are refused by name") {
  const Bottle lacks;
  lacks.remove("ground_truth/hole/000_mask.png");
  CHECK_THROWS_WITH(lacks.read(), ContainsSubstring("no mask for hole/000.png"));
  const Bottle extra;
  extra.add("ground_truth/crack/007_mask.png");
  CHECK_THROWS_WITH(extra.read(), ContainsSubstring("007_mask.png belongs to no image"));
  const Bottle good;
  good.add("ground_truth/good/000_mask.png");
  CHECK_THROWS_WITH(good.read(), ContainsSubstring("the image is good: good/000.png"));
  const Bottle name;
  name.add("ground_truth/crack/000.png");
  CHECK_THROWS_WITH(name.read(), ContainsSubstring("crack/000.png is no mask by its name"));
}

TEST_CASE("a folder without test/good is no MVTec object") {
  const Bottle bottle;
  bottle.remove("test/good");
  CHECK_THROWS_WITH(bottle.read(), ContainsSubstring("no folder test/good"));
}
