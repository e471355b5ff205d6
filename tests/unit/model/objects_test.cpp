// Boxes and their masks out of hand-made tensors.
#include "objects.hpp"

#include <zeromiss/model/verdict.hpp>

#include <cmath>

using namespace zeromiss;
using namespace zeromiss::test;

namespace {

YoloRules yolo(YoloLayout layout, bool transposed = false) {
  return {layout, transposed, Activation::none, false, false, 0.25, std::nullopt, std::nullopt};
}

}  // namespace

TEST_CASE("a YOLOv8 head is read in both orders", "[objects]") {
  // Centre (10, 4), 8 x 4 of the input: corners 6..14, 2..6, in the picture 7..11, 3..5.
  const std::vector<float> rows{10, 4, 8, 4, 0.125F, 0.75F,  //
                                5,  5, 2, 2, 0.125F, 0.2F};  // below min_score
  std::vector<float> columns;
  for (std::size_t value = 0; value < 6; ++value)
    for (std::size_t row = 0; row < 2; ++row) columns.push_back(rows[row * 6 + value]);
  const bool transposed = GENERATE(false, true);
  const auto package = package_of(OutputKind::boxes_yolo, yolo(YoloLayout::v8, transposed), kTwo);
  const Tensor head = transposed ? Tensor{"", {1, 6, 2}, columns} : Tensor{"", {1, 2, 6}, rows};
  const Objects objects = read({head}, package);
  REQUIRE(objects.defects.size() == 1);
  CHECK(objects.defects[0].label == 1);
  CHECK(objects.defects[0].score == 0.75);
  CHECK(objects.defects[0].area == 8.0);
  CHECK_FALSE(objects.defects[0].mask);
  check_box(objects.defects[0].box, {7, 3, 4, 2});
}

TEST_CASE("a YOLOv5 head multiplies objectness and class", "[objects]") {
  const auto package = package_of(OutputKind::boxes_yolo, yolo(YoloLayout::v5), kTwo);
  // 0.5 x 0.5 = 0.25 is just enough
  const Objects objects =
      read({{"", {1, 2, 7}, {10, 4, 8, 4, 0.5F, 0.5F, 0.25F, 10, 4, 8, 4, 0.5F, 0.25F, 0.25F}}},
           package);
  REQUIRE(objects.defects.size() == 1);
  CHECK(objects.defects[0].label == 0);
  CHECK(objects.defects[0].score == 0.25);
}

TEST_CASE("an end-to-end head has corners, score and class", "[objects]") {
  const auto package = package_of(OutputKind::boxes_yolo, yolo(YoloLayout::end2end), kTwo);
  // The second row is padding, whatever its class says.
  const Objects objects =
      read({{"", {1, 2, 6}, {6, 2, 14, 6, 0.5F, 1, 0, 0, 0, 0, 0, -1}}}, package);
  REQUIRE(objects.defects.size() == 1);
  CHECK(objects.defects[0].label == 1);
  check_box(objects.defects[0].box, {7, 3, 4, 2});
  CHECK(refusal({{"", {1, 1, 6}, {6, 2, 14, 6, 0.5F, 2}}}, package) == "model.output");
  CHECK(refusal({{"", {1, 1, 6}, {6, 2, 14, 6, 0.5F, 0.5F}}}, package) == "model.output");
  CHECK(refusal({{"", {1, 1, 6}, {14, 2, 6, 6, 0.5F, 1}}}, package) == "model.output");
}

TEST_CASE("logits and normalised boxes are understood when the package says so", "[objects]") {
  YoloRules rules = yolo(YoloLayout::v8);
  rules.activation = Activation::sigmoid;
  rules.normalized = true;
  const auto package = package_of(OutputKind::boxes_yolo, rules, kTwo);
  // Centre (0.5, 0.4) of 20 x 10; sigmoid(ln 3) = 3/4
  const Objects objects =
      read({{"", {1, 1, 6}, {0.5F, 0.4F, 0.4F, 0.4F, -5.0F, std::log(3.0F)}}}, package);
  REQUIRE(objects.defects.size() == 1);
  CHECK(objects.defects[0].score == Approx(0.75));
  check_box(objects.defects[0].box, {7, 3, 4, 2});
}

