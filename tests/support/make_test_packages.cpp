// Writes the model packages of the command-line cases: make_test_packages FOLDER
#include "support/packages.hpp"
#include "support/tiny_models.hpp"
#include "support/tiny_openvino.hpp"

#include <cstdio>

namespace {

using namespace zeromiss::test;
using Json = nlohmann::ordered_json;

/// Fails, or gives NaN, for pictures that are exactly mid-gray (value 128), and behaves else.
constexpr const char* kThrowsOnGray = R"(
def forward(self, x):
    mean = x.mean(dim=[1, 2, 3])
    assert not bool(((mean > 0.5) & (mean < 0.51)).any()), "mid-gray is too much"
    bright = (mean - 0.5) * 10.0
    return torch.stack([torch.zeros_like(bright), bright], 1)
)";
constexpr const char* kNanOnGray = R"(
def forward(self, x):
    mean = x.mean(dim=[1, 2, 3])
    bright = torch.where((mean > 0.5) & (mean < 0.51), mean * float('nan'), (mean - 0.5) * 10.0)
    return torch.stack([torch.zeros_like(bright), bright], 1)
)";
// Models that do for mid-gray pictures, or while they are loaded, what a model should not.
constexpr const char* kLoopsOnGray = R"(
def forward(self, x):
    mean = x.mean(dim=[1, 2, 3])
    turns = 0
    while bool(((mean > 0.5) & (mean < 0.51)).any()):
        turns += 1
    bright = (mean - 0.5) * 10.0
    return torch.stack([torch.zeros_like(bright), bright], 1)
)";
constexpr const char* kLeaksOnGray = R"(
def forward(self, x):
    mean = x.mean(dim=[1, 2, 3])
    kept = [x]
    while bool(((mean > 0.5) & (mean < 0.51)).any()):
        kept.append(torch.ones([33554432]))
    bright = (mean - 0.5) * 10.0 + float(len(kept) - 1)
    return torch.stack([torch.zeros_like(bright), bright], 1)
)";
constexpr const char* kWritesOnGray = R"(
def forward(self, x):
    mean = x.mean(dim=[1, 2, 3])
    if bool(((mean > 0.5) & (mean < 0.51)).any()):
        torch.save(x, "evil.bin")
    bright = (mean - 0.5) * 10.0
    return torch.stack([torch.zeros_like(bright), bright], 1)
)";
constexpr const char* kHugeOnGray = R"(
def forward(self, x):
    mean = x.mean(dim=[1, 2, 3])
    if bool(((mean > 0.5) & (mean < 0.51)).any()):
        return torch.zeros([x.size(0), 12500000])
    bright = (mean - 0.5) * 10.0
    return torch.stack([torch.zeros_like(bright), bright], 1)
)";
constexpr const char* kLoopsAtLoad = R"(
def __getstate__(self) -> int:
    return 1
def __setstate__(self, state: int) -> None:
    while state > 0:
        state += 1
def forward(self, x):
    return x
)";
constexpr const char* kWritesAtLoad = R"(
def __getstate__(self) -> int:
    return 1
def __setstate__(self, state: int) -> None:
    torch.save(state, "evil.bin")
def forward(self, x):
    bright = (x.mean(dim=[1, 2, 3]) - 0.5) * 10.0
    return torch.stack([torch.zeros_like(bright), bright], 1)
)";
constexpr const char* kThreeClasses = R"(
def forward(self, x):
    mean = x.mean(dim=[1, 2, 3])
    return torch.stack([mean, mean, mean], 1)
)";
constexpr const char* kBatchMates = R"(
def forward(self, x):
    mean = x.mean(dim=[1, 2, 3])
    bright = (mean - mean.mean()) * 10.0 + 5.0
    return torch.stack([torch.zeros_like(bright), bright], 1)
)";
constexpr const char* kScore = R"(
def forward(self, x):
    return x.mean(dim=[1, 2, 3]) * 100.0
)";

