// Class maps, anomaly maps and labels out of hand-made tensors.
#include "objects.hpp"

#include <cmath>

using namespace zeromiss;
using namespace zeromiss::test;

TEST_CASE("a class map becomes connected defects", "[objects]") {
  const std::vector<ClassInfo> classes{{"background", false}, {"scratch", true}, {"dust", true}};
  const auto package =
      package_of(OutputKind::mask_logits,
                 MaskRules{Activation::softmax, std::nullopt, 1, Interpolation::nearest}, classes);
  // Scratch at (0,0), (1,1) (by a corner) and (3,2); dust nowhere.
  std::vector<float> values(36, 0.0F);
  std::fill(values.begin() + 12, values.end(), std::log(0.125F));
  for (const std::size_t pixel : {0U, 5U, 11U}) values[12 + pixel] = std::log(8.0F);
  const Objects objects = read({{"", {1, 3, 3, 4}, values}}, package, kSame);
  REQUIRE(objects.defects.size() == 2);
  CHECK(objects.defects[0].area == 2.0);
  CHECK(objects.defects[0].score == Approx(8 / 9.125));  // 8 : 1 : 1/8
  check_box(objects.defects[0].box, {0, 0, 2, 2});
  check_box(objects.defects[1].box, {3, 2, 1, 1});
  CHECK(mask_pixels(objects.defects[1].mask.value()).back() == 1);
}

TEST_CASE("equal values of a pixel belong to the defect", "[objects]") {
  const std::vector<ClassInfo> classes{{"background", false}, {"scratch", true}};
  const auto package =
      package_of(OutputKind::mask_logits,
                 MaskRules{Activation::softmax, std::nullopt, 1, Interpolation::bilinear}, classes);
  CHECK(read({{"", {1, 2, 3, 4}, std::vector<float>(24, 0.0F)}}, package, kSame).defects.size() ==
        1);
}

TEST_CASE("a threshold finds what argmax leaves to the background", "[objects]") {
  const std::vector<ClassInfo> classes{{"background", false}, {"scratch", true}};
  const auto count = [&](std::optional<double> threshold) {
    const auto package =
        package_of(OutputKind::mask_logits,
                   MaskRules{Activation::none, threshold, 1, Interpolation::bilinear}, classes);
    std::vector<float> values(24, 0.7F);
    std::fill(values.begin() + 12, values.end(), 0.3F);
    return read({{"", {1, 2, 3, 4}, values}}, package, kSame).defects.size();
  };
  CHECK(count(std::nullopt) == 0);
  CHECK(count(0.25) == 1);
  CHECK(count(0.35) == 0);
}

TEST_CASE("interpolation moves the border of a smaller map", "[objects]") {
  // 2 x 1 cells for 4 x 2 pixels: 0 left, 1 right. Bilinear at the pixel centres: 0, 0.25, 0.75, 1.
  const Placement placement({4, 2}, {4, 2}, cv::Matx33d::eye());
  const std::vector<ClassInfo> classes{{"scratch", true}};
  const auto area = [&](double threshold, Interpolation interpolation) {
    const auto package = package_of(
        OutputKind::mask_logits, MaskRules{Activation::none, threshold, 2, interpolation}, classes);
    const Objects objects = read({{"", {1, 1, 1, 2}, {0.0F, 1.0F}}}, package, placement);
    return objects.defects.empty() ? 0.0 : objects.defects[0].area;
  };
  CHECK(area(0.2, Interpolation::nearest) == 4.0);
  CHECK(area(0.2, Interpolation::bilinear) == 6.0);
  CHECK(area(0.5, Interpolation::bilinear) == 4.0);
  CHECK(area(0.9, Interpolation::bilinear) == 2.0);
}