TEST_CASE("suppression is by class, or over all classes", "[objects]") {
  YoloRules rules = yolo(YoloLayout::v8);
  rules.nms = NmsRules{0.5, false, 300};
  const std::vector<Tensor> outputs{
      {"", {1, 3, 6}, {10, 4, 8, 4, 0.9F, 0, 10, 4, 8, 4, 0.8F, 0, 10, 4, 8, 4, 0, 0.7F}}};
  CHECK(read(outputs, package_of(OutputKind::boxes_yolo, rules, kTwo)).defects.size() == 2);
  rules.nms->class_agnostic = true;
  CHECK(read(outputs, package_of(OutputKind::boxes_yolo, rules, kTwo)).defects.size() == 1);
  rules.nms.reset();
  CHECK(read(outputs, package_of(OutputKind::boxes_yolo, rules, kTwo)).defects.size() == 3);
  rules.nms = NmsRules{0.5, false, 1};
  CHECK(read(outputs, package_of(OutputKind::boxes_yolo, rules, kTwo)).defects.size() == 1);
}

TEST_CASE("boxes of good classes take no place of a defect", "[objects][law]") {
  // Two pads and a crack of lower score, the second pad upon it.
  YoloRules rules = yolo(YoloLayout::v8);
  const std::vector<ClassInfo> classes{{"pad", false}, {"crack", true}};
  const std::vector<Tensor> outputs{
      {"", {1, 3, 6}, {4, 4, 2, 2, 0.9F, 0, 10, 4, 8, 4, 0.9F, 0, 10, 4, 8, 4, 0, 0.8F}}};
  for (const NmsRules& nms : {NmsRules{0.5, false, 2}, NmsRules{0.5, true, 300}}) {
    rules.nms = nms;
    const Objects found = read(outputs, package_of(OutputKind::boxes_yolo, rules, classes));
    REQUIRE(found.defects.size() == 1);
    CHECK(found.defects[0].label == 1);
  }
  const TorchvisionRules torchvision{0, 0.25, NmsRules{0.5, false, 1}, std::nullopt};
  const Objects found = read({{"boxes", {2, 4}, {6, 2, 14, 6, 0, 0, 2, 2}, 0},
                              {"labels", {2}, {0, 1}, 0},
                              {"scores", {2}, {0.9F, 0.8F}, 0}},
                             package_of(OutputKind::boxes_torchvision, torchvision, classes));
  REQUIRE(found.defects.size() == 1);
  CHECK(found.defects[0].label == 1);
}

TEST_CASE("a box of a class with laxer limits takes nothing from one with stricter ones",
          "[objects][law]") {
  // Upon each other: dust that is more likely but harmless, a crack that its own limits reject.
  const std::vector<Tensor> outputs{{"", {1, 2, 6}, {10, 4, 8, 4, 0.4F, 0, 10, 4, 8, 4, 0, 0.3F}}};
  const ClassInfo dust{"dust", true};
  ClassInfo crack{"crack", true};
  crack.review_at = 0.1;
  crack.reject_at = 0.2;
  YoloRules rules = yolo(YoloLayout::v8);
  rules.nms = NmsRules{0.5, true, 300};
  const auto found = [&](const std::vector<ClassInfo>& classes) {
    const auto package = package_of(OutputKind::boxes_yolo, rules, classes);
    const Objects objects = read(outputs, package);
    std::vector<std::string> names;
    for (const Defect& defect : objects.defects) names.push_back(classes[defect.label].name);
    return std::pair(names, judge(objects, package, {0.5, 0.9}).kind());
  };
  using Names = std::vector<std::string>;
  CHECK(found({dust, crack}) == std::pair(Names{"dust", "crack"}, VerdictKind::reject));
  // The other way round the stricter one, being likelier, takes the place.
  CHECK(found({crack, dust}) == std::pair(Names{"crack"}, VerdictKind::reject));
  // Nor its place among the best.
  rules.nms = NmsRules{0.5, false, 1};
  CHECK(found({dust, crack}) == std::pair(Names{"dust", "crack"}, VerdictKind::reject));
  // Stricter in one limit, laxer in the other: neither.
  crack.review_at = std::nullopt;
  ClassInfo stain = dust;
  stain.review_at = 0.1;
  rules.nms = NmsRules{0.5, true, 300};
  CHECK(found({stain, crack}).first == Names{"dust", "crack"});
}

