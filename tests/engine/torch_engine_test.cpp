#include "support/catch.hpp"
#include "support/engine_run.hpp"
#include "support/packages.hpp"
#include "support/tiny_models.hpp"

#include <zeromiss/model/engine.hpp>
#include <zeromiss/model/interpret.hpp>
#include <zeromiss/model/self_test.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iterator>
#include <memory>
#include <thread>

using namespace zeromiss;
using namespace zeromiss::test;
using Catch::Matchers::ContainsSubstring;

namespace {

std::unique_ptr<Engine> load(const std::string& archive, const std::string& device = "cpu",
                             int channels = 1) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(archive.data());
  return load_torchscript({bytes, archive.size()}, {device, "tiny.pt", kImages, channels, 4, 4});
}

std::unique_ptr<Engine> load_forward(const std::string& body, int channels = 1) {
  return load(tiny_model("def forward(self, x):\n    " + body + "\n"), "cpu", channels);
}

}  // namespace

TEST_CASE("a TorchScript model computes what it says", "[engine]") {
  const auto outputs = load(tiny_model(kMeanModel))->run(steps());
  REQUIRE(outputs.size() == 1);
  CHECK(outputs[0].shape == std::vector<std::int64_t>{4, 2});
  // (mean - 0.5) * 10
  CHECK(outputs[0].data == std::vector<float>{0, -5, 0, -2.5, 0, 0, 0, 2.5});
}

TEST_CASE("pixels reach the model as N x C x H x W", "[engine]") {
  const auto engine = load_forward("return x[:, :, 1, 2]", 3);
  InputBatch batch(kImages, 3, 4, 4);
  // H x W x C: row 1, column 2 begins at (1 * 4 + 2) * 3
  for (int c = 0; c < 3; ++c) batch.image(1)[(1 * 4 + 2) * 3 + c] = static_cast<float>(c + 1);
  const Tensor output = engine->run(batch).at(0);
  CHECK(output.shape == std::vector<std::int64_t>{4, 3});
  CHECK(std::vector<float>(output.data.begin() + 3, output.data.begin() + 6) ==
        std::vector<float>{1, 2, 3});
}

TEST_CASE("a strided output is read in its own order", "[engine]") {
  const auto engine =
      load_forward("return torch.stack([x[:, 0, 0, 0], x[:, 0, 0, 0] * 2.0], 0).permute(1, 0)");
  CHECK(engine->run(steps()).at(0).data == std::vector<float>{0, 0, 0.25, 0.5, 0.5, 1, 0.75, 1.5});
}

TEST_CASE("tuples and dictionaries of tensors are all handed over", "[engine]") {
  CHECK(load_forward("return (x, x.sum(dim=[1, 2, 3]))")->run(steps()).size() == 2);
  const auto outputs =
      load_forward("return {'map': x, 'score': x.sum(dim=[1, 2, 3])}")->run(steps());
  REQUIRE(outputs.size() == 2);
  CHECK(outputs[0].name == "map");
  CHECK(outputs[1].name == "score");
  CHECK(outputs[1].data.at(3) == 12.0F);  // 16 pixels of 0.75
}

TEST_CASE("fields of a named tuple keep their names, and nothing is no output", "[engine]") {
  const auto outputs = load_forward("return (x, None, [x, x])")->run(steps());
  CHECK(outputs.size() == 3);
}

