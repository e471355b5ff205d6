#include "support/catch.hpp"
#include "support/packages.hpp"

#include <zeromiss/model/package.hpp>

#include <limits>

using namespace zeromiss;
using namespace zeromiss::test;
using Json = nlohmann::ordered_json;

namespace {

std::string refusal(const ManifestEdit& edit) {
  const TempFolder folder;
  write_package(folder.path(), "weights", edit);
  try {
    read_package(folder.path());
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    const std::string text = error.what();
    const std::string file = (folder / "model.json").string() + ": ";
    REQUIRE(text.rfind(file, 0) == 0);  // every message begins with the file
    return text.substr(file.size());
  }
  return "read";
}

}  // namespace

TEST_CASE("a complete package is read as it is written", "[package]") {
  const TempFolder folder;
  write_package(folder.path(), "weights");
  const ModelPackage package = read_package(folder.path());
  CHECK(package.name == "mean");
  CHECK(package.task == Task::classification);
  CHECK(package.output == OutputKind::logits);
  REQUIRE(package.classes.size() == 2);
  CHECK(package.classes[1].name == "bright");
  CHECK(package.classes[1].defect);
  CHECK(package.limits.review_at == 0.25);
  CHECK(package.limits.reject_at == 0.75);
  CHECK(package.golden.at(0).tolerance == 0.0001);
  CHECK(package.manifest_sha256 == sha256_hex(std::string_view(read_file(folder / "model.json"))));
  CHECK(read_weights(package) == std::vector<std::uint8_t>{'w', 'e', 'i', 'g', 'h', 't', 's'});
}

TEST_CASE("every key of the contract is mandatory", "[package][error]") {
  const std::string pointer =
      GENERATE(as<std::string>{}, "/schema", "/name", "/version", "/license", "/task", "/weights",
               "/weights/file", "/weights/format", "/weights/sha256", "/input", "/input/color",
               "/input/steps", "/input/scale", "/input/mean", "/input/std", "/output",
               "/output/kind", "/classes", "/classes/0/name", "/classes/0/defect", "/decision",
               "/decision/review_at", "/decision/reject_at", "/decision/origin", "/golden",
               "/golden/0/image", "/golden/0/score", "/golden/0/label", "/golden/0/tolerance");
  CAPTURE(pointer);
  const std::string key = pointer.substr(pointer.rfind('/') + 1);
  const std::string message = refusal([&](Json& manifest) {
    const Json::json_pointer parent = Json::json_pointer(pointer).parent_pointer();
    manifest.at(parent).erase(key);
  });
  CHECK(message.find("key \"" + key + "\" is missing") != std::string::npos);
}

TEST_CASE("an unknown key is refused wherever it stands", "[package][error]") {
  const std::string pointer =
      GENERATE(as<std::string>{}, "", "/weights", "/input", "/input/steps/0", "/output",
               "/classes/0", "/decision", "/golden/0");
  CAPTURE(pointer);
  CHECK(refusal([&](Json& manifest) {
          manifest.at(Json::json_pointer(pointer))["treshold"] = 1;
        }).find("treshold") != std::string::npos);
}

TEST_CASE("wrong values are refused, naming the key", "[package][error]") {
  struct Wrong {
    const char* pointer;
    Json value;
    const char* names;
  };
  const Wrong wrong = GENERATE(values<Wrong>({
      {"/schema", "zeromiss-model/2", "schema"},
      {"/task", "regression", "task"},
      {"/task", "detection", "output"},
      {"/weights/format", "keras", "weights.format"},
      {"/weights/file", "../model.pt", "weights.file"},
      {"/weights/file", "/etc/passwd", "weights.file"},
      {"/weights/file", "", "weights.file"},
      {"/weights/sha256", "ABC", "weights.sha256"},
      {"/output/kind", "softmax", "output.kind"},
      {"/output/kind", "score", "output"},
      {"/classes", Json::array(), "classes"},
      {"/classes/1/name", "dark", "classes[1]"},
      {"/classes/1/defect", false, "classes"},
      {"/classes/0/defect", true, "classes"},
      {"/classes/0/defect", "no", "classes[0].defect"},
      {"/decision/review_at", 0.8, "decision"},
      {"/decision/reject_at", 1.5, "decision.reject_at"},
      {"/decision/review_at", -0.1, "decision.review_at"},
      {"/decision/reject_at", "0.5", "decision.reject_at"},
      {"/decision/reject_at", nullptr, "decision.reject_at"},
      {"/golden", Json::array(), "golden"},
      {"/golden/0/tolerance", 0.051, "golden[0].tolerance"},
      {"/golden/0/image", "../../x.png", "golden[0].image"},
      {"/input/steps", Json::array(), "input.steps"},
      {"/input/alpha", "drop", "input.alpha"},
  }));
  CAPTURE(wrong.pointer, wrong.value.dump());
  const std::string message =
      refusal([&](Json& manifest) { manifest[Json::json_pointer(wrong.pointer)] = wrong.value; });
  CHECK(message.rfind(wrong.names, 0) == 0);
}