TEST_CASE("between two good classes a defect may be the highest", "[objects][law]") {
  // Two cells for 4 x 2 pixels. A quarter of the way from the left to the right one: 1.5, 0.5, 1.9.
  const Placement placement({4, 2}, {4, 2}, cv::Matx33d::eye());
  const std::vector<ClassInfo> classes{{"background", false}, {"die", false}, {"scratch", true}};
  const auto package =
      package_of(OutputKind::mask_logits,
                 MaskRules{Activation::softmax, std::nullopt, 2, Interpolation::bilinear}, classes);
  const Objects objects =
      read({{"", {1, 3, 1, 2}, {2.0F, 0.0F, 0.0F, 2.0F, 1.9F, 1.9F}}}, package, placement);
  REQUIRE(objects.defects.size() == 1);
  check_box(objects.defects[0].box, {1, 0, 2, 2});
}

TEST_CASE("in a picture smaller than the map no defect falls between its pixels",
          "[objects][law]") {
  // 4 x 3 pixels, enlarged to 10 x 6 cells: 2.5 cells a column. Each cell alone must be seen, and
  // by the pixel that its centre falls in.
  const Placement placement({4, 3}, {10, 6}, cv::Matx33d(2.5, 0, 0, 0, 2, 0, 0, 0, 1));
  const auto interpolation = GENERATE(Interpolation::nearest, Interpolation::bilinear);
  const auto threshold = GENERATE(std::optional<double>(), std::optional<double>(0.5));
  const std::vector<ClassInfo> classes{{"background", false}, {"scratch", true}};
  const auto package = package_of(
      OutputKind::mask_logits, MaskRules{Activation::none, threshold, 1, interpolation}, classes);
  for (std::size_t cell = 0; cell < 60; ++cell) {
    CAPTURE(cell);
    std::vector<float> values(120, 0.0F);
    std::fill(values.begin(), values.begin() + 60, 1.0F);
    values[cell] = 0.0625F;
    values[60 + cell] = 0.9375F;
    const Objects objects = read({{"", {1, 2, 6, 10}, values}}, package, placement);
    REQUIRE(objects.defects.size() == 1);
    CHECK(objects.defects[0].score == 0.9375);
    const double x = std::floor((static_cast<double>(cell % 10) + 0.5) / 2.5);
    check_box(objects.defects[0].box, {x, static_cast<double>(cell / 10 / 2), 1, 1});
  }
}

TEST_CASE("the surest of the cells in a pixel names it", "[objects]") {
  // One pixel of 2 x 1 cells: dust 0.6, scratch 0.8; and what its own centre, between them, says.
  const Placement placement({1, 1}, {2, 1}, cv::Matx33d(2, 0, 0, 0, 1, 0, 0, 0, 1));
  const auto found = [&](const std::vector<float>& values, double threshold) {
    const auto package =
        package_of(OutputKind::mask_logits,
                   MaskRules{Activation::none, threshold, 1, Interpolation::bilinear}, kTwo);
    const Objects objects = read({{"", {1, 2, 1, 2}, values}}, package, placement);
    REQUIRE(objects.defects.size() == 1);
    return std::pair(kTwo[objects.defects[0].label].name, objects.defects[0].score);
  };
  const double sure = static_cast<double>(0.8F), half = static_cast<double>(0.75F);
  CHECK(found({0.0F, 0.8F, 0.6F, 0.0F}, 0.5) == std::pair(std::string("scratch"), sure));
  // Between 0.75 and 0.75 of dust it is as sure as the cells are.
  CHECK(found({0.0F, 0.0F, 0.75F, 0.75F}, 0.5) == std::pair(std::string("dust"), half));
}

TEST_CASE("the largest of all numbers is still a defect beside the smallest", "[objects][law]") {
  // Cells for 4 x 2 pixels; a quarter of the way from 3.4e38 to -3.4e38 is 1.7e38.
  const Placement placement({4, 2}, {4, 2}, cv::Matx33d::eye());
  const std::vector<ClassInfo> classes{{"scratch", true}};
  constexpr float kMost = std::numeric_limits<float>::max();
  const auto package =
      package_of(OutputKind::mask_logits,
                 MaskRules{Activation::sigmoid, 0.5, 2, Interpolation::bilinear}, classes);
  const Objects objects = read({{"", {1, 1, 1, 2}, {kMost, -kMost}}}, package, placement);
  REQUIRE(objects.defects.size() == 1);
  check_box(objects.defects[0].box, {0, 0, 2, 2});
  CHECK(objects.defects[0].score == 1.0);
}