// Networks that see a picture of 8 x 8 as four quarters, left upper first.
/// A YOLOv8 head: each quarter is a box whose first class is as sure as the quarter is bright.
constexpr const char* kQuarterBoxes = R"(
def forward(self, x):
    sure = torch.adaptive_avg_pool2d(x, [2, 2]).flatten(1)
    zero = torch.zeros_like(sure)
    left = torch.tensor([2.0, 6.0, 2.0, 6.0]) + zero
    top = torch.tensor([2.0, 2.0, 6.0, 6.0]) + zero
    side = zero + 4.0
    return torch.stack([left, top, side, side, sure, zero], 1)
)";
/// The same as a head with mask coefficients, and two prototypes: left and right half.
constexpr const char* kQuarterMasks = R"(
def forward(self, x):
    sure = torch.adaptive_avg_pool2d(x, [2, 2]).flatten(1)
    zero = torch.zeros_like(sure)
    left = torch.tensor([2.0, 6.0, 2.0, 6.0]) + zero
    top = torch.tensor([2.0, 2.0, 6.0, 6.0]) + zero
    side = zero + 4.0
    one = zero + 1.0
    half = torch.ones_like(x[:, :1]) * torch.tensor([1.0, 1.0, 1.0, -1.0, 1.0, 1.0, 1.0, -1.0])
    return torch.stack([left, top, side, side, sure, zero, one, zero], 1), torch.cat([half, -half], 1)
)";
/// As torchvision's scripted detectors: a list of pictures, and losses before what was found.
constexpr const char* kTorchvision = R"(
def forward(self, images: List[Tensor]) -> Tuple[Dict[str, Tensor], List[Dict[str, Tensor]]]:
    losses: Dict[str, Tensor] = {}
    found: List[Dict[str, Tensor]] = []
    for image in images:
        sure = torch.adaptive_avg_pool2d(image, [2, 2]).flatten()
        boxes = torch.tensor([[0.0, 0.0, 4.0, 4.0], [4.0, 0.0, 8.0, 4.0], [0.0, 4.0, 4.0, 8.0], [4.0, 4.0, 8.0, 8.0]])
        bright = sure > 0.25
        count = int(bright.sum())
        found.append({"boxes": boxes[bright], "labels": torch.ones([count]).long(),
                      "scores": sure[bright], "masks": image.unsqueeze(0).expand([count, 1, 8, 8])})
    return losses, found
)";
/// Two channels, background and bright: equal at mid-gray.
constexpr const char* kClassMap = R"(
def forward(self, x):
    return torch.cat([(0.5 - x) * 10.0, (x - 0.5) * 10.0], 1)
)";
constexpr const char* kScoreMap = R"(
def forward(self, x):
    return {"anomaly_map": x, "pred_score": x.amax(dim=[1, 2, 3]), "pred_label": x.amax(dim=[1, 2, 3]) > 0.5}
)";
constexpr const char* kTwoLabels = R"(
def forward(self, x):
    mean = x.mean(dim=[1, 2, 3])
    return torch.stack([(mean - 0.5) * 10.0, (0.75 - mean) * 10.0], 1)
)";

/// What the packages of objects have in common: 8 x 8, letterboxed, so that places are moved.
void make_objects(Json& m, const char* task, const char* output) {
  m["task"] = task;
  m["input"]["steps"] = Json::parse(
      R"([{"op": "letterbox", "width": 8, "height": 8, "filter": "box", "antialias": true, "fill": [0, 0, 0]}])");
  m["output"] = Json::parse(output);
  m["classes"] =
      Json::parse(R"([{"name": "bright", "defect": true}, {"name": "spot", "defect": true}])");
  m["golden"][0]["score"] = 1.0;
}

void write_objects(const std::filesystem::path& folder) {
  write_package(folder / "boxes-yolo", tiny_model(kQuarterBoxes), [](Json& m) {
    make_objects(m, "detection",
                 R"({"kind": "boxes_yolo", "layout": "v8", "transposed": true, "activation": "none",
                     "boxes": "pixels", "multi_label": false, "min_score": 0.25,
                     "nms": {"iou": 0.45, "class_agnostic": false, "max_detections": 300}, "masks": null})");
    m["golden"][0]["defects"] = Json::parse(
        R"([{"label": "bright", "score": 1, "bbox": [0, 0, 4, 4]}, {"label": "bright", "score": 1, "bbox": [4, 0, 4, 4]},
            {"label": "bright", "score": 1, "bbox": [0, 4, 4, 4]}, {"label": "bright", "score": 1, "bbox": [4, 4, 4, 4]}])");
    m["golden"][0]["bbox_tolerance"] = 0.01;
    m["pixel_size_um"] = 2.5;
  });
  write_package(folder / "masks-yolo", tiny_model(kQuarterMasks), [](Json& m) {
    make_objects(m, "segmentation",
                 R"({"kind": "boxes_yolo", "layout": "v8", "transposed": true, "activation": "none",
                     "boxes": "pixels", "multi_label": false, "min_score": 0.25, "nms": "none", "output": 0,
                     "masks": {"output": 1, "prototypes": 2, "stride": 1, "threshold": 0.5}})");
  });
  write_package(folder / "boxes-torchvision", tiny_model(kTorchvision), [](Json& m) {
    make_objects(
        m, "segmentation",
        R"({"kind": "boxes_torchvision", "first_label": 1, "min_score": 0.25, "nms": "none",
                     "masks": {"threshold": 0.5}})");
  });
  write_package(folder / "class-map", tiny_model(kClassMap), [](Json& m) {
    make_objects(m, "segmentation",
                 R"({"kind": "mask_logits", "activation": "softmax", "pixel": "argmax", "stride": 1,
                     "resample": "nearest"})");
    m["classes"] = Json::parse(
        R"([{"name": "background", "defect": false}, {"name": "bright", "defect": true, "min_area": 2}])");
  });
  write_package(folder / "score-map", tiny_model(kScoreMap), [](Json& m) {
    make_objects(
        m, "anomaly",
        R"({"kind": "score_map", "map_output": "anomaly_map", "score_output": "pred_score", "stride": 1,
                     "threshold": 0.5, "resample": "nearest"})");
    m["classes"] =
        Json::parse(R"([{"name": "good", "defect": false}, {"name": "bright", "defect": true}])");
  });
  write_package(folder / "two-labels", tiny_model(kTwoLabels), [](Json& m) {
    m["output"] = Json::parse(R"({"kind": "sigmoid"})");
    m["classes"] =
        Json::parse(R"([{"name": "bright", "defect": true}, {"name": "dark", "defect": true}])");
  });
}

