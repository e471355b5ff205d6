// Large pictures in tiles, through the whole of inspect.
#include "support/catch.hpp"
#include "support/fake_engine.hpp"
#include "support/packages.hpp"

#include <zeromiss/report/results_file.hpp>
#include <zeromiss/tools/inspect.hpp>

#include <limits>
#include <set>
#include <sstream>

using namespace zeromiss;
using namespace zeromiss::test;
using Json = nlohmann::ordered_json;

namespace {

constexpr int kWidth = 20, kHeight = 11, kTile = 8;

/// Tiles of 8 x 8 that overlap by 2, so at x = 0, 6, 12 and y = 0, 3.
void cut_into_tiles(Json& manifest) {
  manifest["input"]["steps"] = {
      {{"op", "tile"}, {"width", kTile}, {"height", kTile}, {"overlap", 2}}};
}

/// A dark picture with a plain bright rectangle in it.
std::string picture(int x, int y, int width, int height, int gray) {
  std::string text = gray_pgm(kWidth, kHeight, 10);
  const std::size_t header = text.size() - std::size_t{kWidth} * kHeight;
  for (int row = y; row < y + height; ++row)
    for (int column = x; column < x + width; ++column)
      text[header + static_cast<std::size_t>(row * kWidth + column)] = static_cast<char>(gray);
  return text;
}

struct TiledLot {
  TempFolder folder;
  InspectOptions options;

  explicit TiledLot(const ManifestEdit& edit = cut_into_tiles) {
    options.model = write_package(folder / "package", "weights", edit);
    options.inputs = {folder / "lot"};
    options.output = folder / "out";
    options.batch = 4;
    options.threads = 2;
    options.no_html = true;
    options.quiet = true;
    options.overwrite = true;
  }
  void add(const std::string& name, const std::string& content) const {
    write_file(folder / "lot" / name, content);
  }
  int run(const FakeEngine::Function& function = mean_outputs) const {
    std::ostringstream out;
    return inspect(options, fake_loader(function), out);
  }
  [[nodiscard]] std::vector<Record> records() const {
    std::vector<Record> all;
    for_each_record(options.output / kResultsFile, ErrorKind::input,
                    [&](const Record& record) { all.push_back(record); });
    return all;
  }
};

}  // namespace

TEST_CASE("a picture is as bad as its worst tile", "[inspect][tiles]") {
  const TiledLot lot;
  lot.add("a-dark.pgm", picture(0, 0, 0, 0, 0));
  lot.add("b-one-tile.pgm",
          picture(12, 3, 8, 8, 250));  // the last tile, and parts of its neighbours
  CHECK(lot.run() == 0);
  const auto records = lot.records();
  REQUIRE(records.size() == 2);
  CHECK(records[0].verdict == VerdictKind::pass);
  CHECK(*records[0].score == Approx(bright_probability(10)).epsilon(1e-6));
  CHECK(records[1].verdict == VerdictKind::reject);
  CHECK(*records[1].score == Approx(bright_probability(250)).epsilon(1e-6));
  CHECK(records[1].label == "bright");
  CHECK(*records[1].width == kWidth);
}

TEST_CASE("a picture's tiles share batches with no other picture", "[inspect][tiles]") {
  // Six tiles in batches of four: two passes, the second with two empty slots.
  std::multiset<int> empty_slots;
  const auto count = [&](const InputBatch& batch) {
    int empty = 0;
    for (int i = 0; i < batch.images; ++i) {
      const float* slot = batch.data.data() + static_cast<std::size_t>(i) * batch.image_size();
      empty += slot[0] == 0.0F ? 1 : 0;
    }
    empty_slots.insert(empty);
    return mean_outputs(batch);
  };
  TiledLot lot;
  lot.options.threads = 1;
  for (const char* name : {"a.pgm", "b.pgm", "c.pgm"}) lot.add(name, picture(3, 3, 4, 4, 99));
  CHECK(lot.run(count) == 0);
  // Three pictures of two passes each; the self-test's golden picture is a single tile, twice, then
  // in all slots and in the odd ones.
  CHECK(empty_slots == std::multiset<int>{0, 2, 0, 2, 0, 2, 3, 3, 0, 2});
}

