// Which label files a seal must hold before they are scored.
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/tools/score.hpp>
#include <zeromiss/tools/seal.hpp>

#include <sstream>

using namespace zeromiss;
using Catch::Matchers::ContainsSubstring;
using test::TempFolder;
using test::write_file;

namespace {

namespace fs = std::filesystem;

/// Two pictures, each with a dent that is found; data.yaml beside images and labels.
struct SealedSet {
  TempFolder folder;
  ScoreOptions options;

  SealedSet() {
    write_file(folder / "set/data.yaml", "names: [dent]\nval: images/val\n");
    for (const char* name : {"1", "2"}) {
      picture(name);
      write_file(folder / (std::string("set/labels/val/") + name + ".txt"), kDent);
      write_file(folder / (std::string("found/") + name + ".txt"), "0 0.5 0.5 0.5 0.5 0.9\n");
    }
    options.ground_truth = folder / "set/data.yaml";
    options.predictions = folder / "found";
    options.seal = folder / "SHA256SUMS";
    options.threshold = 0.5;
    options.quiet = true;
  }
  void picture(const std::string& name) const {
    write_file(folder / ("set/images/val/" + name + ".pgm"),
               "P5\n8 4\n255\n" + std::string(32, 'x'));
  }
  void seal(const std::vector<const char*>& places) const {
    SealOptions sealing;
    for (const char* place : places) sealing.inputs.push_back(folder / place);
    sealing.output = folder / "SHA256SUMS";
    sealing.quiet = true;
    std::ostringstream out;
    REQUIRE(seal_set(sealing, out) == 0);
  }
  [[nodiscard]] int run() const {
    std::ostringstream out;
    return score(options, out);
  }
  void refuses(const std::string& file) const {
    try {
      static_cast<void>(run());
      FAIL("was scored");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::refused);
      CHECK_THAT(error.what(),
                 ContainsSubstring("does not hold all labels of --gt") && ContainsSubstring(file));
    }
  }

  static constexpr const char* kDent = "0 0.5 0.5 0.5 0.5\n";
};

}  // namespace

TEST_CASE("YOLO labels are scored where the seal holds each of them", "[seal]") {
  SealedSet set;
  set.seal({"set"});
  CHECK(set.run() == 0);
  set.options.ground_truth = set.folder / "set";
  CHECK(set.run() == 0);
  fs::create_directory_symlink("set", set.folder / "link");
  set.options.ground_truth = set.folder / "link/data.yaml";
  CHECK(set.run() == 0);
}

TEST_CASE("a sealed data.yaml without its labels is no sealed set", "[seal][error]") {
  SealedSet set;
  set.seal({"set/data.yaml", "set/images"});
  set.refuses("labels/val/1.txt");
  write_file(set.folder / "set/labels/val/1.txt", "");  // the dent's line deleted
  set.refuses("labels/val/1.txt");
  fs::remove(set.folder / "set/labels/val/1.txt");
  fs::remove(set.folder / "set/labels/val/2.txt");  // two backgrounds
  set.refuses("set/labels/val");
}

TEST_CASE("a file of labels that the seal leaves out is refused", "[seal][error]") {
  SealedSet text;
  write_file(text.folder / "text/1.txt", "dent 1 1 4 4\n");
  write_file(text.folder / "text/~$2.txt", "dent 1 1 4 4\n");  // as office programs call copies
  write_file(text.folder / "found/1.txt", "dent 0.9 1 1 4 4\n");
  write_file(text.folder / "found/2.txt", "");
  fs::rename(text.folder / "found/2.txt", text.folder / "found/~$2.txt");
  text.options.ground_truth = text.folder / "text";
  text.seal({"text"});
  text.refuses("text/~$2.txt");
  SealedSet hidden;
  fs::rename(hidden.folder / "set/labels", hidden.folder / "labels");
  fs::create_directories(hidden.folder / "set/.old/images");
  fs::rename(hidden.folder / "labels", hidden.folder / "set/.old/labels");
  fs::rename(hidden.folder / "set/images/val", hidden.folder / "set/.old/images/val");
  write_file(hidden.folder / "set/data.yaml", "names: [dent]\nval: .old/images/val\n");
  hidden.seal({"set"});
  hidden.refuses(".old/labels/val/1.txt");
}

TEST_CASE("a sealed data.yaml that leads to other labels does not seal them", "[seal][error]") {
  SealedSet set;
  fs::create_directories(set.folder / "other");
  fs::rename(set.folder / "set/images", set.folder / "other/images");
  fs::rename(set.folder / "set/labels", set.folder / "other/labels");
  write_file(set.folder / "set/data.yaml", "path: ../other\nnames: [dent]\nval: images/val\n");
  set.seal({"set"});
  set.refuses("other/labels/val/2.txt");
  fs::remove(set.folder / "SHA256SUMS");
  set.seal({"set", "other"});
  CHECK(set.run() == 0);
}
