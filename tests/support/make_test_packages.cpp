// Writes the model packages of the command-line cases: make_test_packages FOLDER
#include "support/packages.hpp"
#include "support/tiny_models.hpp"

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
