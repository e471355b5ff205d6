#pragma once

#include "support/temp_folder.hpp"

#include <zeromiss/base/hash.hpp>

#include <nlohmann/json.hpp>

#include <cmath>
#include <filesystem>
#include <functional>
#include <string>

namespace zeromiss::test {

/// A plain gray picture as binary PGM: the one format that can be written in a line.
inline std::string gray_pgm(int width, int height, int value) {
  std::string text = "P5\n" + std::to_string(width) + " " + std::to_string(height) + "\n255\n";
  return text.append(static_cast<std::size_t>(width * height), static_cast<char>(value));
}

/// Network of the tests: logits (0, 10 (m - 1/2)) for a picture of mean brightness m in [0, 1]. So
/// a plain picture of gray value v has P(bright) = 1 / (1 + exp(-10 (v/255 - 1/2))).
inline constexpr const char* kMeanModel = R"(
def forward(self, x):
    bright = (x.mean(dim=[1, 2, 3]) - 0.5) * 10.0
    return torch.stack([torch.zeros_like(bright), bright], 1)
)";
inline double bright_probability(int gray) {
  return 1.0 / (1.0 + std::exp(-10.0 * (gray / 255.0 - 0.5)));
}

/// model.json of a package around kMeanModel; `bright` is the defect.
inline nlohmann::ordered_json mean_manifest(const std::string& weights) {
  return nlohmann::ordered_json::parse(R"({
    "schema": "zeromiss-model/1", "name": "mean", "version": "1.0.0", "license": "Apache-2.0",
    "task": "classification",
    "weights": {"file": "model.pt", "format": "torchscript", "sha256": ")" +
                                       sha256_hex(std::string_view(weights)) + R"("},
    "input": {"color": "gray",
              "steps": [{"op": "resize", "width": 4, "height": 4, "filter": "bilinear", "antialias": true}],
              "scale": 0.00392156862745098, "mean": [0], "std": [1]},
    "output": {"kind": "logits"},
    "classes": [{"name": "dark", "defect": false}, {"name": "bright", "defect": true}],
    "decision": {"review_at": 0.25, "reject_at": 0.75, "origin": {}},
    "golden": [{"image": "golden/white.pgm", "score": 0.9933071490757153, "label": "bright", "tolerance": 0.0001}]
  })");
}

using ManifestEdit = std::function<void(nlohmann::ordered_json&)>;

/// Writes a complete package around `weights`; `edit` changes its manifest first.
inline std::filesystem::path write_package(const std::filesystem::path& folder,
                                           const std::string& weights,
                                           const ManifestEdit& edit = {}) {
  nlohmann::ordered_json manifest = mean_manifest(weights);
  if (edit) edit(manifest);
  write_file(folder / "model.pt", weights);
  write_file(folder / "golden/white.pgm", gray_pgm(8, 8, 255));
  write_file(folder / "model.json", manifest.dump(1));
  return folder;
}

}  // namespace zeromiss::test
