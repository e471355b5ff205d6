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

TEST_CASE("warps, filters and equalisation are read with the values of their keys") {
  const InputSpec spec = parse(R"({"color": "bgr", "steps": [
    {"op": "rotate", "degrees": -12.5, "filter": "bicubic", "expand": true, "fill": [1, 2, 3]},
    {"op": "affine", "matrix": [[1, 2, 3], [4, 5, 6]], "width": 7, "height": 8, "filter": "nearest", "fill": [4, 5, 6]},
    {"op": "perspective", "matrix": [[1, 2, 3], [4, 5, 6], [7, 8, 10]], "width": 9, "height": 10, "filter": "lanczos",
     "fill": [7, 8, 9]},
    {"op": "blur", "width": 3, "height": 5},
    {"op": "gaussian", "width": 7, "height": 9, "sigma_x": 1.5, "sigma_y": 2.5},
    {"op": "median", "size": 11},
    {"op": "sharpen", "method": "unsharp", "amount": 0.5, "width": 3, "height": 5, "sigma_x": 1, "sigma_y": 2},
    {"op": "sharpen", "method": "laplacian", "amount": 0.25},
    {"op": "equalize", "method": "global", "channels": "luma"},
    {"op": "equalize", "method": "clahe", "channels": "lightness", "clip_limit": 2.5, "tile_grid": [4, 6]}],
    "scale": 0.5, "mean": [1, 2, 3], "std": [4, 5, 6]})");
  REQUIRE(spec.steps.size() == 10);
  const auto& rotate = std::get<RotateAnyStep>(spec.steps[0]);
  CHECK(rotate.degrees == -12.5);
  CHECK(rotate.expand);
  CHECK(rotate.sampling.filter == Filter::bicubic);
  CHECK(rotate.sampling.fill == std::array{1, 2, 3});
  const auto& affine = std::get<AffineStep>(spec.steps[1]);
  CHECK(affine.matrix == std::array<double, 6>{1, 2, 3, 4, 5, 6});
  CHECK(affine.width == 7);
  CHECK(affine.height == 8);
  CHECK(affine.sampling.filter == Filter::nearest);
  const auto& perspective = std::get<PerspectiveStep>(spec.steps[2]);
  CHECK(perspective.matrix == std::array<double, 9>{1, 2, 3, 4, 5, 6, 7, 8, 10});
  CHECK(perspective.width == 9);
  CHECK(perspective.height == 10);
  CHECK(perspective.sampling.fill == std::array{7, 8, 9});
  CHECK(std::get<BlurStep>(spec.steps[3]).width == 3);
  CHECK(std::get<BlurStep>(spec.steps[3]).height == 5);
  const auto& gaussian = std::get<GaussianStep>(spec.steps[4]);
  CHECK(gaussian.width == 7);
  CHECK(gaussian.height == 9);
  CHECK(gaussian.sigma_x == 1.5);
  CHECK(gaussian.sigma_y == 2.5);
  CHECK(std::get<MedianStep>(spec.steps[5]).size == 11);
  const auto& unsharp = std::get<SharpenStep>(spec.steps[6]);
  CHECK(unsharp.method == SharpenMethod::unsharp);
  CHECK(unsharp.amount == 0.5);
  CHECK(unsharp.blur.height == 5);
  CHECK(std::get<SharpenStep>(spec.steps[7]).amount == 0.25);
  CHECK(std::get<EqualizeStep>(spec.steps[8]).channels == EqualizedChannels::luma);
  const auto& clahe = std::get<EqualizeStep>(spec.steps[9]);
  CHECK(clahe.method == EqualizeMethod::clahe);
  CHECK(clahe.channels == EqualizedChannels::lightness);
  CHECK(clahe.clip_limit == 2.5);
  CHECK(clahe.columns == 4);
  CHECK(clahe.rows == 6);
  CHECK(clahe.color == ColorSpace::bgr);
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

TEST_CASE("a warp with a wrong matrix, size or sampling is refused") {
  const auto affine = [](const std::string& matrix, const std::string& rest) {
    return R"({"op": "affine", "matrix": )" + matrix + R"(, "height": 4, )" + rest + "}";
  };
  const std::string rest = R"("width": 4, "filter": "bilinear", "fill": [0, 0, 0])";
  check_refused(affine("[[1, 0, 0]]", rest), "steps[0].matrix: expected 2 rows, found 1");
  check_refused(affine("[[1, 0], [0, 1]]", rest),
                "steps[0].matrix[0]: expected 3 numbers, found 2");
  check_refused(affine("[[1, 0, 0], [0, 1, 1e7]]", rest), "steps[0].matrix[1][2]");
  check_refused(affine("[[1, 2, 0], [2, 4, 5]]", rest), "can be inverted");
  check_refused(affine("[[0, 0, 0], [0, 1, 0]]", rest), "can be inverted");
  const std::string same = "[[1, 0, 0], [0, 1, 0]]";
  check_refused(affine(same, R"("width": 4, "filter": "box", "fill": [0, 0, 0])"), "\"box\"");
  check_refused(affine(same, R"("width": 32767, "filter": "nearest", "fill": [0, 0, 0])"),
                "steps[0].width");
  check_refused(affine(same, R"("width": 4, "filter": "nearest", "fill": [0, 0])"),
                "steps[0].fill: expected 3");
  check_refused(affine(same, R"("width": 4, "filter": "nearest")"), "\"fill\" is missing");
  check_refused(affine(same, rest + R"(, "border": 1)"), "\"border\"");
  check_refused(R"({"op": "perspective", "matrix": [[1, 0, 0], [0, 1, 0], [1, 1, 0]], )" + rest +
                    R"(, "height": 4})",
                "can be inverted");
  check_refused(R"({"op": "rotate", "degrees": 10, "filter": "bilinear", "fill": [0, 0, 0]})",
                "\"expand\" is missing");
  check_refused(
      R"({"op": "rotate", "degrees": 361, "filter": "bilinear", "expand": true, "fill": [0, 0, 0]})",
      "steps[0].degrees");
}