TEST_CASE("the rules for unusual pictures are refused unless the package states them",
          "[package]") {
  const TempFolder folder;
  write_package(folder.path(), "w", [](Json& manifest) {
    manifest["input"]["sixteen_bit"] = "scale";
    manifest["input"]["orientation"] = "ignore";
  });
  const ModelPackage package = read_package(folder.path());
  CHECK(package.decode.sixteen_bit == SixteenBitRule::scale);
  CHECK(package.decode.orientation == OrientationRule::ignore);
  CHECK(package.decode.alpha == AlphaRule::refuse);
}

TEST_CASE("anomaly limits may be any finite numbers", "[package]") {
  CHECK(refusal([](Json& manifest) {
          manifest["task"] = "anomaly";
          manifest["output"]["kind"] = "score";
          manifest["decision"]["review_at"] = -3;
          manifest["decision"]["reject_at"] = 40.5;
        }) == "read");
}

namespace {

/// A detector's manifest; `output` without what a test takes away or adds.
void make_detector(Json& manifest) {
  manifest["task"] = "detection";
  manifest["output"] = Json::parse(
      R"({"kind": "boxes_yolo", "layout": "v8", "transposed": true, "activation": "none", "boxes": "pixels",
          "multi_label": false, "min_score": 0.25,
          "nms": {"iou": 0.45, "class_agnostic": false, "max_detections": 300}, "masks": null})");
}

void make_segmenter(Json& manifest) {
  manifest["task"] = "segmentation";
  manifest["output"] = Json::parse(
      R"({"kind": "mask_logits", "activation": "softmax", "pixel": "argmax", "stride": 1, "resample": "bilinear"})");
}

}  // namespace

TEST_CASE("every key of an output kind is mandatory, every other unknown", "[package][error]") {
  struct Kind {
    const char* task;
    const char* output;
  };
  const Kind kind = GENERATE(values<Kind>({
      {"detection",
       R"({"kind": "boxes_yolo", "layout": "v5", "transposed": false, "activation": "none", "boxes": "pixels",
           "multi_label": true, "min_score": 0.25, "nms": "none", "masks": null})"},
      {"detection",
       R"({"kind": "boxes_yolo", "layout": "end2end", "transposed": false, "activation": "none",
           "boxes": "normalized", "min_score": 0.25, "nms": "none", "masks": null})"},
      {"detection",
       R"({"kind": "boxes_torchvision", "first_label": 1, "min_score": 0.05, "nms": "none", "masks": null})"},
      {"segmentation",
       R"({"kind": "mask_logits", "activation": "sigmoid", "pixel": 0.5, "stride": 4, "resample": "nearest"})"},
      {"anomaly",
       R"({"kind": "score_map", "map_output": 0, "score_output": null, "stride": 1, "threshold": null,
           "resample": "nearest"})"},
  }));
  const Json output = Json::parse(kind.output);
  const auto read = [&](const Json& changed) {
    return refusal([&](Json& manifest) {
      manifest["task"] = kind.task;
      manifest["output"] = changed;
    });
  };
  CAPTURE(kind.output);
  CHECK(read(output) == "read");
  for (const auto& [key, value] : output.items()) {
    Json without = output;
    without.erase(key);
    CAPTURE(key);
    CHECK(read(without).find("\"" + key + "\" is missing") != std::string::npos);
  }
  Json more = output;
  more["treshold"] = 1;
  CHECK(read(more).find("treshold") != std::string::npos);
}

