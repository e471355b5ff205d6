#pragma once

#include <filesystem>
#include <ostream>
#include <vector>

namespace zeromiss {

/// Files of a `spec` output folder; spec.json is written last.
inline constexpr const char* kSpecFile = "spec.json";

/// Everything `benchmark spec` can be told; the same names as its options (apps/README.md).
struct SpecOptions {
  std::filesystem::path benchmark;          ///< benchmark.json or its folder; empty: not measured
  std::filesystem::path metrics;            ///< metrics.json or its folder; empty: not measured
  std::vector<std::filesystem::path> runs;  ///< output folders of inspect; two or more: repeats
  std::filesystem::path model;              ///< package; empty: the files must agree among
                                            ///< themselves only
  std::filesystem::path output;             ///< empty: only printed
  bool overwrite = false;
};

/// `benchmark spec`: the specification sheet, every figure of it from these files. Writes spec.json
/// (zeromiss-spec/1), spec.md, spec.ko.md and report.html into options.output, and the English
/// sheet as Markdown to `out`.
/// @return 0
/// @throws Error; Error(refused) naming two files and two values when they are not of one model,
/// one version of the tools, one set of settings and images, when one is older than the package, or
/// when the benchmark is not VALID
int spec(const SpecOptions& options, std::ostream& out);

}  // namespace zeromiss
