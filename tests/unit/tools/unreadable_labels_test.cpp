// Labels that cannot be looked at are an error: images without labels are good ones.
#include "support/catch.hpp"
#include "support/not_root.hpp"
#include "support/temp_folder.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/tools/score.hpp>

#include <sstream>

using namespace zeromiss;
using Catch::Matchers::ContainsSubstring;
using test::NotRoot;
using test::TempFolder;
using test::write_file;

namespace {

namespace fs = std::filesystem;

/// Nobody may look into it, until the end.
class Locked {
 public:
  Locked(const fs::path& root, fs::path folder) : folder_(std::move(folder)) {
    fs::permissions(root, fs::perms::all);
    fs::permissions(folder_, fs::perms::none);
  }
  ~Locked() { fs::permissions(folder_, fs::perms::owner_all); }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

 private:
  fs::path folder_;
};

void check_refusal(const ScoreOptions& options, const std::string& message) {
  const NotRoot other_user;
  std::ostringstream page;
  try {
    score(options, page);
    FAIL("was scored");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    CHECK_THAT(error.what(), ContainsSubstring(message));
  }
}

}  // namespace

TEST_CASE("a folder of YOLO labels that may not be read makes no backgrounds", "[error]") {
  const TempFolder folder;
  write_file(folder / "data.yaml", "names: [dent]\nval: images\n");
  write_file(folder / "images/lot1/a.pgm", "P5\n8 4\n255\n" + std::string(32, 'x'));
  write_file(folder / "images/b.pgm", "P5\n8 4\n255\n" + std::string(32, 'x'));
  write_file(folder / "labels/lot1/a.txt", "0 0.5 0.5 0.5 0.5\n");
  write_file(folder / "labels/b.txt", "0 0.5 0.5 0.5 0.5\n");
  write_file(folder / "found/b.txt", "0 0.5 0.5 0.5 0.5 0.9\n");
  const Locked locked(folder.path(), folder / "labels/lot1");
  ScoreOptions options;
  options.ground_truth = folder.path();
  options.predictions = folder / "found";
  options.quiet = true;
  check_refusal(options, "labels/lot1/: cannot be read, so the labels in it are not known");
}

TEST_CASE("a folder of true masks that may not be read does not shrink the set", "[error]") {
  const TempFolder folder;
  for (const char* mask : {"gt/lot1/a.png", "gt/b.png", "found/b.png"})
    write_file(folder / mask, "");
  const Locked locked(folder.path(), folder / "gt/lot1");
  ScoreOptions options;
  options.ground_truth = folder / "gt";
  options.predictions = folder / "found";
  options.task = "segmentation";
  options.quiet = true;
  check_refusal(options, "gt/lot1/: cannot be read, so the masks in it are not known");
}

TEST_CASE("masks and classes behind a link to a folder do not vanish", "[error]") {
  const TempFolder folder;
  for (const char* file : {"gt/b.png", "away/a.png", "found/b.png", "classes/good/c.png"})
    write_file(folder / file, "");
  fs::permissions(folder.path(), fs::perms::all);
  fs::create_directory_symlink(folder / "away", folder / "gt/lot1");
  ScoreOptions options;
  options.ground_truth = folder / "gt";
  options.predictions = folder / "found";
  options.task = "segmentation";
  options.quiet = true;
  check_refusal(options, "gt/lot1: is a link to a folder");
  fs::remove(folder / "gt/lot1");
  fs::create_directory_symlink(folder / "gone", folder / "gt/lot1");
  check_refusal(options, "gt/lot1: is a link to a folder");
  write_file(folder / "p.csv", "image,label\ngood/c.png,good\n");
  fs::create_directory_symlink(folder / "away", folder / "classes/dent");
  ScoreOptions images;
  images.ground_truth = folder / "classes";
  images.predictions = folder / "p.csv";
  images.quiet = true;
  check_refusal(images, "classes/dent: is a link to a folder");
}