TEST_CASE("records of tiled pictures depend on no thread, neighbour or batch mate",
          "[inspect][tiles]") {
  TiledLot lot;
  for (int i = 0; i < 9; ++i)
    lot.add("p" + std::to_string(i) + ".pgm", picture(i, i % 4, 5, 6, 40 + 20 * i));
  lot.run();
  const std::string before = read_file(lot.options.output / kResultsFile);
  for (const int threads : {1, 4}) {
    lot.options.threads = threads;
    lot.run();
    CHECK(read_file(lot.options.output / kResultsFile) == before);
  }
  lot.add("p4.pgm", "P5\n8 8\n255\ncut");
  CHECK(lot.run() == 4);
  const auto records = lot.records();
  REQUIRE(records.size() == 9);
  std::istringstream lines(before);
  std::string line;
  for (std::size_t i = 0; i < records.size() && std::getline(lines, line); ++i)
    if (i != 4) CHECK(record_line(records[i]) == line);
  CHECK(records[4].verdict == VerdictKind::error);
}

TEST_CASE("one tile that fails makes the picture ERROR", "[inspect][tiles][error]") {
  const TiledLot lot;
  lot.add("a.pgm", picture(0, 0, 0, 0, 0));
  lot.add("b.pgm", picture(19, 10, 1, 1, 255));  // seen by the last tile alone, number 2 of pass 2
  const auto last_tile_is_nan = [](const InputBatch& batch) {
    auto outputs = mean_outputs(batch);
    for (int i = 0; i < batch.images; ++i) {
      const float* slot = batch.data.data() + static_cast<std::size_t>(i) * batch.image_size();
      // 10 everywhere but in one corner; the golden picture is 255 everywhere
      if (slot[batch.image_size() - 1] == 1.0F && slot[0] < 1.0F)
        outputs[0].data[static_cast<std::size_t>(2 * i + 1)] =
            std::numeric_limits<float>::quiet_NaN();
    }
    return outputs;
  };
  CHECK(lot.run(last_tile_is_nan) == 4);
  const auto records = lot.records();
  REQUIRE(records.size() == 2);
  CHECK(records[0].verdict == VerdictKind::pass);
  CHECK(records[1].verdict == VerdictKind::error);
  CHECK(records[1].error->code == "model.nonfinite");
}

TEST_CASE("a picture smaller than a tile is an ERROR, not a smaller tile",
          "[inspect][tiles][error]") {
  const TiledLot lot;
  lot.add("small.pgm", gray_pgm(kTile - 1, 30, 10));
  CHECK(lot.run() == 4);
  CHECK(lot.records().at(0).error->code == "image.too_small");
}

TEST_CASE("tiles of an anomaly model give the highest score", "[inspect][tiles]") {
  const TiledLot lot([](Json& manifest) {
    cut_into_tiles(manifest);
    manifest["task"] = "anomaly";
    manifest["output"]["kind"] = "score";
    manifest["golden"][0]["score"] = 1.0;
  });
  lot.add("a.pgm", picture(0, 0, 8, 8, 204));
  const auto mean = [](const InputBatch& batch) {
    const auto logits = mean_outputs(batch);
    Tensor scores{"", {batch.images}, {}};
    for (int i = 0; i < batch.images; ++i)
      scores.data.push_back(logits[0].data[static_cast<std::size_t>(2 * i + 1)] / 10.0F + 0.5F);
    return std::vector<Tensor>{scores};
  };
  CHECK(lot.run(mean) == 0);
  CHECK(*lot.records().at(0).score == Approx(0.8).epsilon(1e-5));  // 204 / 255
}

TEST_CASE("a golden picture is cut into tiles, too", "[inspect][tiles][error]") {
  const TiledLot lot([](Json& manifest) {
    cut_into_tiles(manifest);
    manifest["golden"][0]["score"] = 0.5;
  });
  lot.add("a.pgm", picture(0, 0, 0, 0, 0));
  CHECK_THROWS_AS(lot.run(), Error);
}