TEST_CASE("a detector that takes a list gives each image its own results", "[engine]") {
  const auto engine = load(tiny_model(R"(
def forward(self, images: List[Tensor]) -> Tuple[Dict[str, Tensor], List[Dict[str, Tensor]]]:
    losses: Dict[str, Tensor] = {}
    found: List[Dict[str, Tensor]] = []
    for image in images:
        count = int(image.sum()) // 4
        found.append({"scores": torch.ones([count]) * image.max(), "labels": torch.ones([count]).long()})
    return losses, found
)"));
  const auto outputs = engine->run(steps());  // sums 0, 4, 8, 12
  REQUIRE(outputs.size() == 8);
  for (int image = 0; image < kImages; ++image) {
    const Tensor& scores = outputs[static_cast<std::size_t>(2 * image)];
    CHECK(scores.name == "scores");
    CHECK(scores.image == image);
    CHECK(scores.shape == std::vector<std::int64_t>{image});
    CHECK(scores.data ==
          std::vector<float>(static_cast<std::size_t>(image), 0.25F * static_cast<float>(image)));
  }
  CHECK(outputs[7].name == "labels");
  CHECK(outputs[7].data == std::vector<float>{1, 1, 1});
}

TEST_CASE("torchvision's own operators are there and give its numbers", "[engine]") {
  // Made by scripts/make_nms_golden.py with torchvision.
  const std::string folder = std::string(ZEROMISS_SOURCE_DIR) + "/tests/data/nms/";
  const auto engine = load(read_file(folder + "ops.pt"));
  InputBatch batch(kImages, 1, 4, 4);
  for (std::size_t i = 0; i < batch.data.size(); ++i)
    batch.data[i] = static_cast<float>(i * 37 % 101) / 100.0F;
  const auto outputs = engine->run(batch);
  const auto expected = nlohmann::json::parse(read_file(folder + "ops.json"));
  REQUIRE(outputs.size() == 3);
  for (const auto& [index, key] : {std::pair{0, "a"}, std::pair{1, "b"}}) {
    const auto& found = outputs[static_cast<std::size_t>(index)].data;
    REQUIRE(found.size() == expected.at(key).size());
    for (std::size_t i = 0; i < found.size(); ++i)
      CHECK(found[i] == Approx(expected.at(key).at(i).get<float>()).margin(1e-6));
  }
  const auto kept = expected.at("kept").at(0).get<std::vector<float>>();
  CHECK(outputs[2].shape == std::vector<std::int64_t>{4, static_cast<std::int64_t>(kept.size())});
  CHECK(std::equal(kept.begin(), kept.end(), outputs[2].data.begin()));
}

TEST_CASE("torchvision's operators refuse places that are nowhere", "[engine][law]") {
  // What they would read there is not theirs: the program would end.
  const auto engine = load(read_file(std::string(ZEROMISS_SOURCE_DIR) + "/tests/data/nms/ops.pt"));
  const std::size_t place = GENERATE(0U, 5U);  // of regions, and of a score for nms
  InputBatch batch(kImages, 1, 4, 4);
  CHECK(failure(*engine, batch) == "ran");
  batch.data[place] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THAT(failure(*engine, batch),
             ContainsSubstring("model.nonfinite: ") &&
                 ContainsSubstring(place == 0 ? "torchvision::roi_align" : "torchvision::nms"));
}

TEST_CASE("a list of results for another number of images is refused", "[engine][error]") {
  const auto engine = load(tiny_model(R"(
def forward(self, x) -> List[Dict[str, Tensor]]:
    return [{"scores": x}]
)"));
  CHECK(failure(*engine, steps()) ==
        "model.output: the model gave a list of 1 results for 4 images");
}

TEST_CASE("an output without a row for each image is refused", "[engine][error]") {
  CHECK_THROWS_AS(load_forward("return x.sum()")->run(steps()), ItemError);
}

TEST_CASE("a model that throws later fails with one line and not with the program",
          "[engine][error]") {
  const auto engine = load(tiny_model(R"(
def forward(self, x):
    assert bool((x < 0.9).all()), "too bright for me"
    return x
)"));
  CHECK(failure(*engine, steps()) == "ran");
  InputBatch bright = steps();
  bright.data.back() = 1.0F;
  const std::string text = failure(*engine, bright);
  CHECK(text.rfind("model.failed: ", 0) == 0);
  CHECK(text.find("too bright for me") != std::string::npos);
  CHECK(text.find('\n') == std::string::npos);
  CHECK(failure(*engine, steps()) == "ran");
}

TEST_CASE("a network that changes its pictures changes its own copy", "[engine][law]") {
  // All may write into the input: directly, through a view, where a picture says so, in a
  // list.
  const auto body = GENERATE(as<std::string>(), "return x.sub_(0.5).mean(dim=[1, 2, 3])",
                             "y = x.permute(0, 2, 3, 1)\n    y[:, 0] = 1.0\n    return x",
                             "if bool(x.sum() > 0):\n        x.zero_()\n    return x");
  CAPTURE(body);
  const auto engine = load_forward(body);
  const InputBatch before = steps();
  InputBatch batch = steps();
  const auto first = engine->run(batch).at(0).data;
  CHECK(batch.data == before.data);
  CHECK(engine->run(batch).at(0).data == first);
}

TEST_CASE("NaN inside a network is no score, though rectifiers hide it", "[engine][law]") {
  // 0 / 0 for a picture all black; without the check oneDNN's rectifier would make 0 of it.
  const std::string body = GENERATE(as<std::string>(), "x = x / x.amax()",
                                    "x = x - x.mean()\n    x = torch.silu(x / x.std())",
                                    "if bool(x.sum() < 9):\n        x = x.log() * 0.0");
  CAPTURE(body);
  const auto engine = load(tiny_model("def forward(self, x):\n    " + body + R"(
    y = torch.relu(torch.conv2d(x, self.weight))
    return torch.relu(torch.conv2d(y, self.weight.view(1, 2, 1, 1))).mean(dim=[1, 2, 3])
)",
                                      {0.5F, -0.25F}));
  const InputBatch black(kImages, 1, 4, 4);
  // Where nothing hides NaN (LibTorch 1.13.1), it comes out, and interpret() refuses it.
  const std::string text = failure(*engine, black);
  const auto is_nan = [](float value) { return std::isnan(value); };
  if (text == "ran") {
    const auto data = engine->run(black).at(0).data;
    CHECK(std::all_of(data.begin(), data.end(), is_nan));
  } else {
    CHECK(text.rfind("model.nonfinite: ", 0) == 0);
  }
  CHECK(failure(*engine, steps()) == "ran");
}

TEST_CASE("NaN among the weights is refused", "[engine][law]") {
  const std::string forward = R"(
def forward(self, x):
    return torch.relu(torch.conv2d(x, self.weight)).mean(dim=[2, 3])
)";
  CHECK_NOTHROW(load(tiny_model(forward, {0.5F, -0.25F})));
  try {
    load(tiny_model(forward, {0.5F, std::numeric_limits<float>::quiet_NaN()}));
    FAIL("loaded");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    CHECK(std::string(error.what()) == "tiny.pt: cannot be loaded: its weights hold NaN");
  }
}

TEST_CASE("bytes that are no TorchScript archive are refused", "[engine][error]") {
  const std::string whole = tiny_model(kMeanModel);
  for (const std::string& bytes :
       {std::string(), std::string("text"), whole.substr(0, whole.size() / 2)}) {
    CAPTURE(bytes.size());
    try {
      load(bytes);
      FAIL("loaded");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::input);
      CHECK(std::string(error.what()).rfind("tiny.pt: cannot be loaded: ", 0) == 0);
      CHECK(std::string(error.what()).find('\n') == std::string::npos);
    }
  }
}