TEST_CASE("what the network does not see has no defect", "[objects]") {
  const std::vector<ClassInfo> classes{{"scratch", true}};
  const auto package =
      package_of(OutputKind::mask_logits,
                 MaskRules{Activation::none, 0.5, 1, Interpolation::nearest}, classes);
  const Objects objects = read({{"", {1, 1, 10, 20}, std::vector<float>(200, 1.0F)}}, package);
  REQUIRE(objects.defects.size() == 1);
  check_box(objects.defects[0].box, {4, 2, 10, 5});  // 20 x 10 at half size, from (4, 2)
}

TEST_CASE("class maps of another size or with wrong numbers are refused", "[objects][error]") {
  const std::vector<ClassInfo> classes{{"background", false}, {"scratch", true}};
  const auto package =
      package_of(OutputKind::mask_logits,
                 MaskRules{Activation::none, 0.5, 1, Interpolation::bilinear}, classes);
  CHECK(refusal({{"", {1, 2, 3, 4}, std::vector<float>(24, 0.5F)}}, package, kSame) == "read");
  CHECK(refusal({{"", {1, 2, 4, 3}, std::vector<float>(24, 0.5F)}}, package, kSame) ==
        "model.output");
  CHECK(refusal({{"", {1, 1, 3, 4}, std::vector<float>(12, 0.5F)}}, package, kSame) ==
        "model.output");
  CHECK(refusal({{"", {1, 2, 3, 4}, std::vector<float>(24, 1.5F)}}, package, kSame) ==
        "model.output");
  CHECK(refusal({{"", {1, 2, 3, 4}, std::vector<float>(24, kNan)}}, package, kSame) ==
        "model.nonfinite");
}

TEST_CASE("an anomaly map gives places, its score the verdict", "[objects]") {
  ScoreMapRules rules{std::size_t{0}, std::size_t{1}, 1, 5.0, Interpolation::nearest};
  auto package = package_of(OutputKind::score_map, rules, {{"good", false}, {"anomaly", true}});
  std::vector<float> map(12, 1.0F);
  map[6] = 7.5F;
  const auto read_map = [&] {
    return std::get<Anomaly>(
        interpret({{"", {1, 1, 3, 4}, map}, {"", {1}, {2.5F}}}, 0, 1, package, kSame));
  };
  const Anomaly anomaly = read_map();
  CHECK(anomaly.score == 2.5);
  REQUIRE(anomaly.defects.size() == 1);
  CHECK(anomaly.defects[0].label == 1);
  CHECK(anomaly.defects[0].score == 7.5);
  check_box(anomaly.defects[0].box, {2, 1, 1, 1});
  rules.score.reset();
  package.rules = rules;
  CHECK(read_map().score == 7.5);
  rules.threshold.reset();
  package.rules = rules;
  CHECK(read_map().defects.empty());
  map[0] = kInfinity;
  CHECK(refusal({{"", {1, 1, 3, 4}, map}, {"", {1}, {2.5F}}}, package, kSame) == "model.nonfinite");
  CHECK(refusal({{"", {1, 3, 3}, std::vector<float>(9)}, {"", {1}, {2.5F}}}, package, kSame) ==
        "model.output");
}

TEST_CASE("labels that do not exclude each other have a probability each", "[objects]") {
  auto package = package_of(OutputKind::sigmoid, SigmoidRules{false}, kTwo);
  package.task = Task::classification;
  const auto found =
      std::get<MultiLabel>(interpret({{"", {1, 2}, {0.0F, std::log(3.0F)}}}, 0, 1, package, kSame));
  CHECK(found.probabilities[0] == 0.5);
  CHECK(found.probabilities[1] == Approx(0.75));
  package.rules = SigmoidRules{true};
  CHECK(std::get<MultiLabel>(interpret({{"", {1, 2}, {0.25F, 0.5F}}}, 0, 1, package, kSame))
            .probabilities == std::vector<double>{0.25, 0.5});
}
