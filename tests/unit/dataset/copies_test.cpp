// Pictures made here: soft noise of a seed, so that no two seeds look alike.
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/dataset/copies.hpp>
#include <zeromiss/dataset/quality.hpp>
#include <zeromiss/dataset/scan.hpp>
#include <zeromiss/dataset/splits.hpp>
#include <zeromiss/image/encode.hpp>

#include <opencv2/imgproc.hpp>

#include <map>

using namespace zeromiss;
using zeromiss::test::TempFolder;
using zeromiss::test::write_file;

namespace {

cv::Mat picture(unsigned seed, int width = 240, int height = 180) {
  cv::RNG random(seed + 1);
  cv::Mat coarse(height / 12, width / 12, CV_8U), fine(height / 3, width / 3, CV_8U);
  random.fill(coarse, cv::RNG::UNIFORM, 0, 256);
  random.fill(fine, cv::RNG::UNIFORM, 0, 256);
  cv::resize(coarse, coarse, {width, height}, 0, 0, cv::INTER_CUBIC);
  cv::resize(fine, fine, {width, height}, 0, 0, cv::INTER_CUBIC);
  cv::Mat mixed;
  cv::addWeighted(coarse, 0.6, fine, 0.4, 0, mixed);
  return mixed;
}

cv::Mat resized(const cv::Mat& pixels, double scale) {
  cv::Mat result;
  cv::resize(pixels, result, {}, scale, scale, cv::INTER_AREA);
  return result;
}

cv::Mat brighter(const cv::Mat& pixels) {
  cv::Mat result;
  pixels.convertTo(result, -1, 0.7, 40);
  return result;
}

/// train/ holds `originals` pictures, test/ what the test puts there.
class Planted {
 public:
  explicit Planted(unsigned originals) {
    for (unsigned i = 0; i < originals; ++i)
      write_file(folder_ / fmt_name("train", i), encode_png(picture(i)));
  }
  void add(const std::string& name, const std::string& bytes) {
    write_file(folder_ / "test" / name, bytes);
  }
  struct Found {
    AuditSet set;
    std::vector<CopyPair> pairs;
    std::map<std::string, std::string> leaks;  ///< image -> "partner kind turn"
  };
  [[nodiscard]] Found search() const {
    Found found;
    found.set = read_audit_set({folder_.path()}, "none");
    auto& images = found.set.images;
    scan_images(images, found.set.files, {2, true}, {});
    WorkingPictures pictures(found.set.files);
    const auto load = [&](std::size_t i) { return pictures.load(i); };
    found.pairs = find_same(images);
    for (auto& pair : find_near_copies(images, found.pairs, load, 2, {}))
      found.pairs.push_back(pair);
    for (auto& pair : find_crops(images, found.pairs, load, 2, {})) found.pairs.push_back(pair);
    for (const auto& leak : find_leaks(images, found.pairs)) {
      const auto& pair = found.pairs[leak.pair];
      found.leaks[images[leak.image].name] = images[leak.partner].name + " " +
                                             std::string(copy_kind_name(pair.kind)) + " " +
                                             std::string(turn_name(pair.turn));
    }
    return found;
  }

 private:
  static std::string fmt_name(const std::string& split, unsigned i) {
    return split + "/" + std::to_string(100 + i) + ".png";
  }
  TempFolder folder_;
};

}  // namespace

TEST_CASE("a set of different pictures has no copies") {
  Planted set(40);
  for (unsigned i = 0; i < 40; ++i)
    set.add(std::to_string(i) + ".jpg", encode_jpeg(picture(1000 + i), 90));
  const auto found = set.search();
  CHECK(found.pairs.empty());
  CHECK(found.leaks.empty());
}