TEST_CASE("a candidate too low for its best class is the surest of those that count",
          "[objects][law]") {
  std::vector<ClassInfo> classes{{"dust", true}, {"crack", true}, {"stain", true}, {"fine", false}};
  classes[0].min_score = 0.6;
  classes[1].min_score = 0.3;
  const bool transposed = GENERATE(false, true);
  const auto label = [&](const std::vector<float>& scores) {
    std::vector<float> row{10, 4, 8, 4};
    row.insert(row.end(), scores.begin(), scores.end());
    const auto package =
        package_of(OutputKind::boxes_yolo, yolo(YoloLayout::v8, transposed), classes);
    const auto defects =
        read({{"", {1, transposed ? 8 : 1, transposed ? 1 : 8}, row}}, package).defects;
    return defects.empty() ? std::string() : classes[defects[0].label].name;
  };
  CHECK(label({0.625F, 0.5F, 0.5F, 0}) == "dust");
  CHECK(label({0.5F, 0.375F, 0.3125F, 0}) == "crack");
  CHECK(label({0.5F, 0.25F, 0.3125F, 0}) == "stain");
  CHECK(label({0.5F, 0.25F, 0.125F, 0}).empty());       // below min_score of all
  CHECK(label({0.5F, 0.25F, 0.3125F, 0.75F}).empty());  // what the network calls fine
}

TEST_CASE("of a good and a defect class with the same score it is the defect", "[objects][law]") {
  const bool transposed = GENERATE(false, true);
  const auto rules = yolo(YoloLayout::v8, transposed);
  const std::vector<Tensor> outputs{
      {"", {1, transposed ? 7 : 1, transposed ? 1 : 7}, {10, 4, 8, 4, 0.75F, 0.75F, 0.75F}}};
  const std::vector<ClassInfo> classes{{"fine", false}, {"scratch", true}, {"dust", true}};
  const Objects objects = read(outputs, package_of(OutputKind::boxes_yolo, rules, classes));
  REQUIRE(objects.defects.size() == 1);
  CHECK(objects.defects[0].label == 1);
}

TEST_CASE("boxes below their class's min_score take no place of a defect", "[objects][law]") {
  // Two stains of 0.85 and a crack of 0.8, the second stain upon it.
  YoloRules rules = yolo(YoloLayout::v8);
  const std::vector<ClassInfo> classes{{"stain", true, 0.9}, {"crack", true, 0.3}};
  const std::vector<Tensor> outputs{
      {"", {1, 3, 6}, {4, 4, 2, 2, 0.85F, 0, 10, 4, 8, 4, 0.85F, 0, 10, 4, 8, 4, 0, 0.8F}}};
  for (const NmsRules& nms : {NmsRules{0.5, true, 300}, NmsRules{0.5, false, 1}}) {
    rules.nms = nms;
    const Objects found = read(outputs, package_of(OutputKind::boxes_yolo, rules, classes));
    REQUIRE(found.defects.size() == 1);
    CHECK(found.defects[0].label == 1);
    CHECK(found.defects[0].score == Approx(0.8));
  }
  for (const NmsRules& nms : {NmsRules{0.5, true, 300}, NmsRules{0.5, false, 1}}) {
    const TorchvisionRules torchvision{0, 0.25, nms, std::nullopt};
    const Objects found = read({{"boxes", {2, 4}, {6, 2, 14, 6, 6, 2, 14, 6}, 0},
                                {"labels", {2}, {0, 1}, 0},
                                {"scores", {2}, {0.85F, 0.8F}, 0}},
                               package_of(OutputKind::boxes_torchvision, torchvision, classes));
    REQUIRE(found.defects.size() == 1);
    CHECK(found.defects[0].label == 1);
  }
}

