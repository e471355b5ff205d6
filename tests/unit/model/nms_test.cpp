#include "support/catch.hpp"

#include <zeromiss/base/json.hpp>
#include <zeromiss/model/nms.hpp>

#include <limits>
#include <string>

using namespace zeromiss;

namespace {

std::vector<float> floats(const JsonNode& list) {
  std::vector<float> values;
  for (const double value : list.numbers()) values.push_back(static_cast<float>(value));
  return values;
}

}  // namespace

TEST_CASE("what stays is what torchvision leaves", "[nms]") {
  // Made by scripts/make_nms_golden.py with torchvision.ops.nms and batched_nms.
  const JsonDocument document = JsonDocument::read(
      std::string(ZEROMISS_SOURCE_DIR) + "/tests/data/nms/golden.json", ErrorKind::input);
  const JsonNode cases = document.root().at("cases");
  REQUIRE(cases.size() == 20);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const JsonNode one = cases.at(i);
    CAPTURE(one.at("name").string());
    const auto numbers = floats(one.at("boxes"));
    std::vector<Corners> boxes;
    for (std::size_t k = 0; k < numbers.size(); k += 4)
      boxes.push_back({numbers[k], numbers[k + 1], numbers[k + 2], numbers[k + 3]});
    std::vector<std::uint32_t> labels;
    if (const auto list = one.find("labels"))
      for (std::size_t k = 0; k < list->size(); ++k)
        labels.push_back(static_cast<std::uint32_t>(list->at(k).integer(0, 100)));
    std::vector<std::size_t> expected;
    for (std::size_t k = 0; k < one.at("kept").size(); ++k)
      expected.push_back(static_cast<std::size_t>(one.at("kept").at(k).integer(0, 1000)));
    const auto scores = floats(one.at("scores"));
    CHECK(nms(boxes, scores, labels, one.at("iou").number(), 1000) == expected);
    const auto first_three = nms(boxes, scores, labels, one.at("iou").number(), 3);
    if (expected.size() > 3) expected.resize(3);
    CHECK(first_three == expected);
  }
}

TEST_CASE("a weak box takes nothing from one that is not weak", "[nms][law]") {
  // Three upon each other, and three apart.
  const std::vector<Corners> boxes{{0, 0, 10, 10},  {0, 0, 10, 10},  {0, 0, 10, 9},
                                   {20, 0, 30, 10}, {40, 0, 50, 10}, {60, 0, 70, 10}};
  const std::vector<float> scores{0.9F, 0.8F, 0.7F, 0.85F, 0.6F, 0.95F};
  using Kept = std::vector<std::size_t>;
  const auto kept = [&](const std::vector<std::uint8_t>& weak, std::size_t most) {
    return nms(boxes, scores, {}, 0.5, most, [&](std::size_t winner, std::size_t candidate) {
      return weak[winner] == 0 || weak[candidate] != 0;
    });
  };
  CHECK(kept({0, 0, 0, 0, 0, 0}, 10) == Kept{5, 0, 3, 4});
  // Box 1 stays under box 0, and takes box 2 away.
  CHECK(kept({1, 0, 0, 0, 0, 0}, 10) == Kept{5, 0, 3, 1, 4});
  // A weak one goes under any.
  CHECK(kept({1, 1, 0, 0, 0, 0}, 10) == Kept{5, 0, 3, 2, 4});
  CHECK(kept({0, 1, 1, 0, 0, 0}, 10) == Kept{5, 0, 3, 4});
  // The weak boxes 5 and 0 are the best two; 3 and 1 have two places of their own.
  CHECK(kept({1, 0, 0, 0, 0, 1}, 2) == Kept{5, 0, 3, 1});
  // Box 3 is the third of all.
  CHECK(kept({0, 0, 0, 1, 0, 0}, 2) == Kept{5, 0});
  CHECK(kept({0, 0, 0, 1, 0, 0}, 3) == Kept{5, 0, 3, 4});
  CHECK(kept({1, 1, 1, 1, 1, 1}, 2) == Kept{5, 0});
}

TEST_CASE("lists that do not fit each other are refused", "[nms][error]") {
  const std::vector<Corners> boxes(2);
  const std::vector<float> scores{1.0F};
  CHECK_THROWS_AS(nms(boxes, scores, {}, 0.5, 10), std::invalid_argument);
  const std::vector<float> two{1.0F, 1.0F};
  const std::vector<std::uint32_t> labels{1};
  CHECK_THROWS_AS(nms(boxes, two, labels, 0.5, 10), std::invalid_argument);
}