TEST_CASE("wrong values of outputs and classes are refused, naming the key", "[package][error]") {
  struct Wrong {
    const char* pointer;
    Json value;
    const char* names;
  };
  const Wrong wrong = GENERATE(values<Wrong>({
      {"/output/layout", "v6", "output.layout"},
      {"/output/layout", "end2end", "output"},  // multi_label has no meaning there
      {"/output/transposed", "yes", "output.transposed"},
      {"/output/activation", "softmax", "output.activation"},
      {"/output/boxes", "corners", "output.boxes"},
      {"/output/min_score", 1.5, "output.min_score"},
      {"/output/nms", "inside", "output.nms"},
      {"/output/nms/iou", 1.5, "output.nms.iou"},
      {"/output/nms/max_detections", 0, "output.nms.max_detections"},
      {"/output/masks",
       Json::parse(R"({"output": 1, "prototypes": 32, "stride": 4, "threshold": 1})"),
       "output.masks.threshold"},
      {"/output/output", -1, "output.output"},
      {"/classes/1/min_score", 1.5, "classes[1].min_score"},
      {"/classes/1/min_area", -1, "classes[1].min_area"},
      {"/classes/1/review_at", 1.5, "classes[1].review_at"},
      {"/classes/1/reject_at", 0.1, "classes[1]"},  // below its review_at
      {"/classes/0/min_area", 5, "classes[0]"},     // no defect
      {"/pixel_size_um", 0, "pixel_size_um"},
      {"/golden/0/defects", Json::array(), "golden[0]"},  // without bbox_tolerance
      {"/decision/reject_at", 1.5, "decision.reject_at"},
      {"/task", "segmentation", "output.masks"},
  }));
  CAPTURE(wrong.pointer, wrong.value.dump());
  const std::string message = refusal([&](Json& manifest) {
    make_detector(manifest);
    manifest[Json::json_pointer(wrong.pointer)] = wrong.value;
  });
  CHECK(message.rfind(wrong.names, 0) == 0);
}

TEST_CASE("a class map needs a background unless its classes may overlap", "[package][error]") {
  CHECK(refusal(make_segmenter) == "read");
  CHECK(refusal([](Json& manifest) {
          make_segmenter(manifest);
          manifest["classes"][0]["defect"] = true;
        }).rfind("classes: the first class must be the background", 0) == 0);
  CHECK(refusal([](Json& manifest) {
          make_segmenter(manifest);
          manifest["output"]["activation"] = "sigmoid";
        }).rfind("output.pixel", 0) == 0);
}

TEST_CASE("the keys of a detector are read as they are written", "[package]") {
  const TempFolder folder;
  write_package(folder.path(), "weights", [](Json& manifest) {
    make_detector(manifest);
    manifest["pixel_size_um"] = 2.5;
    manifest["classes"][1]["min_area"] = 12;
    manifest["classes"][1]["reject_at"] = 0.5;
    manifest["golden"][0]["defects"] =
        Json::parse(R"([{"label": "bright", "score": 0.5, "bbox": [1, 2, 3, 4]}])");
    manifest["golden"][0]["bbox_tolerance"] = 0.5;
  });
  const ModelPackage package = read_package(folder.path());
  const auto& rules = std::get<YoloRules>(package.rules);
  CHECK(rules.layout == YoloLayout::v8);
  CHECK(rules.transposed);
  CHECK(rules.nms.value().iou == 0.45);
  CHECK(package.pixel_size_um == 2.5);
  CHECK(package.classes[1].min_area == 12);
  CHECK(package.classes[1].reject_at == 0.5);
  CHECK_FALSE(package.classes[1].review_at);
  CHECK(package.golden[0].defects.value().at(0).box == Box{1, 2, 3, 4});
  CHECK(package.golden[0].box_tolerance == 0.5);
}

TEST_CASE("changed weights are refused before anything loads them", "[package][error]") {
  const TempFolder folder;
  write_package(folder.path(), "weights");
  const ModelPackage package = read_package(folder.path());
  write_file(folder / "model.pt", "Weights");
  try {
    read_weights(package);
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    CHECK(std::string(error.what()).find(sha256_hex(std::string_view("Weights"))) !=
          std::string::npos);
  }
}

TEST_CASE("a folder without a manifest is no package", "[package][error]") {
  const TempFolder folder;
  CHECK_THROWS_AS(read_package(folder.path()), Error);
  CHECK_THROWS_AS(read_package(folder / "absent"), Error);
}

TEST_CASE("the images that chose the limits are relied on, so they are read strictly",
          "[package]") {
  const auto with = [](const Json& value) {
    return refusal([&](Json& m) { m["decision"]["origin"]["calibration_images"] = value; });
  };
  const std::string sha256(64, 'a');
  CHECK(with({{"images", 3}, {"sha256", sha256}}) == "read");
  CHECK(with(nullptr) != "read");
  CHECK(with({{"images", 3}}) != "read");
  CHECK(with({{"images", -1}, {"sha256", sha256}}) != "read");
  CHECK(with({{"images", 3}, {"sha256", "a"}}) != "read");
  CHECK(with({{"images", 3}, {"sha256", sha256}, {"file", "x"}}) != "read");
  // Everything else in the origin is for people.
  CHECK(refusal([](Json& m) { m["decision"]["origin"]["anything"] = {1, 2}; }) == "read");
}
