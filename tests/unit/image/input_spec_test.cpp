#include "support/catch.hpp"

#include <zeromiss/image/transform.hpp>

#include <string>

using namespace zeromiss;

namespace {

const std::string kRest = R"(, "scale": 0.00392156862745098, "mean": [0, 0, 0], "std": [1, 1, 1]})";

InputSpec parse(const std::string& text) {
  const JsonDocument document(text, "model.json", ErrorKind::input);
  return parse_input_spec(document.root());
}

InputSpec parse_step(const std::string& step) {
  return parse(R"({"color": "rgb", "steps": [)" + step + "]" + kRest);
}

/// The message of the refusal; empty when there is none.
template <typename Action>
std::string refusal(const Action& action) {
  try {
    static_cast<void>(action());
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return error.what();
  }
  return "";
}

void check_refused(const std::string& step, const std::string& part) {
  const std::string message = refusal([&] { return parse_step(step); });
  CAPTURE(step, message);
  CHECK(message.find("model.json: steps[0]") == 0);
  CHECK(message.find(part) != std::string::npos);
}

void check_rest_refused(const std::string& rest, const std::string& part) {
  const std::string message =
      refusal([&] { return parse(R"({"color": "gray", "steps": [])" + rest); });
  CAPTURE(rest, message);
  CHECK(message.find(part) != std::string::npos);
}

}  // namespace

TEST_CASE("every step is read with the values of its keys") {
  const InputSpec spec = parse(R"({"color": "lab", "steps": [
    {"op": "resize", "width": 3, "height": 4, "filter": "bicubic", "antialias": false},
    {"op": "resize_shortest", "size": 65536, "filter": "lanczos", "antialias": true},
    {"op": "letterbox", "width": 5, "height": 6, "filter": "nearest", "antialias": true, "fill": [1, 2, 255]},
    {"op": "center_crop", "width": 7, "height": 8},
    {"op": "crop", "x": 0, "y": 1, "width": 2, "height": 3},
    {"op": "rotate", "degrees": 270},
    {"op": "flip", "axis": "vertical"}],
    "scale": 0.5, "mean": [1, 2, 3], "std": [4, 5, 6]})");
  CHECK(spec.color == ColorSpace::lab);
  REQUIRE(spec.steps.size() == 7);
  const auto& resize = std::get<ResizeStep>(spec.steps[0]);
  CHECK(resize.width == 3);
  CHECK(resize.height == 4);
  CHECK(resize.filter == Filter::bicubic);
  CHECK_FALSE(resize.antialias);
  const auto& shortest = std::get<ResizeShortestStep>(spec.steps[1]);
  CHECK(shortest.size == 65536);
  CHECK(shortest.filter == Filter::lanczos);
  CHECK(shortest.antialias);
  const auto& box = std::get<LetterboxStep>(spec.steps[2]);
  CHECK(box.width == 5);
  CHECK(box.height == 6);
  CHECK(box.filter == Filter::nearest);
  CHECK(box.fill == std::array{1, 2, 255});
  CHECK(std::get<CenterCropStep>(spec.steps[3]).width == 7);
  CHECK(std::get<CenterCropStep>(spec.steps[3]).height == 8);
  const auto& crop = std::get<CropStep>(spec.steps[4]);
  CHECK(crop.x == 0);
  CHECK(crop.y == 1);
  CHECK(crop.width == 2);
  CHECK(crop.height == 3);
  CHECK(std::get<RotateStep>(spec.steps[5]).degrees == 270);
  CHECK(std::get<FlipStep>(spec.steps[6]).axis == FlipAxis::vertical);
  CHECK(spec.scale == 0.5);
  CHECK(spec.mean == std::vector<double>{1, 2, 3});
  CHECK(spec.std == std::vector<double>{4, 5, 6});
}