TEST_CASE("copies are found however they were saved, sized, lit and laid down") {
  Planted set(40);
  set.add("same.png", encode_png(picture(0)));
  cv::Mat color;
  cv::cvtColor(picture(1), color, cv::COLOR_GRAY2RGB);
  set.add("color.png", encode_png(color));
  set.add("jpeg.jpg", encode_jpeg(picture(2), 60));
  set.add("half.png", encode_png(resized(picture(3), 0.5)));
  set.add("brighter.png", encode_png(brighter(picture(4))));
  for (int turn = 1; turn < kTurns; ++turn)
    set.add("turn" + std::to_string(turn) + ".jpg",
            encode_jpeg(turned_picture(picture(10 + static_cast<unsigned>(turn)), turn), 90));
  set.add("other.png", encode_png(picture(500)));
  const auto leaks = set.search().leaks;
  CHECK(leaks.at("same.png") == "100.png same_file same");
  CHECK(leaks.at("color.png") == "101.png same_pixels same");
  CHECK(leaks.at("jpeg.jpg") == "102.png near_copy same");
  CHECK(leaks.at("half.png") == "103.png near_copy same");
  CHECK(leaks.at("brighter.png") == "104.png near_copy same");
  // What turns the copy back: quarter turns are each other's inverse, all others their own.
  CHECK(leaks.at("turn1.jpg") == "111.png near_copy mirrored left-right");
  CHECK(leaks.at("turn2.jpg") == "112.png near_copy mirrored top-bottom");
  CHECK(leaks.at("turn3.jpg") == "113.png near_copy rotated 180");
  CHECK(leaks.at("turn4.jpg") == "114.png near_copy transposed");
  CHECK(leaks.at("turn5.jpg") == "115.png near_copy rotated 270");
  CHECK(leaks.at("turn6.jpg") == "116.png near_copy rotated 90");
  CHECK(leaks.at("turn7.jpg") == "117.png near_copy transposed, rotated 180");
  CHECK(leaks.size() == 12);
}

TEST_CASE("quarter crops are found beside their original, and where they lie") {
  Planted set(30);
  const cv::Mat original = picture(7);
  for (int quarter = 0; quarter < 4; ++quarter)
    set.add("q" + std::to_string(quarter) + ".png",
            encode_png(original(cv::Rect(quarter % 2 * 120, quarter / 2 * 90, 120, 90)).clone()));
  const auto found = set.search();
  for (int quarter = 0; quarter < 4; ++quarter)
    CHECK(found.leaks.at("q" + std::to_string(quarter) + ".png") == "107.png crop same");
  CHECK(found.leaks.size() == 4);
  for (const auto& pair : found.pairs) {
    const int quarter = found.set.images[pair.second].name.at(1) - '0';
    CHECK(pair.place.share == Approx(0.25).margin(0.02));
    CHECK(pair.place.x == Approx(quarter % 2 * 0.5).margin(0.02));
    CHECK(pair.place.y == Approx(quarter / 2 * 0.5).margin(0.02));
  }
}

TEST_CASE("parts of one design that differ in a spot are alike, not copies") {
  // Forty parts of one drawing; each has its own spot.
  cv::Mat design(64, 64, CV_8U, cv::Scalar(0));
  cv::circle(design, {32, 32}, 28, cv::Scalar(128), cv::FILLED);
  TempFolder folder;
  for (int i = 0; i < 40; ++i) {
    cv::Mat part = design.clone();
    part(cv::Rect(12 + i % 8 * 5, 15 + i / 8 * 7, 2, 2)).setTo(255);
    write_file(folder / (std::string(i % 2 == 0 ? "train/" : "test/") + std::to_string(i) + ".png"),
               encode_png(part));
  }
  AuditSet set = read_audit_set({folder.path()}, "none");
  scan_images(set.images, set.files, {2, true}, {});
  WorkingPictures pictures(set.files);
  const auto pairs =
      find_near_copies(set.images, {}, [&](std::size_t i) { return pictures.load(i); }, 2, {});
  for (const auto& pair : pairs) CHECK(pair.kind == CopyKind::alike);
  CHECK(find_leaks(set.images, pairs).empty());
}

