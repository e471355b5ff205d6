#include "support/catch.hpp"
#include "support/fake_engine.hpp"

#include <zeromiss/model/halving.hpp>

#include <algorithm>
#include <vector>

using namespace zeromiss;
using namespace zeromiss::test;

namespace {

/// Computes what kMeanModel does, of at most `most` images at once.
FakeEngine::Function holds(int most, std::vector<int>* seen = nullptr) {
  return [=](const InputBatch& batch) {
    if (seen != nullptr) seen->push_back(batch.images);
    if (batch.images > most) throw ItemError("model.memory", "12 MiB are free");
    return mean_outputs(batch);
  };
}

struct Said {
  std::vector<std::pair<int, int>> sizes;
  std::string cause;
};

HalvingEngine halving(const FakeEngine::Function& function, Said& said) {
  return {std::make_unique<FakeEngine>(function),
          [&said](int batch, int at_once, const std::string& cause) {
            said.sizes.emplace_back(batch, at_once);
            said.cause = cause;
          }};
}

InputBatch shades(int images) {
  InputBatch batch(images, 1, 2, 2);
  for (int i = 0; i < images; ++i)
    std::fill_n(batch.image(i), 4, 0.125F * static_cast<float>(i + 1));
  return batch;
}

}  // namespace

TEST_CASE("a batch that does not fit is computed in parts that fit, to the bit", "[halving]") {
  const int images = GENERATE(8, 5, 6);
  const int most = GENERATE(1, 2, 3, 4);
  CAPTURE(images, most);
  Said said;
  std::vector<int> seen;
  HalvingEngine engine = halving(holds(most, &seen), said);
  const auto expected = mean_outputs(shades(images));
  const auto found = engine.run(shades(images));
  REQUIRE(found.size() == 1);
  CHECK(found[0].shape == expected[0].shape);
  CHECK(found[0].data == expected[0].data);
  REQUIRE(said.sizes.size() == 1);
  CHECK(said.sizes[0] == std::pair(images, engine.at_once()));
  CHECK(said.cause == "12 MiB are free");
  CHECK(engine.at_once() <= most);
  CHECK(2 * engine.at_once() + 1 >= most);  // not smaller than it must be

  // The size is kept: the next batch is not tried whole again.
  seen.clear();
  CHECK(engine.run(shades(images))[0].data == expected[0].data);
  CHECK(std::all_of(seen.begin(), seen.end(), [&](int n) { return n == engine.at_once(); }));
  CHECK(said.sizes.size() == 1);
}

TEST_CASE("what fits is not touched", "[halving]") {
  Said said;
  std::vector<int> seen;
  HalvingEngine engine = halving(holds(8, &seen), said);
  engine.run(shades(8));
  CHECK(seen == std::vector<int>{8});
  CHECK(engine.at_once() == 0);
  CHECK(said.sizes.empty());
}

TEST_CASE("an image that does not fit alone is an error and changes nothing", "[halving][error]") {
  Said said;
  const auto heavy = [](const InputBatch& batch) {  // the brightest of eight
    if (*std::max_element(batch.data.begin(), batch.data.end()) == 1.0F)
      throw ItemError("model.memory", "too heavy");
    return mean_outputs(batch);
  };
  HalvingEngine engine = halving(heavy, said);
  CHECK_THROWS_AS(engine.run(shades(8)), ItemError);
  CHECK(engine.at_once() == 0);
  CHECK(said.sizes.empty());
  CHECK(engine.run(shades(7)).at(0).shape.front() == 7);
}

TEST_CASE("other errors are not answered by halving", "[halving][error]") {
  Said said;
  std::vector<int> seen;
  HalvingEngine engine = halving(
      [&](const InputBatch& batch) -> std::vector<Tensor> {
        seen.push_back(batch.images);
        throw ItemError("model.failed", "boom");
      },
      said);
  CHECK_THROWS_WITH(engine.run(shades(4)), "boom");
  CHECK(seen == std::vector<int>{4});
}

TEST_CASE("results of single images keep their image and their place among the outputs",
          "[halving]") {
  // As a detector: a tensor of all, as many rows for each image as its number, a tensor of all.
  const auto detector = [](const InputBatch& batch) {
    if (batch.images > 2) throw ItemError("model.memory", "full");
    std::vector<Tensor> outputs{{"first", {batch.images}, {}}};
    for (int i = 0; i < batch.images; ++i) {
      const float shade = batch.data[static_cast<std::size_t>(i) * batch.image_size()];
      outputs[0].data.push_back(shade);
      outputs.push_back({"boxes", {1}, {shade}, i});
    }
    outputs.push_back({"last", {batch.images, 1}, outputs[0].data});
    return outputs;
  };
  Said said;
  HalvingEngine engine = halving(detector, said);
  const auto found = engine.run(shades(5));  // 2 + 2 + 1, one slot of the last part is empty
  REQUIRE(found.size() == 7);
  CHECK(found[0].name == "first");
  CHECK(found[0].data == std::vector<float>{0.125F, 0.25F, 0.375F, 0.5F, 0.625F});
  for (int i = 0; i < 5; ++i) {
    const Tensor& boxes = found[static_cast<std::size_t>(i + 1)];
    CHECK(boxes.image == i);
    CHECK(boxes.data == std::vector<float>{0.125F * static_cast<float>(i + 1)});
  }
  CHECK(found[6].name == "last");
  CHECK(found[6].shape == std::vector<std::int64_t>{5, 1});
}

TEST_CASE("parts whose outputs do not fit together are refused", "[halving][error]") {
  int calls = 0;
  const auto fickle = [&calls](const InputBatch& batch) {
    if (batch.images > 2) throw ItemError("model.memory", "full");
    const std::int64_t width = ++calls;
    return std::vector<Tensor>{
        {"",
         {batch.images, width},
         std::vector<float>(static_cast<std::size_t>(batch.images * width))}};
  };
  Said said;
  HalvingEngine engine = halving(fickle, said);
  CHECK_THROWS_AS(engine.run(shades(4)), ItemError);
}

TEST_CASE("pictures as bytes are split as well", "[halving]") {
  const auto sums = [](const InputBatch& batch) {
    if (batch.images > 1) throw ItemError("model.memory", "full");
    const std::uint8_t* bytes = batch.bytes.get();
    return std::vector<Tensor>{{"", {1}, {static_cast<float>(bytes[0] + bytes[1])}}};
  };
  class ByteEngine : public FakeEngine {
   public:
    using FakeEngine::FakeEngine;
    [[nodiscard]] InputBatch new_batch(int n, int c, int h, int w) const override {
      return {n, c, h, w,
              std::shared_ptr<std::uint8_t[]>(
                  new std::uint8_t[static_cast<std::size_t>(n * c * h * w)]())};
    }
  };
  HalvingEngine engine(std::make_unique<ByteEngine>(sums), [](int, int, const std::string&) {});
  InputBatch batch = engine.new_batch(2, 1, 1, 2);
  for (std::uint8_t i = 0; i < 4; ++i) batch.bytes.get()[i] = i;
  CHECK(engine.run(batch).at(0).data == std::vector<float>{1, 5});  // 0 + 1, 2 + 3
}