TEST_CASE("boxes below their class's min_area take no place of a defect", "[objects][law]") {
  // 8 x 4 of the input are 4 x 2 = 8 pixels, in the middle of 10 x 4 = 5 x 2 = 10 pixels: IoU 0.8.
  std::vector<ClassInfo> classes{{"scratch", true}, {"dust", true}};
  classes[0].min_area = 9.0;
  const std::vector<float> small{10, 4, 8, 4, 0.9F, 0}, large{10, 4, 10, 4, 0.8F, 0};
  std::vector<float> rows = small;
  rows.insert(rows.end(), large.begin(), large.end());
  YoloRules rules = yolo(YoloLayout::v8);
  rules.nms = NmsRules{0.5, false, 300};
  const auto scores = [&](const YoloRules& how, const std::vector<Tensor>& outputs) {
    std::vector<double> list;
    const auto package = package_of(OutputKind::boxes_yolo, how, classes);
    for (const Defect& defect : read(outputs, package).defects) list.push_back(defect.score);
    return list;
  };
  const auto low = static_cast<double>(0.8F), high = static_cast<double>(0.9F);
  CHECK(scores(rules, {{"", {1, 2, 6}, rows}}) == std::vector{low});
  rules.nms = NmsRules{1.0, false, 1};  // only one place
  CHECK(scores(rules, {{"", {1, 2, 6}, rows}}) == std::vector{low});
  // A mask of the small box may have up to 5 x 3 pixels: it may count, and does as far as it fills.
  rules.nms = NmsRules{0.5, false, 300};
  rules.masks = PrototypeRules{std::size_t{1}, 1, 1, 0.5};
  const std::vector<float> with_masks{10, 4, 8, 4, 0.9F, 0, 1, 10, 4, 10, 4, 0.8F, 0, 1};
  const Tensor filled{"", {1, 1, 10, 20}, std::vector<float>(200, 1.0F)};
  classes[0].min_area = 8.0;
  CHECK(scores(rules, {{"", {1, 2, 7}, with_masks}, filled}) == std::vector{high});
  classes[0].min_area = 15.5;
  CHECK(scores(rules, {{"", {1, 2, 7}, with_masks}, filled}).empty());
}

TEST_CASE("several labels of one candidate are several defects when asked for", "[objects]") {
  YoloRules rules = yolo(YoloLayout::v8);
  const std::vector<Tensor> outputs{{"", {1, 1, 6}, {10, 4, 8, 4, 0.9F, 0.5F}}};
  CHECK(read(outputs, package_of(OutputKind::boxes_yolo, rules, kTwo)).defects.size() == 1);
  rules.multi_label = true;
  CHECK(read(outputs, package_of(OutputKind::boxes_yolo, rules, kTwo)).defects.size() == 2);
}

TEST_CASE("a class counts by its own score and area, and only if it is a defect", "[objects]") {
  std::vector<ClassInfo> classes = kTwo;
  const std::vector<Tensor> outputs{{"", {1, 1, 6}, {10, 4, 8, 4, 0, 0.75F}}};
  const auto count = [&] {
    return read(outputs, package_of(OutputKind::boxes_yolo, yolo(YoloLayout::v8), classes))
        .defects.size();
  };
  CHECK(count() == 1);
  classes[1].min_score = 0.75;
  classes[1].min_area = 8;  // 4 x 2 pixels of the picture
  CHECK(count() == 1);
  classes[1].min_score = 0.76;
  CHECK(count() == 0);
  classes[1].min_score = 0;
  classes[1].min_area = 8.01;
  CHECK(count() == 0);
  classes[1].min_area = 0;
  classes[1].defect = false;
  CHECK(count() == 0);
}

TEST_CASE("a box beside the picture still counts", "[objects]") {
  const Objects objects = read({{"", {1, 1, 6}, {-40, 4, 8, 4, 0, 0.75F}}},
                               package_of(OutputKind::boxes_yolo, yolo(YoloLayout::v8), kTwo));
  REQUIRE(objects.defects.size() == 1);
  check_box(objects.defects[0].box, {0, 3, 0, 2});
}