TEST_CASE("splits are taken apart, masks left out, labels read") {
  TempFolder folder;
  const std::string bytes = encode_png(picture(1));
  write_file(folder / "set/test/ok/a.png", bytes);
  write_file(folder / "set/train/dent/b.jpg", encode_jpeg(picture(2), 90));
  write_file(folder / "set/train/dent/b.png", bytes);
  write_file(folder / "yolo/images/c.png", bytes);
  write_file(folder / "yolo/images/d.png", bytes);
  write_file(folder / "yolo/labels/c.txt", "2 0.5 0.5 0.1 0.1\n0 0.5 0.5 0.1 0.1\n");
  const AuditSet set = read_audit_set({folder / "set"}, "auto");
  REQUIRE(set.splits.size() == 2);
  CHECK(set.splits[0].name == "train");
  REQUIRE(set.images.size() == 2);
  CHECK(set.images[0].name == "dent/b.jpg");
  CHECK(set.images[0].label == "dent");
  CHECK(set.images[1].label == "ok");
  const AuditSet yolo = read_audit_set({folder / "yolo"}, "auto");
  CHECK(yolo.splits[0].labels == "yolo");
  CHECK(yolo.images[0].label == "0+2");
  CHECK(yolo.images[1].label == "(no object)");
  CHECK_THROWS_AS(read_audit_set({folder / "set", folder / "set"}, "auto"), Error);
  CHECK_THROWS_AS(read_audit_set({folder / "nothing"}, "auto"), Error);
}

TEST_CASE("sources come from the pattern's group") {
  std::vector<AuditImage> images(4);
  images[0].name = "x/10_a.png", images[1].name = "x/11_a.png";
  images[2].name = "y/10_b.png", images[2].split = 1;
  images[3].name = "y/none.png", images[3].split = 1;
  const auto sources = find_sources(images, "^([0-9]+)_");
  CHECK(sources.found == 2);
  CHECK(sources.unmatched == 1);
  REQUIRE(sources.shared.size() == 1);
  CHECK(sources.shared[0].source == "10");
  CHECK(sources.shared[0].images == std::vector<std::size_t>{0, 2});
  CHECK_THROWS_AS(find_sources(images, "([0-9]+"), Error);
  CHECK_THROWS_AS(find_sources(images, "^[0-9]+_"), Error);
  CHECK_THROWS_AS(find_sources(images, "^(lot)"), Error);
}

TEST_CASE("names that speak of augmentation") {
  CHECK(augmentation_in_name("a/w03_rot90.png") == "rot90");
  CHECK(augmentation_in_name("w03_aug_1.png") == "aug_1");
  CHECK(augmentation_in_name("w03-hflip.jpg") == "hflip");
  CHECK(!augmentation_in_name("rotor_17.png"));
  CHECK(!augmentation_in_name("flip/scratch_3.png"));
}

TEST_CASE("images that stand out: blurred, dark, constant") {
  TempFolder folder;
  for (unsigned i = 0; i < 30; ++i)
    write_file(folder / ("all/" + std::to_string(100 + i) + ".png"), encode_png(picture(i)));
  cv::Mat soft;
  cv::GaussianBlur(picture(50), soft, {0, 0}, 6);
  write_file(folder / "all/blurred.png", encode_png(soft));
  write_file(folder / "all/dark.png", encode_png(picture(51) * 0.1));
  write_file(folder / "all/flat.png", encode_png(cv::Mat(180, 240, CV_8U, cv::Scalar(90))));
  write_file(folder / "all/odd.png", encode_png(picture(52, 480, 360)));
  AuditSet set = read_audit_set({folder / "all"}, "none");
  scan_images(set.images, set.files, {2, false}, {});
  std::map<std::string, std::string> odd;
  for (const auto& found : find_odd_images(set.images))
    odd[set.images[found.image].name] += found.what + " ";
  CHECK(odd["blurred.png"].find("blurred") != std::string::npos);
  CHECK(odd["dark.png"].find("dark") != std::string::npos);
  CHECK(odd["flat.png"] == "constant ");
  CHECK(odd["odd.png"].find("size") != std::string::npos);
  CHECK(odd.size() == 4);
}
