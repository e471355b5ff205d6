#include "support/catch.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/model/interpret.hpp>

#include <cmath>
#include <limits>

using namespace zeromiss;

namespace {

/// Classification does not look at places.
Prediction interpret(const std::vector<Tensor>& outputs, int index, int images,
                     const ModelPackage& package) {
  return zeromiss::interpret(outputs, index, images, package,
                             Placement({4, 4}, {4, 4}, cv::Matx33d::eye()));
}

ModelPackage package_of(OutputKind kind, std::size_t classes) {
  ModelPackage package{};
  package.output = kind;
  package.task = kind == OutputKind::score ? Task::anomaly : Task::classification;
  for (std::size_t i = 0; i < classes; ++i)
    package.classes.push_back({"c" + std::to_string(i), i > 0});
  return package;
}

std::string refusal(const std::vector<Tensor>& outputs, int index, int images,
                    const ModelPackage& package) {
  try {
    interpret(outputs, index, images, package);
  } catch (const ItemError& error) {
    return error.code();
  }
  return "read";
}

}  // namespace

TEST_CASE("logits become probabilities of the right row", "[interpret]") {
  const std::vector<Tensor> outputs{{"", {2, 2}, {0.0F, 0.0F, 0.0F, std::log(3.0F)}}};
  const auto package = package_of(OutputKind::logits, 2);
  CHECK(std::get<Classification>(interpret(outputs, 0, 2, package)).probabilities ==
        std::vector<double>{0.5, 0.5});
  // e^0 : e^ln 3 = 1 : 3
  const auto second = std::get<Classification>(interpret(outputs, 1, 2, package)).probabilities;
  CHECK(second[0] == Approx(0.25).epsilon(1e-6));
  CHECK(second[1] == Approx(0.75).epsilon(1e-6));
}

TEST_CASE("logits of any size do not overflow", "[interpret]") {
  const std::vector<Tensor> outputs{{"", {1, 2}, {-3e38F, 3e38F}}};
  const auto result =
      std::get<Classification>(interpret(outputs, 0, 1, package_of(OutputKind::logits, 2)));
  CHECK(result.probabilities == std::vector<double>{0.0, 1.0});
}

TEST_CASE("a shape that was not declared is refused", "[interpret][error]") {
  const auto package = package_of(OutputKind::logits, 2);
  CHECK(refusal({{"", {1, 3}, {0, 0, 0}}}, 0, 1, package) == "model.output");
  CHECK(refusal({{"", {2, 1}, {0, 0}}}, 0, 1, package) == "model.output");
  CHECK(refusal({{"", {1, 2, 1}, {0, 0}}}, 0, 1, package) == "model.output");
  CHECK(refusal({}, 0, 1, package) == "model.output");
  CHECK(refusal({{"", {1, 2}, {0, 0}}, {"", {1, 2}, {0, 0}}}, 0, 1, package) == "model.output");
  CHECK(refusal({{"", {1, 2}, {0, 0}}}, 0, 1, package_of(OutputKind::score, 2)) == "model.output");
}

TEST_CASE("only the image with NaN or infinity loses its prediction", "[interpret][error]") {
  const float bad = GENERATE(
      values({std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
              -std::numeric_limits<float>::infinity()}));
  const std::vector<Tensor> outputs{{"", {2, 2}, {bad, 0.0F, 0.0F, 0.0F}}};
  const auto package = package_of(OutputKind::logits, 2);
  CAPTURE(bad);
  CHECK(refusal(outputs, 0, 2, package) == "model.nonfinite");
  CHECK(refusal(outputs, 1, 2, package) == "read");
}

TEST_CASE("logits that are called probabilities are found out", "[interpret][error]") {
  const auto package = package_of(OutputKind::probabilities, 2);
  CHECK(refusal({{"", {1, 2}, {0.25F, 0.75F}}}, 0, 1, package) == "read");
  CHECK(refusal({{"", {1, 2}, {0.25F, 0.25F}}}, 0, 1, package) == "model.output");
  CHECK(refusal({{"", {1, 2}, {2.0F, 3.0F}}}, 0, 1, package) == "model.output");
}

TEST_CASE("an anomaly score comes as N or N x 1", "[interpret]") {
  const auto package = package_of(OutputKind::score, 2);
  CHECK(std::get<Anomaly>(interpret({{"", {2}, {1.5F, 2.5F}}}, 1, 2, package)).score == 2.5);
  CHECK(std::get<Anomaly>(interpret({{"", {2, 1}, {1.5F, 2.5F}}}, 0, 2, package)).score == 1.5);
}