TEST_CASE("a head of another shape or with a wrong number is refused", "[objects][error]") {
  const auto package = package_of(OutputKind::boxes_yolo, yolo(YoloLayout::v8), kTwo);
  const auto head = [](float x, float score) {
    return std::vector<Tensor>{{"", {1, 1, 6}, {x, 4, 8, 4, 0, score}}};
  };
  CHECK(refusal(head(10, 0.5F), package) == "read");
  CHECK(refusal(head(kNan, 0.5F), package) == "model.nonfinite");
  CHECK(refusal(head(kInfinity, 0.1F), package) == "model.nonfinite");  // though it is too low
  CHECK(refusal(head(10, kNan), package) == "model.nonfinite");
  CHECK(refusal(head(10, 1.5F), package) == "model.output");
  CHECK(refusal(head(10, -0.5F), package) == "model.output");
  CHECK(refusal({{"", {1, 1, 7}, std::vector<float>(7)}}, package) == "model.output");
  CHECK(refusal({{"", {1, 6, 1}, std::vector<float>(6)}}, package) == "model.output");
  CHECK(refusal({{"", {1, 6}, std::vector<float>(6)}}, package) == "model.output");
  CHECK(refusal({{"", {2, 1, 6}, std::vector<float>(12)}}, package) == "model.output");
  CHECK(refusal({{"", {1, 1, 6}, std::vector<float>(5)}}, package) == "model.output");
  CHECK(refusal({}, package) == "model.output");
  CHECK(refusal({{"", {1, 1, 6}, {10, 4, -8, 4, 0, 0.5F}}}, package) == "model.output");
  CHECK(read({{"", {1, 0, 6}, {}}}, package).defects.empty());
}

TEST_CASE("one of several outputs is named by position or key", "[objects]") {
  auto package = package_of(OutputKind::boxes_yolo, yolo(YoloLayout::v8), kTwo);
  const std::vector<Tensor> outputs{{"raw", {1, 1}, {0}},
                                    {"boxes", {1, 1, 6}, {10, 4, 8, 4, 0, 0.75F}}};
  CHECK(refusal(outputs, package) == "model.output");
  package.output_name = std::size_t{1};
  CHECK(read(outputs, package).defects.size() == 1);
  package.output_name = "boxes";
  CHECK(read(outputs, package).defects.size() == 1);
  package.output_name = "absent";
  CHECK(refusal(outputs, package) == "model.output");
  package.output_name = std::size_t{2};
  CHECK(refusal(outputs, package) == "model.output");
}

TEST_CASE("prototypes make a mask inside the box", "[objects]") {
  YoloRules rules = yolo(YoloLayout::v8);
  rules.masks = PrototypeRules{std::size_t{1}, 2, 1, 0.5};
  const auto package = package_of(OutputKind::boxes_yolo, rules, kTwo);
  // 4 x 3 pixels, the first prototype +1 in columns 0 and 1, else -1; the second everywhere 1.
  // Weights 1 and -0.5: +0.5 left, -1.5 right. The box is columns 1..3, rows 1..2.
  const std::vector<float> left{1, 1, -1, -1, 1, 1, -1, -1, 1, 1, -1, -1};
  std::vector<float> prototypes = left;
  prototypes.insert(prototypes.end(), 12, 1.0F);
  const Tensor head{"", {1, 1, 8}, {2.5F, 2, 3, 2, 0.9F, 0, 1, -0.5F}};
  const Objects objects = read({head, {"", {1, 2, 3, 4}, prototypes}}, package, kSame);
  REQUIRE(objects.defects.size() == 1);
  REQUIRE(objects.defects[0].mask);
  CHECK(mask_pixels(*objects.defects[0].mask) ==
        std::vector<std::uint8_t>{0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0});
  CHECK(objects.defects[0].area == 2.0);
  check_box(objects.defects[0].box, {1, 1, 3, 2});
  CHECK(refusal({head, {"", {1, 2, 4, 3}, prototypes}}, package, kSame) == "model.output");
  CHECK(refusal({head}, package, kSame) == "model.output");
  prototypes[5] = kNan;
  CHECK(refusal({head, {"", {1, 2, 3, 4}, prototypes}}, package, kSame) == "model.nonfinite");
}

TEST_CASE("a mask whose sum overflows is no mask", "[objects][law]") {
  YoloRules rules = yolo(YoloLayout::end2end);
  rules.masks = PrototypeRules{std::size_t{1}, 2, 1, 0.5};
  const auto package = package_of(OutputKind::boxes_yolo, rules, kTwo);
  const std::vector<float> prototypes(2 * 10 * 20, 3e38F);
  // 3e38 + 3e38, and 3e38 - 3e38 after the first product is infinite already.
  for (const float second : {1.0F, -2.0F})
    CHECK(refusal({{"", {1, 1, 8}, {6, 2, 14, 6, 0.5F, 1, 2.0F, second}},
                   {"", {1, 2, 10, 20}, prototypes}},
                  package) == "model.nonfinite");
}