/// The mean network for OpenVINO, and packages that must be refused.
void write_openvino(const std::filesystem::path& folder) {
  write_ir_package(folder / "openvino-mean", mean_ir());
  write_ir_package(folder / "openvino-other", mean_ir(9.0F));  // not the golden score
  write_ir_package(folder / "openvino-wrong-data", mean_ir(),
                   [](Json& m) { m["weights"]["data"]["sha256"] = std::string(64, '0'); });
  write_onnx_package(folder / "onnx-mean", mean_onnx());
  write_onnx_package(
      folder / "onnx-external",
      mean_onnx(onnx_tensor("slope", {1, 2, 1, 1}, {}) +
                proto_bytes(13, proto_bytes(1, "location") + proto_bytes(2, "w.bin")) +
                proto_number(14, 1)));
}

void write_all(const std::filesystem::path& folder) {
  const std::string mean = tiny_model(kMeanModel);
  write_package(folder / "mean", mean);
  write_package(folder / "throws-on-gray", tiny_model(kThrowsOnGray));
  write_package(folder / "nan-on-gray", tiny_model(kNanOnGray));
  write_package(folder / "loops-on-gray", tiny_model(kLoopsOnGray));
  write_package(folder / "leaks-on-gray", tiny_model(kLeaksOnGray));
  write_package(folder / "writes-on-gray", tiny_model(kWritesOnGray));
  write_package(folder / "huge-on-gray", tiny_model(kHugeOnGray));
  write_package(folder / "loops-at-load", tiny_model(kLoopsAtLoad));
  write_package(folder / "writes-at-load", tiny_model(kWritesAtLoad));
  write_package(folder / "three-classes", tiny_model(kThreeClasses));
  write_package(folder / "batch-mates", tiny_model(kBatchMates));
  write_package(folder / "not-a-model", "this is no TorchScript archive");
  write_package(folder / "wrong-hash", mean,
                [](Json& m) { m["weights"]["sha256"] = std::string(64, '0'); });
  write_package(folder / "wrong-golden", mean, [](Json& m) { m["golden"][0]["score"] = 0.5; });
  write_package(folder / "unknown-key", mean, [](Json& m) { m["input"]["meen"] = 0; });
  write_package(folder / "tiles", mean, [](Json& m) {
    m["input"]["steps"] = {{{"op", "tile"}, {"width", 8}, {"height", 8}, {"overlap", 2}}};
  });
  write_package(folder / "many-steps", mean, [](Json& m) {
    Json& input = m["input"];
    input["color"] = "lab";
    input["mean"] = input["std"] = {1, 1, 1};
    input["steps"] = {{{"op", "equalize"}, {"method", "global"}, {"channels", "lightness"}},
                      {{"op", "tile"}, {"width", 8}, {"height", 8}, {"overlap", 2}},
                      {{"op", "blur"}, {"width", 3}, {"height", 3}}};
  });
  write_objects(folder);
  write_openvino(folder);
  write_package(folder / "anomaly", tiny_model(kScore), [](Json& m) {
    m["task"] = "anomaly";
    m["output"]["kind"] = "score";
    m["decision"]["review_at"] = 25;
    m["decision"]["reject_at"] = 75;
    m["golden"][0]["score"] = 100;
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_test_packages FOLDER\n");
    return 2;
  }
  write_all(argv[1]);
  return 0;
}