TEST_CASE("threads that share an engine get the bits of one", "[engine]") {
  const auto engine = load(tiny_model(kMeanModel));
  const auto alone = engine->run(steps()).at(0).data;
  std::vector<std::vector<float>> found(4);
  {
    std::vector<std::jthread> workers;
    for (auto& result : found)
      workers.emplace_back([&] { result = engine->run(steps()).at(0).data; });
  }
  for (const auto& result : found) CHECK(result == alone);
}

TEST_CASE("at bf16 weights, inputs and sums are bf16, and what comes out is float32 again",
          "[engine][precision]") {
  // bf16 keeps 8 bits. 0.3 = 1.2 / 4, and 1.2 lies between 153/128 and 154/128: nearest 154/128, so
  // 0.30078125. Times 0.25, 0.5 and 0.75 that is 0.0751953125, 0.150390625 and 0.2255859375; the
  // first two need no bit more, the last is 231/1024 = 1.8046875/8, exactly 231/128. All stay.
  const std::string archive = tiny_model(
      "def forward(self, x):\n    return torch.conv2d(x, self.weight).mean(dim=[1, 2, 3])\n",
      {0.3F});
  const auto at = [&](Precision precision) {
    EngineOptions options{"cpu", "tiny.pt", kImages, 1, 4, 4};
    options.precision = precision;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(archive.data());
    return load_torchscript({bytes, archive.size()}, options)->run(steps()).at(0).data;
  };
  CHECK(at(Precision::bf16) == std::vector<float>{0, 0.0751953125F, 0.150390625F, 0.2255859375F});
  const auto full = at(Precision::fp32);
  for (std::size_t i = 0; i < full.size(); ++i)
    CHECK(full[i] == Approx(0.3 * 0.25 * static_cast<double>(i)).epsilon(1e-6));
}