TEST_CASE("an empty mask leaves the box", "[objects]") {
  YoloRules rules = yolo(YoloLayout::v8);
  rules.masks = PrototypeRules{std::size_t{1}, 1, 1, 0.5};
  const Objects objects = read({{"", {1, 1, 7}, {2.5F, 2, 3, 2, 0.9F, 0, -1}},
                                {"", {1, 1, 3, 4}, std::vector<float>(12, 1.0F)}},
                               package_of(OutputKind::boxes_yolo, rules, kTwo), kSame);
  REQUIRE(objects.defects.size() == 1);
  CHECK_FALSE(objects.defects[0].mask);
  CHECK(objects.defects[0].area == 6.0);
}

TEST_CASE("torchvision's dictionaries are read, each image its own", "[objects]") {
  const auto package =
      package_of(OutputKind::boxes_torchvision, TorchvisionRules{1, 0.25, std::nullopt, 0.5}, kTwo);
  std::vector<float> masks(12);
  masks[5] = 0.5F;  // row 1, column 1
  masks[0] = 1.0F;  // outside the box
  const std::vector<Tensor> outputs{
      {"boxes", {0, 4}, {}, 1},           {"labels", {0}, {}, 1},  {"scores", {0}, {}, 1},
      {"masks", {0, 1, 3, 4}, {}, 1},  // the other image: nothing found
      {"boxes", {1, 4}, {1, 1, 4, 3}, 0}, {"labels", {1}, {2}, 0}, {"scores", {1}, {0.5F}, 0},
      {"masks", {1, 1, 3, 4}, masks, 0}};
  const auto at = [&](int index) {
    return std::get<Objects>(interpret(outputs, index, 2, package, kSame)).defects;
  };
  REQUIRE(at(0).size() == 1);
  CHECK(at(0)[0].label == 1);
  CHECK(mask_pixels(at(0)[0].mask.value()) ==
        std::vector<std::uint8_t>{0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0});
  CHECK(at(1).empty());
  // Logits would be cut at 0.5, and too little would be left for min_area.
  for (const float logit : {-0.5F, 1.5F}) {
    masks[7] = logit;
    CHECK(refusal({{"boxes", {1, 4}, {1, 1, 4, 3}, 0},
                   {"labels", {1}, {2}, 0},
                   {"scores", {1}, {0.5F}, 0},
                   {"masks", {1, 1, 3, 4}, masks, 0}},
                  package, kSame) == "model.output");
  }
}

TEST_CASE("torchvision's dictionaries that do not add up are refused", "[objects][error]") {
  const auto package = package_of(OutputKind::boxes_torchvision,
                                  TorchvisionRules{1, 0.25, std::nullopt, std::nullopt}, kTwo);
  const auto outputs = [](float label, float score, std::int64_t boxes = 1) {
    return std::vector<Tensor>{
        {"boxes", {boxes, 4}, std::vector<float>(static_cast<std::size_t>(4 * boxes), 1.0F), 0},
        {"labels", {1}, {label}, 0},
        {"scores", {1}, {score}, 0}};
  };
  CHECK(refusal(outputs(1, 0.5F), package) == "read");
  CHECK(refusal(outputs(0, 0.5F), package) == "model.output");  // the background
  CHECK(refusal(outputs(3, 0.1F), package) == "model.output");  // though it is too low
  CHECK(refusal(outputs(1.5F, 0.5F), package) == "model.output");
  CHECK(refusal(outputs(1, 1.5F), package) == "model.output");
  CHECK(refusal(outputs(1, -0.5F), package) == "model.output");  // a logit, not just too low
  CHECK(refusal(outputs(1, kNan), package) == "model.nonfinite");
  CHECK(refusal(outputs(1, 0.5F, 2), package) == "model.output");
  auto without_scores = outputs(1, 0.5F);
  without_scores.pop_back();
  CHECK(refusal(without_scores, package) == "model.output");
}
