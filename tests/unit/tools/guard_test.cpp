// A package that knows its calibration images, and pictures of another kind.
#include "support/catch.hpp"
#include "support/fake_engine.hpp"
#include "support/packages.hpp"

#include <zeromiss/report/results_file.hpp>
#include <zeromiss/tools/inspect.hpp>
#include <zeromiss/tools/record_guard.hpp>

#include <sstream>

using namespace zeromiss;
using namespace zeromiss::test;

namespace {

/// Two calibration pictures of 8 x 8, gray 10 and 30, and the guarded package made from them.
struct Guarded {
  TempFolder folder;

  Guarded() {
    write_package(folder / "package", "weights");
    write_file(folder / "calibration/a.pgm", gray_pgm(8, 8, 10));
    write_file(folder / "calibration/b.pgm", gray_pgm(8, 8, 30));
  }
  [[nodiscard]] int record(double margin = 0.1) const {
    GuardOptions options;
    options.model = folder / "package";
    options.inputs = {folder / "calibration"};
    options.output = folder / "guarded";
    options.margin = margin;
    std::ostringstream out;
    return record_guard(options, out);
  }
  [[nodiscard]] std::vector<Record> inspect_lot() const {
    InspectOptions options;
    options.model = folder / "guarded";
    options.inputs = {folder / "lot"};
    options.output = folder / "out";
    options.batch = 4;
    options.threads = 1;
    options.no_html = options.quiet = options.overwrite = true;
    std::ostringstream out;
    inspect(options, fake_loader(), out);
    std::vector<Record> records;
    for_each_record(options.output / kResultsFile, ErrorKind::input,
                    [&](const Record& record) { records.push_back(record); });
    return records;
  }
};

}  // namespace

TEST_CASE("a picture outside the guard is REVIEW with the reason, never PASS", "[guard]") {
  const Guarded guarded;
  CHECK(guarded.record() == 0);
  const auto add = [&](const char* name, const std::string& content) {
    write_file(guarded.folder / "lot" / name, content);
  };
  add("a-inside.pgm", gray_pgm(8, 8, 20));
  add("b-at-the-end.pgm", gray_pgm(8, 8, 32));  // 30 + a tenth of 20
  add("c-brighter.pgm", gray_pgm(8, 8, 33));
  add("d-larger.pgm", gray_pgm(9, 8, 20));
  add("e-reject.pgm", gray_pgm(8, 8, 250));
  add("f-broken.pgm", "P5\n8 8\n255\ncut");
  const auto records = guarded.inspect_lot();
  REQUIRE(records.size() == 6);
  for (const std::size_t inside : {0U, 1U}) {
    CHECK(records[inside].verdict == VerdictKind::pass);
    CHECK(records[inside].reasons.empty());
  }
  CHECK(records[2].verdict == VerdictKind::review);
  CHECK(records[2].reasons == std::vector<std::string>{"brightness 33 is outside 8 to 32"});
  CHECK(*records[2].score == Approx(bright_probability(33)).epsilon(1e-6));
  CHECK(records[3].verdict == VerdictKind::review);
  CHECK(records[3].reasons == std::vector<std::string>{"width 9 is outside 8 to 8"});
  CHECK(records[4].verdict == VerdictKind::reject);  // no better for being unknown
  CHECK(records[4].reasons.size() == 1);
  CHECK(records[5].verdict == VerdictKind::error);
  CHECK(records[5].reasons.empty());
}

TEST_CASE("a guard is not made from a part of the images", "[guard][error]") {
  const Guarded guarded;
  write_file(guarded.folder / "calibration/c.pgm", "P5\n8 8\n255\ncut");
  CHECK_THROWS_AS(guarded.record(), Error);
  CHECK_FALSE(std::filesystem::exists(guarded.folder / "guarded"));
}

TEST_CASE("a guard needs two images and a new folder", "[guard][error]") {
  const Guarded guarded;
  std::filesystem::create_directories(guarded.folder / "guarded");
  CHECK_THROWS_AS(guarded.record(), Error);
  std::filesystem::remove(guarded.folder / "guarded");
  std::filesystem::remove(guarded.folder / "calibration/a.pgm");
  CHECK_THROWS_AS(guarded.record(), Error);
}

TEST_CASE("the copied package is the same but for its guard", "[guard]") {
  const Guarded guarded;
  CHECK(guarded.record() == 0);
  CHECK(read_file(guarded.folder / "guarded/model.pt") == "weights");
  CHECK(read_file(guarded.folder / "guarded/golden/white.pgm") == gray_pgm(8, 8, 255));
  auto manifest = nlohmann::ordered_json::parse(read_file(guarded.folder / "guarded/model.json"));
  CHECK(manifest.at("guard").at("brightness") == nlohmann::ordered_json({8.0, 32.0}));
  manifest.erase("guard");
  CHECK(manifest == mean_manifest("weights"));
}
