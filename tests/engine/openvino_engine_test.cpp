// OpenVINO behind Engine, on models written by hand. Built only where OpenVINO is.
#include "support/catch.hpp"
#include "support/engine_run.hpp"
#include "support/tiny_models.hpp"
#include "support/tiny_openvino.hpp"

#include <zeromiss/model/engine_options.hpp>
#include <zeromiss/model/engines.hpp>
#include <zeromiss/model/self_test.hpp>

#include <future>
#include <limits>

using namespace zeromiss;
using namespace zeromiss::test;
using Catch::Matchers::ContainsSubstring;

namespace {

std::vector<std::uint8_t> bytes(const std::string& text) { return {text.begin(), text.end()}; }

EngineOptions options(WeightsFormat format, const std::string& device = "cpu", int channels = 1) {
  EngineOptions made{device, "tiny.xml", kImages, channels, 4, 4};
  made.format = format;
  made.workers = 2;
  return made;
}

std::unique_ptr<Engine> load(const TinyIr& ir, const std::string& device = "cpu",
                             int channels = 1) {
  return load_engine(packed(bytes(ir.xml()), bytes(ir.numbers())),
                     options(WeightsFormat::openvino, device, channels));
}
std::unique_ptr<Engine> load_onnx(const std::string& file) {
  return load_engine(bytes(file), options(WeightsFormat::onnx));
}

template <class Load>
std::string refusal(const Load& load, ErrorKind kind = ErrorKind::input) {
  try {
    load();
  } catch (const Error& error) {
    CHECK(error.kind() == kind);
    return error.what();
  }
  return "loaded";
}

/// x -> `layers`(x) -> result
template <class Layers>
TinyIr with(const Layers& layers, int channels = 1) {
  TinyIr ir;
  const int x = ir.input(channels);
  layers(ir, x);
  return ir;
}

}  // namespace

TEST_CASE("an OpenVINO model computes what it says", "[openvino]") {
  const auto engine = load(mean_ir());
  const auto outputs = engine->run(steps());
  REQUIRE(outputs.size() == 1);
  CHECK(outputs[0].name == "logits");
  CHECK(outputs[0].shape == std::vector<std::int64_t>{4, 2});
  CHECK(outputs[0].data == std::vector<float>{0, -5, 0, -2.5, 0, 0, 0, 2.5});  // (mean - 0.5) * 10
  CHECK(engine->device() == "cpu");
  CHECK_THAT(engine->library(), ContainsSubstring("OpenVINO 20"));
}

TEST_CASE("an ONNX file computes what it says", "[openvino]") {
  const auto outputs = load_onnx(mean_onnx())->run(steps());
  REQUIRE(outputs.size() == 1);
  CHECK(outputs[0].name == "logits");
  CHECK(outputs[0].data == std::vector<float>{0, -5, 0, -2.5, 0, 0, 0, 2.5});
}