TEST_CASE("a filter with an even kernel, half a sigma or a foreign key is refused") {
  check_refused(R"({"op": "blur", "width": 4, "height": 3})", "steps[0].width: expected an odd");
  check_refused(R"({"op": "blur", "width": 3, "height": 257})", "steps[0].height");
  check_refused(R"({"op": "blur", "width": 3})", "\"height\" is missing");
  check_refused(R"({"op": "gaussian", "width": 3, "height": 3, "sigma_x": 0, "sigma_y": 1})",
                "both above 0, or both 0");
  check_refused(R"({"op": "gaussian", "width": 3, "height": 3, "sigma_x": -1, "sigma_y": 1})",
                "steps[0].sigma_x");
  check_refused(R"({"op": "median", "size": 1})", "steps[0].size");
  check_refused(R"({"op": "median", "size": 6})", "steps[0].size: expected an odd");
  check_refused(R"({"op": "sharpen", "method": "more", "amount": 1})", "steps[0].method");
  check_refused(R"({"op": "sharpen", "method": "laplacian", "amount": 101})", "steps[0].amount");
  check_refused(R"({"op": "sharpen", "method": "laplacian", "amount": 1, "width": 3})",
                "\"width\"");
  check_refused(R"({"op": "sharpen", "method": "unsharp", "amount": 1})", "\"width\" is missing");
}

TEST_CASE("an equalisation names a channel that the colour space has") {
  const auto parsed = [](const std::string& color, const std::string& channels) {
    const int count = color == "gray" ? 1 : 3;
    const std::string list = count == 1 ? "[1]" : "[1, 1, 1]";
    return refusal([&] {
      return parse(R"({"color": ")" + color +
                   R"(", "steps": [{"op": "equalize", "method": "global", "channels": ")" +
                   channels + R"("}], "scale": 1, "mean": )" + list + R"(, "std": )" + list + "}");
    });
  };
  const std::vector<std::pair<std::string, std::string>> own{
      {"gray", "all"}, {"ycbcr", "luma"}, {"lab", "lightness"}, {"hsv", "value"}};
  for (const auto& [color, channel] : own)
    for (const std::string name : {"all", "luma", "lightness", "value"}) {
      CAPTURE(color, name);
      CHECK(parsed("rgb", name).empty());
      CHECK(parsed("bgr", name).empty());
      const std::string message = parsed(color, name);
      CHECK(message.empty() == (name == channel));
      if (name != channel)
        CHECK(message ==
              "model.json: steps[0].channels: expected \"" + channel + "\" with this input.color");
    }
  const std::string clahe = R"({"op": "equalize", "method": "clahe", "channels": "all")";
  check_refused(clahe + "}", "\"clip_limit\" is missing");
  check_refused(clahe + R"(, "clip_limit": 0, "tile_grid": [8, 8]})", "steps[0].clip_limit");
  check_refused(clahe + R"(, "clip_limit": 2, "tile_grid": 8})", "steps[0].tile_grid");
  check_refused(clahe + R"(, "clip_limit": 2, "tile_grid": [8]})", "expected 2 numbers");
  check_refused(clahe + R"(, "clip_limit": 2, "tile_grid": [8, 257]})", "steps[0].tile_grid[1]");
  check_refused(R"({"op": "equalize", "method": "global", "channels": "all", "clip_limit": 2})",
                "\"clip_limit\"");
}

TEST_CASE("an unknown operation is refused") {
  check_refused(R"({"op": "blurr"})", "unknown op \"blurr\"");
}

TEST_CASE("a tile step overlaps by less than its sides, and stands alone") {
  const std::string tile = R"({"op": "tile", "width": 8, "height": 6, "overlap": )";
  const auto step = std::get<TileStep>(parse_step(tile + "5}").steps[0]);
  CHECK(step.width == 8);
  CHECK(step.height == 6);
  CHECK(step.overlap == 5);
  check_refused(tile + "6}", "steps[0].overlap");
  check_refused(tile + "-1}", "steps[0].overlap");
  check_refused(R"({"op": "tile", "width": 8, "height": 6})", "\"overlap\" is missing");
  check_refused(tile + R"(1, "fill": 0})", "\"fill\"");
  CHECK(refusal([&] {
          return parse_step(tile + "1}, " + tile + "1}");
        }).find("steps[1]: a second tile step") != std::string::npos);
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
