#pragma once

#include "support/catch.hpp"
#include "support/fake_engine.hpp"
#include "support/packages.hpp"

#include <zeromiss/base/files.hpp>
#include <zeromiss/report/results_file.hpp>
#include <zeromiss/tools/inspect.hpp>

#include <cmath>
#include <limits>
#include <map>
#include <sstream>

/// Plain gray pictures, judged on engines made of a few lines; see stability_test.cpp.
namespace zeromiss::test {

using Json = nlohmann::ordered_json;

inline const std::vector<std::string> kAllCauses{
    "batch-1",    "threads-2",   "precision-bf16", "grey-1",     "grey+1",
    "shift-left", "shift-right", "shift-up",       "shift-down", "jpeg-95"};

/// Whatever a test's engines do, by the shape they are loaded for.
using Behaviour = std::function<std::vector<Tensor>(const InputBatch&, const EngineOptions&)>;

inline std::vector<Tensor> honest(const InputBatch& batch, const EngineOptions&) {
  return mean_outputs(batch);
}

inline EngineLoader loader_of(const Behaviour& behaviour) {
  return [behaviour](std::span<const std::uint8_t>,
                     const EngineOptions& options) -> std::unique_ptr<Engine> {
    return std::make_unique<FakeEngine>(
        [behaviour, options](const InputBatch& batch) { return behaviour(batch, options); });
  };
}

struct GrayLot {
  TempFolder folder;
  InspectOptions options;

  explicit GrayLot(const std::vector<int>& grays, const ManifestEdit& edit = {}) {
    options.model = write_package(folder / "package", "weights", edit);
    options.inputs = {folder / "lot"};
    options.output = folder / "out";
    options.batch = 4;
    options.threads = 2;
    options.prove_stable = true;
    options.no_html = options.quiet = options.overwrite = true;
    for (const int gray : grays)
      write_file(folder / "lot" / (std::to_string(1000 + gray) + ".pgm"), gray_pgm(8, 8, gray));
  }
  int run(const Behaviour& behaviour = honest) const {
    std::ostringstream out;
    return inspect(options, loader_of(behaviour), out);
  }
  [[nodiscard]] std::string results() const { return read_file(options.output / kResultsFile); }
  /// By gray value.
  [[nodiscard]] std::map<int, Record> records() const {
    std::map<int, Record> all;
    for_each_record(options.output / kResultsFile, ErrorKind::input,
                    [&](const Record& record) { all[std::stoi(record.image) - 1000] = record; });
    return all;
  }
};

inline std::vector<std::string> causes_of(const Record& record) {
  std::vector<std::string> causes;
  for (const RecordFlip& flip : record.stability.value().flips) causes.push_back(flip.cause);
  return causes;
}

using Causes = std::vector<std::string>;

}  // namespace zeromiss::test
