#include "support/catch.hpp"
#include "support/fake_engine.hpp"
#include "support/packages.hpp"

#include <zeromiss/model/self_test.hpp>

#include <limits>

using namespace zeromiss;
using namespace zeromiss::test;
using Json = nlohmann::ordered_json;

namespace {

constexpr int kBatch = 4;

SelfTestResult test_model(const FakeEngine::Function& function, const ManifestEdit& edit = {},
                          const std::string& golden = gray_pgm(8, 8, 255)) {
  const TempFolder folder;
  write_package(folder.path(), "weights", edit);
  write_file(folder.path() / "golden/white.pgm", golden);
  const ModelPackage package = read_package(folder.path());
  FakeEngine engine(function);
  return run_self_test(engine, package, Preparer(package, {}), kBatch, 2);
}

std::string refusal(const FakeEngine::Function& function, const ManifestEdit& edit = {},
                    const std::string& golden = gray_pgm(8, 8, 255)) {
  try {
    test_model(function, edit, golden);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return error.what();
  }
  return "accepted";
}

/// A detector with NMS inside, whose golden image has no defect.
void boxes(Json& m) {
  m["task"] = "detection";
  m["output"] = Json::parse(
      R"({"kind": "boxes_yolo", "layout": "end2end", "transposed": false, "activation": "none",
      "boxes": "pixels", "min_score": 0.25, "nms": "none", "masks": null})");
  m["classes"] = Json::parse(R"([{"name": "bright", "defect": true}])");
  m["golden"][0]["score"] = 0.0;
  m["golden"][0]["label"] = "";
}

Json tile(int side) {
  return Json::array({{{"op", "tile"}, {"width", side}, {"height", side}, {"overlap", 0}}});
}

/// 8 x 8, of whose four quarters the first is bright.
std::string bright_quarter() {
  std::string picture = gray_pgm(8, 8, 0);
  const std::size_t pixels = picture.size() - 64;
  for (std::size_t row = 0; row < 4; ++row) picture.replace(pixels + 8 * row, 4, 4, '\xff');
  return picture;
}

}  // namespace

TEST_CASE("a model that repeats its golden scores is accepted", "[self_test]") {
  CHECK(test_model(mean_outputs).position_exact);
}

TEST_CASE("another golden score, label or picture refuses the model", "[self_test][error]") {
  CHECK(refusal(mean_outputs, [](Json& m) {
          m["golden"][0]["score"] = 0.99;
        }).find("golden/white.pgm: score") != std::string::npos);
  CHECK(refusal(mean_outputs, [](Json& m) {
          m["golden"][0]["label"] = "dark";
        }).find("label \"bright\"") != std::string::npos);
  CHECK(refusal(mean_outputs, [](Json& m) { m["golden"][0]["image"] = "golden/absent.pgm"; }) !=
        "accepted");
  CHECK(refusal(mean_outputs, [](Json& m) { m["golden"][0]["image"] = "model.pt"; }) != "accepted");
}

TEST_CASE("other preprocessing refuses the model", "[self_test][error]") {
  CHECK(refusal(mean_outputs, [](Json& m) { m["input"]["std"] = {1.01}; }) != "accepted");
}

TEST_CASE("a model that fails, or gives NaN or another shape, is refused", "[self_test][error]") {
  CHECK(refusal([](const InputBatch&) -> std::vector<Tensor> {
          throw ItemError("model.failed", "boom");
        }).find("boom") != std::string::npos);
  CHECK(refusal([](const InputBatch& batch) {
          auto outputs = mean_outputs(batch);
          outputs[0].data.back() = std::numeric_limits<float>::quiet_NaN();
          return outputs;
        }) != "accepted");
  CHECK(refusal([](const InputBatch& batch) {
          return std::vector<Tensor>{{"", {batch.images, 3}, std::vector<float>(3 * kBatch)}};
        }) != "accepted");
}

TEST_CASE("a model whose output depends on its batch mates is refused", "[self_test][error]") {
  const auto normalises_over_the_batch = [](const InputBatch& batch) {
    auto outputs = mean_outputs(batch);
    float sum = 0.0F;
    for (int i = 0; i < batch.images; ++i)
      sum += outputs[0].data[static_cast<std::size_t>(2 * i + 1)];
    for (int i = 0; i < batch.images; ++i)
      outputs[0].data[static_cast<std::size_t>(2 * i + 1)] = sum / kBatch;
    return outputs;
  };
  // alone in the batch the golden image still gives its score: the mates give it away
  CHECK(refusal(normalises_over_the_batch) != "accepted");
}

TEST_CASE("a model that answers its first picture for all is refused", "[self_test][error]") {
  const auto repeats_the_first = [](const InputBatch& batch) {
    auto outputs = mean_outputs(batch);
    for (int i = 1; i < batch.images; ++i)
      std::copy_n(outputs[0].data.begin(), 2, outputs[0].data.begin() + 2 * i);
    return outputs;
  };
  CHECK(refusal(repeats_the_first).find("in a batch of 4") != std::string::npos);
}