TEST_CASE("fp16 on the CPU is a missing device, not another precision",
          "[engine][precision][error]") {
  const std::string archive = tiny_model(kMeanModel);
  EngineOptions options{"cpu", "tiny.pt", kImages, 1, 4, 4};
  options.precision = Precision::fp16;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(archive.data());
  try {
    load_torchscript({bytes, archive.size()}, options);
    FAIL("loaded");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::device);
  }
}

TEST_CASE("bytes become on the device what the CPU would have made of them", "[engine]") {
  const TempFolder folder;
  write_package(folder.path(), tiny_model("def forward(self, x):\n    return x\n"), [](auto& m) {
    m["input"]["color"] = "rgb";
    m["input"]["mean"] = {0.485, 0.456, 0.406};
    m["input"]["std"] = {0.229, 0.224, 0.225};
  });
  const Preparer preparer(read_package(folder.path()), {});
  const std::string archive = read_file(folder / "model.pt");
  EngineOptions options{"cpu", "tiny.pt", 2, 3, 4, 4};
  options.values = preparer.values();
  const auto* data = reinterpret_cast<const std::uint8_t*>(archive.data());
  const auto engine = load_torchscript({data, archive.size()}, options);
  InputBatch floats(2, 3, 4, 4);
  InputBatch bytes(2, 3, 4, 4, std::shared_ptr<std::uint8_t[]>(new std::uint8_t[96]()));
  for (std::size_t i = 0; i < 96; ++i) {
    bytes.bytes.get()[i] = static_cast<std::uint8_t>(i * 37 % 256);
    floats.data[i] = preparer.values()[i % 3][i * 37 % 256];
  }
  CHECK(engine->run(bytes).at(0).data == engine->run(floats).at(0).data);
}

TEST_CASE("what has no GPU says why", "[engine][error]") {
  for (const char* wrong : {"cuda:", "cuda:x", "cuda:-1", "cuda:1x", "gpu"}) try {
      load(tiny_model(kMeanModel), wrong);
      FAIL("loaded");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::usage);
    }
  try {
    load(tiny_model(kMeanModel), "cuda:99");
    FAIL("loaded");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::device);
    CHECK(std::string(error.what()).rfind("--device cuda:99: ", 0) == 0);
  }
}

TEST_CASE("an unknown device is a usage error", "[engine][error]") {
  try {
    load(tiny_model(kMeanModel), "tpu");
    FAIL("loaded");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
  }
}

TEST_CASE("a tiny package passes its self-test on the real engine", "[engine]") {
  const TempFolder folder;
  write_package(folder.path(), tiny_model(kMeanModel));
  const ModelPackage package = read_package(folder.path());
  const Preparer preparer(package, {});
  const auto weights = read_weights(package);
  const auto engine = load_torchscript(weights, {"cpu", "tiny.pt", 8, 1, 4, 4});
  CHECK(run_self_test(*engine, package, preparer, 8, 2).position_exact);
}

TEST_CASE("a pass is spread over as many threads as its engine says, and no other engine's is",
          "[engine]") {
  // A million exponentials are enough for LibTorch to share them out.
  const std::string archive = tiny_model(R"(
def forward(self, x):
    many = torch.exp(x.sum() * 0.0 + torch.zeros([1000000]))
    return x.sum(dim=[1, 2, 3]) * many.mean()
)");
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(archive.data());
  const auto load_with = [&](int threads) {
    EngineOptions options{"cpu", "tiny.pt", kImages, 1, 4, 4};
    options.threads = threads;
    return load_torchscript({bytes, archive.size()}, options);
  };
  const auto running = [] {
    const std::filesystem::directory_iterator tasks("/proc/self/task");
    return std::distance(begin(tasks), end(tasks));
  };
  const auto one = load_with(1), two = load_with(2);
  const std::vector<float> expected{0, 4, 8, 12};  // 16 pixels of 0, 0.25, 0.5, 0.75
  // On a thread of its own, whose helpers are nobody else's.
  std::thread([&] {
    CHECK(one->run(steps()).at(0).data == expected);
    const auto alone = running();
    CHECK(two->run(steps()).at(0).data == expected);
    const auto shared = running();
    CHECK(shared > alone);  // LibTorch 1.13 starts two
    CHECK(one->run(steps()).at(0).data == expected);
  }).join();
}