TEST_CASE("a step with a wrong, missing or unknown key is refused, naming it") {
  check_refused(R"({"op": "crop", "x": 0, "y": 0, "width": 1})", "\"height\" is missing");
  check_refused(R"({"op": "crop", "x": -1, "y": 0, "width": 1, "height": 1})", "steps[0].x");
  check_refused(R"({"op": "center_crop", "width": 1, "height": 1, "pad": 0})", "\"pad\"");
  check_refused(R"({"op": "resize", "width": 0, "height": 4, "filter": "box", "antialias": true})",
                "steps[0].width");
  check_refused(
      R"({"op": "resize", "width": 65537, "height": 4, "filter": "box", "antialias": true})",
      "steps[0].width");
  check_refused(
      R"({"op": "resize", "width": 4.0, "height": 4, "filter": "box", "antialias": true})",
      "steps[0].width");
  check_refused(
      R"({"op": "resize", "width": 65536, "height": 65536, "filter": "box", "antialias": true})",
      "more than 100000000 pixels");
  check_refused(
      R"({"op": "resize", "width": 4, "height": 4, "filter": "hamming", "antialias": true})",
      "steps[0].filter");
  check_refused(R"({"op": "resize", "width": 4, "height": 4, "filter": "box"})", "\"antialias\"");
  check_refused(R"({"op": "resize", "width": 4, "height": 4, "filter": "box", "antialias": 1})",
                "steps[0].antialias");
  check_refused(
      R"({"op": "letterbox", "width": 4, "height": 4, "filter": "box", "antialias": true})",
      "\"fill\"");
  check_refused(R"({"op": "letterbox", "width": 4, "height": 4, "filter": "box", "antialias": true,
                    "fill": [1, 2]})",
                "steps[0].fill: expected 3");
  check_refused(R"({"op": "letterbox", "width": 4, "height": 4, "filter": "box", "antialias": true,
                    "fill": [1, 2, 256]})",
                "steps[0].fill[2]");
  check_refused(R"({"op": "rotate", "degrees": 45})", "90, 180 or 270");
  check_refused(R"({"op": "flip", "axis": "x"})", "horizontal");
  check_refused(R"({"width": 3})", "\"op\" is missing");
}

TEST_CASE("an unknown operation and one of a later version are told apart") {
  check_refused(R"({"op": "blurr"})", "unknown op \"blurr\"");
  for (const char* op :
       {"tile", "affine", "perspective", "blur", "gaussian", "median", "sharpen", "equalize"})
    check_refused(R"({"op": ")" + std::string(op) + "\"}",
                  "op \"" + std::string(op) + "\" is not supported by this version");
}

TEST_CASE("scale, mean and deviation must fit the channels and give finite tensors") {
  check_rest_refused(R"(, "scale": 0, "mean": [0], "std": [1]})", "scale");
  check_rest_refused(R"(, "scale": -1, "mean": [0], "std": [1]})", "scale");
  check_rest_refused(R"(, "mean": [0], "std": [1]})", "\"scale\" is missing");
  check_rest_refused(R"(, "scale": 1, "mean": [0, 0, 0], "std": [1]})", "mean");
  check_rest_refused(R"(, "scale": 1, "mean": [0], "std": []})", "std");
  check_rest_refused(R"(, "scale": 1, "mean": [0], "std": [0]})", "std[0]");
  check_rest_refused(R"(, "scale": 1, "mean": [0], "std": [-1]})", "std[0]");
  check_rest_refused(R"(, "scale": 1e39, "mean": [0], "std": [1]})", "not finite");
  check_rest_refused(R"(, "scale": 1, "mean": [0], "std": [1e-60]})", "not finite");
  check_rest_refused(R"(, "scale": 1, "mean": [1e39], "std": [1]})", "not finite");
  CHECK(refusal([] {
          return parse(R"({"color": "cmyk", "steps": [])" + kRest);
        }).find("model.json: color") == 0);
}

TEST_CASE("a gray input takes one fill value, written three times") {
  const auto letterbox = [](const std::string& fill) {
    return R"({"color": "gray", "steps": [{"op": "letterbox", "width": 4, "height": 4, "filter": "box",
               "antialias": true, "fill": )" +
           fill + R"(}], "scale": 1, "mean": [0], "std": [1]})";
  };
  CHECK(refusal([&] { return parse(letterbox("[7, 7, 7]")); }).empty());
  CHECK(refusal([&] { return parse(letterbox("[7, 7, 8]")); }).find("steps[0].fill") !=
        std::string::npos);
}