TEST_CASE("a slot that changes the last bits is told", "[self_test]") {
  const auto differs_in_last_slot = [](const InputBatch& batch) {
    auto outputs = mean_outputs(batch);
    outputs[0].data.back() = std::nextafter(outputs[0].data.back(), 100.0F);
    return outputs;
  };
  CHECK_FALSE(test_model(differs_in_last_slot).position_exact);
}

TEST_CASE(
    "a detector that computes one image of a batch is refused, though its golden image has no "
    "defect",
    "[self_test][error]") {
  // As exports with NMS inside do: a row of x1, y1, x2, y2, score, class for each image, zeros for
  // those that were not computed. The golden image has nothing above min_score, so that its score
  // is 0.
  const auto computes = [](int images, float score) {
    return [=](const InputBatch& batch) {
      Tensor rows{
          "", {batch.images, 1, 6}, std::vector<float>(static_cast<std::size_t>(batch.images) * 6)};
      for (int i = 0; i < std::min(images, batch.images); ++i) {
        float* row = rows.data.data() + static_cast<std::ptrdiff_t>(i) * 6;
        row[2] = row[3] = score > 0 ? 2.0F : 0.0F;
        row[4] = score;
      }
      return std::vector<Tensor>{rows};
    };
  };
  CHECK(refusal(computes(kBatch, 0.1F), boxes) == "accepted");
  CHECK(refusal(computes(1, 0.1F), boxes).find("nothing but zeros for slot 1 of 4") !=
        std::string::npos);
  CHECK(refusal(computes(2, 0.1F), boxes).find("nothing but zeros for slot 2 of 4") !=
        std::string::npos);
  CHECK(refusal(computes(kBatch, 0.0F), boxes).find("a golden image must have a defect") !=
        std::string::npos);
  const auto in_tiles = [&](Json& m) {
    boxes(m);
    m["input"]["steps"] = tile(4);
  };
  CHECK(refusal(computes(kBatch, 0.1F), in_tiles) == "accepted");
  CHECK(refusal(computes(1, 0.1F), in_tiles).find("for some slots of a batch of 4") !=
        std::string::npos);
  CHECK(refusal(computes(kBatch, 0.0F), in_tiles).find("a golden image must have a defect") !=
        std::string::npos);
}

TEST_CASE("every slot of a batch of tiles is proven, however few tiles show something",
          "[self_test][tiles][law]") {
  // One box with the first pixel's brightness as its score: nothing but zeros for a dark tile.
  const auto first_pixel = [](int images) {
    return [=](const InputBatch& batch) {
      Tensor rows{"", {batch.images, 1, 6}, {}};
      for (int i = 0; i < batch.images; ++i) {
        const float score =
            i < images ? batch.data[static_cast<std::size_t>(i) * batch.image_size()] : 0;
        rows.data.insert(rows.data.end(), {0, 0, 2 * score, 2 * score, score, 0});
      }
      return std::vector<Tensor>{rows};
    };
  };
  const auto in_tiles_of = [](int side) {
    return [=](Json& m) {
      boxes(m);
      m["golden"][0]["score"] = 1.0;
      m["golden"][0]["label"] = "bright";
      m["input"]["steps"] = tile(side);
    };
  };
  const std::string one_of_four = bright_quarter();
  CHECK(refusal(first_pixel(kBatch), in_tiles_of(4), one_of_four) == "accepted");
  // The bright tile stands in slot 0, then behind zeros in slot 1: both are computed.
  CHECK(refusal(first_pixel(2), in_tiles_of(4), one_of_four)
            .find("nothing but zeros for slot 2 of 4") != std::string::npos);
  CHECK(refusal(first_pixel(3), in_tiles_of(4), one_of_four)
            .find("nothing but zeros for slot 3 of 4") != std::string::npos);
  // A single tile.
  CHECK(refusal(first_pixel(kBatch), in_tiles_of(8)) == "accepted");
  CHECK(refusal(first_pixel(2), in_tiles_of(8)).find("nothing but zeros for slot 2 of 4") !=
        std::string::npos);
}

TEST_CASE("a slot that gives a tile another score or other bits is told", "[self_test][tiles]") {
  const auto in_tiles = [](Json& m) { m["input"]["steps"] = tile(4); };
  // A bright tile's logit is 5, but for the last slot.
  const auto last_slot = [](float logit) {
    return [=](const InputBatch& batch) {
      auto outputs = mean_outputs(batch);
      float& last = outputs[0].data.back();
      if (last > 0) last = logit;
      return outputs;
    };
  };
  // Only the first tile is bright, and in the picture's batches it stands in slots 0 and 1.
  CHECK(test_model(mean_outputs, in_tiles, bright_quarter()).position_exact);
  CHECK_FALSE(
      test_model(last_slot(std::nextafter(5.0F, 6.0F)), in_tiles, bright_quarter()).position_exact);
  CHECK(refusal(last_slot(-5), in_tiles, bright_quarter()).find("of tile 0 in slot 3 of 4") !=
        std::string::npos);
}