TEST_CASE("pixels reach an OpenVINO model as N x C x H x W", "[openvino]") {
  const auto engine = load(
      with(
          [](TinyIr& ir, int x) {  // row 1, column 2 of every channel, as a weighted sum of pixels
            std::vector<float> one(16);
            one[1 * 4 + 2] = 1;
            const int pixel = ir.add("Multiply", "opset1", "auto_broadcast=\"numpy\"",
                                     {x, ir.floats(one, "1,1,4,4")}, "-1,3,4,4");
            ir.result(ir.add("ReduceSum", "opset1", "keep_dims=\"false\"",
                             {pixel, ir.integers({2, 3})}, "-1,3"));
          },
          3),
      "cpu", 3);
  InputBatch batch(kImages, 3, 4, 4);
  // H x W x C: row 1, column 2 begins at (1 * 4 + 2) * 3
  for (int c = 0; c < 3; ++c) batch.image(1)[(1 * 4 + 2) * 3 + c] = static_cast<float>(c + 1);
  const Tensor output = engine->run(batch).at(0);
  CHECK(output.shape == std::vector<std::int64_t>{4, 3});
  CHECK(output.data == std::vector<float>{0, 0, 0, 1, 2, 3, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("several outputs keep their order and their names", "[openvino]") {
  const auto outputs =
      load(with([](TinyIr& ir, int x) {
        const int axes = ir.integers({1, 2, 3});
        ir.result(ir.add("Relu", "opset1", "", {x}, "-1,1,4,4", "map"));
        ir.result(ir.add("ReduceSum", "opset1", "keep_dims=\"false\"", {x, axes}, "-1", "score"));
      }))->run(steps());
  REQUIRE(outputs.size() == 2);
  CHECK(outputs[0].name == "map");
  CHECK(outputs[0].shape == std::vector<std::int64_t>{4, 1, 4, 4});
  CHECK(outputs[1].name == "score");
  CHECK(outputs[1].data == std::vector<float>{0, 4, 8, 12});  // 16 pixels each
}

TEST_CASE("OpenVINO computes in fp32 also where the processor has bf16", "[openvino]") {
  // 1 + 2^-10 has 11 significant bits: bf16 (8) makes 1 of it, and fp32 the exact sum.
  const float value = 1.0F + 0x1p-10F;
  const auto engine = load(with([&](TinyIr& ir, int x) {
    const int flat =
        ir.add("Reshape", "opset1", "special_zero=\"true\"", {x, ir.integers({0, 16})}, "-1,16");
    std::vector<float> weights(256);
    for (std::size_t i = 0; i < 16; ++i) weights[i * 16 + i] = value;
    ir.result(ir.add("MatMul", "opset1", "transpose_a=\"false\" transpose_b=\"true\"",
                     {flat, ir.floats(weights, "16,16")}, "-1,16"));
  }));
  InputBatch batch(kImages, 1, 4, 4);
  std::fill(batch.data.begin(), batch.data.end(), value);
  CHECK(engine->run(batch).at(0).data == std::vector<float>(64, value * value));
}

TEST_CASE("an output without a row for each image is refused at OpenVINO, too",
          "[openvino][error]") {
  const auto engine = load(with([](TinyIr& ir, int x) {
    ir.result(ir.add("ReduceMean", "opset1", "keep_dims=\"true\"", {x, ir.integers({0, 1, 2, 3})},
                     "1,1,1,1", "all"));
  }));
  CHECK(failure(*engine, steps()) == "model.output: output \"all\" has 1 rows for 4 images");
}

TEST_CASE("weights that hold NaN are refused, because a rectifier would hide them",
          "[openvino][error]") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK_THAT(refusal([&] { load(mean_ir(nan)); }), ContainsSubstring("hold NaN"));
}

TEST_CASE("NaN and infinity that a network computes do not become numbers in OpenVINO",
          "[openvino]") {
  const auto engine = load(mean_ir(std::numeric_limits<float>::infinity()));
  const Tensor output = engine->run(steps()).at(0);
  CHECK(!std::isfinite(output.data.at(1)));  // -inf; NaN where product and difference are fused
  CHECK(std::isnan(output.data.at(5)));      // 0 times infinity, at the mean 0.5
}

TEST_CASE("NaN inside an OpenVINO network is no score, though rectifiers hide it",
          "[openvino][law]") {
  // x / max(x), 0 / 0 for a picture all black; then two rectified convolutions.
  TinyIr ir;
  const int x = ir.input(1);
  const int most =
      ir.add("ReduceMax", "opset1", "keep_dims=\"true\"", {x, ir.integers({1, 2, 3})}, "-1,1,1,1");
  int y = ir.add("Divide", "opset1", "auto_broadcast=\"numpy\" m_pythondiv=\"true\"", {x, most},
                 "-1,1,4,4");
  for (const float weight : {0.5F, 0.25F}) {
    y = ir.add("Convolution", "opset1",
               "strides=\"1, 1\" dilations=\"1, 1\" pads_begin=\"0, 0\" pads_end=\"0, 0\" "
               "auto_pad=\"explicit\"",
               {y, ir.floats({weight}, "1,1,1,1")}, "-1,1,4,4");
    y = ir.add("ReLU", "opset1", "", {y}, "-1,1,4,4");
  }
  ir.result(ir.add("ReduceMean", "opset1", "keep_dims=\"false\"", {y, ir.integers({2, 3})}, "-1,1",
                   "score"));
  const auto engine = load(ir);
  CHECK(failure(*engine, InputBatch(kImages, 1, 4, 4)).rfind("model.nonfinite: ", 0) == 0);
  InputBatch bright(kImages, 1, 4, 4);
  std::fill(bright.data.begin(), bright.data.end(), 0.5F);
  const auto outputs = engine->run(bright);
  REQUIRE(outputs.size() == 1);
  CHECK(outputs[0].name == "score");
  CHECK(outputs[0].data == std::vector<float>(kImages, 0.125F));  // 1 x 0.5 x 0.25
}

TEST_CASE("what is no model of its format is refused in one line", "[openvino][error]") {
  const std::string cases[] = {
      refusal([] { load_onnx("this is no model"); }),
      refusal([] {
        load_engine(packed(bytes("no XML"), bytes("")), options(WeightsFormat::openvino));
      }),
      refusal([] {  // an ONNX file cannot come in as OpenVINO's
        load_engine(packed(bytes(mean_onnx()), bytes("")), options(WeightsFormat::openvino));
      }),
      refusal([] {
        load_engine(packed(bytes("<?xml version=\"1.0\"?><net/>"), bytes("")),
                    options(WeightsFormat::openvino));
      }),
      refusal([] {  // numbers that the graph asks for and the file has not
        load_engine(packed(bytes(mean_ir().xml()), bytes("1234")),
                    options(WeightsFormat::openvino));
      }),
      refusal([] { load_engine(bytes("short"), options(WeightsFormat::openvino)); })};
  for (const std::string& text : cases) {
    CAPTURE(text);
    CHECK_THAT(text, ContainsSubstring("tiny.xml: cannot be loaded: "));
    CHECK(text.find('\n') == std::string::npos);
  }
}

TEST_CASE("ONNX weights in another file are never read", "[openvino][error]") {
  const TempFolder folder;
  const auto back = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  write_file("w.bin", std::string(8, '\0'));  // what the file below points to is there
  const std::string external =
      onnx_tensor("slope", {1, 2, 1, 1}, {}) +
      proto_bytes(13, proto_bytes(1, "location") + proto_bytes(2, "w.bin")) + proto_number(14, 1);
  CHECK_THAT(refusal([&] { load_onnx(mean_onnx(external)); }),
             ContainsSubstring("keeps weights in another file"));
  std::filesystem::current_path(back);
}

TEST_CASE("a model with a second input, or another batch, is refused", "[openvino][error]") {
  CHECK_THAT(refusal([] {
               load(with([](TinyIr& ir, int x) {
                 ir.result(ir.add("Add", "opset1", "auto_broadcast=\"numpy\"", {x, ir.input(1)},
                                  "-1,1,4,4"));
               }));
             }),
             ContainsSubstring("it has 2 inputs, expected 1"));
  CHECK_THAT(refusal([] { load(mean_ir(), "cpu", 3); }),
             ContainsSubstring("its input is [?,1,4,4], expected [?,3,4,4]"));
  const auto engine = load(mean_ir());
  CHECK_THROWS_AS(engine->run(InputBatch(1, 1, 4, 4)), std::logic_error);
}

TEST_CASE("devices that OpenVINO has not are named", "[openvino][error]") {
  CHECK_THAT(refusal([] { load(mean_ir(), "cuda"); }, ErrorKind::device),
             ContainsSubstring("--device cuda: OpenVINO uses CPUs and Intel's GPUs"));
  CHECK_THAT(refusal([] { load(mean_ir(), "gpu:97"); }, ErrorKind::device),
             ContainsSubstring("--device gpu:97: OpenVINO finds no such GPU"));
  CHECK_THAT(refusal([] { load(mean_ir(), "gpux"); }, ErrorKind::usage),
             ContainsSubstring("expected auto, cpu, gpu or gpu:N"));
  CHECK_THAT(refusal([] { load(mean_ir(), "npu"); }, ErrorKind::usage),
             ContainsSubstring("expected auto, cpu, gpu or gpu:N"));
  CHECK(load(mean_ir(), "auto")->device() == "cpu");
  const std::string archive = tiny_model(kMeanModel);
  CHECK_THAT(
      refusal([&] { load_engine(bytes(archive), options(WeightsFormat::torchscript, "gpu")); },
              ErrorKind::device),
      ContainsSubstring("LibTorch does not use Intel's GPU"));
}

TEST_CASE("one OpenVINO engine serves several threads, more than it was made for", "[openvino]") {
  const auto engine = load(mean_ir());
  const auto expected = engine->run(steps()).at(0).data;
  std::vector<std::future<bool>> workers;
  for (int worker = 0; worker < 4; ++worker)
    workers.push_back(std::async(std::launch::async, [&] {
      bool same = true;
      for (int i = 0; i < 50; ++i) same = same && engine->run(steps()).at(0).data == expected;
      return same;
    }));
  for (auto& worker : workers) CHECK(worker.get());
}

TEST_CASE("packages for OpenVINO and of ONNX pass the self-test in every slot", "[openvino]") {
  const TempFolder folder;
  for (const auto& made : {write_ir_package(folder / "ir", mean_ir()),
                           write_onnx_package(folder / "onnx", mean_onnx())}) {
    const ModelPackage package = read_package(made);
    const Preparer preparer(package, {});
    const auto engine = load_engine(
        read_weights(package), engine_options(package, preparer, {"cpu", 8, Precision::fp32, 2}));
    CHECK(run_self_test(*engine, package, preparer, 8, 2).position_exact);
  }
}
