#pragma once

#include <zeromiss/base/progress.hpp>
#include <zeromiss/model/engine.hpp>

#include <filesystem>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace zeromiss {

inline constexpr const char* kChooseFile = "choose.json";

/// Everything `benchmark choose` can be told; the same names as its options (apps/README.md).
struct ChooseOptions {
  std::vector<std::filesystem::path> packages;
  std::vector<std::filesystem::path> inputs;  ///< the images of the labelled set
  std::filesystem::path ground_truth;         ///< labels; empty: the one folder of `inputs`
  std::string gt_format = "auto";
  std::vector<std::string> positive;  ///< true classes that are defects
  std::string good;                   ///< or: the one that is not; both empty: each model's own
  bool allow_unlabelled = false;
  double confidence = 0.95;

  double target_fps = 1;                            ///< images/s, end to end
  std::optional<double> max_ram_mib, max_vram_mib;  ///< none: any
  std::vector<std::string> licenses;                ///< allowed ones; empty: any

  std::string device = "auto";
  int batch = 8;        ///< images a forward pass
  int threads = 0;      ///< 0: every CPU this process may use
  double seconds = 10;  ///< length of each end-to-end measurement

  std::filesystem::path output;  ///< empty: only the page for the terminal
  bool overwrite = false;
  ProgressMode progress = ProgressMode::automatic;
  bool quiet = false;
};

/// What is measured of one package, in a process of its own.
enum class Measurement {
  inspection,  ///< FOLDER/run: the output of inspect; FOLDER/memory.json: its peak memory
  speed        ///< FOLDER/speed: the output of benchmark
};

/// One package to measure.
struct PackageOrder {
  Measurement what = Measurement::inspection;
  std::filesystem::path package, folder;
  std::vector<std::filesystem::path> inputs;
  std::string device = "auto";
  int batch = 8, threads = 0;
  double seconds = 10, target_fps = 1;
};

/// How such a process ended. What it leaves in its folder counts only with one of the exit codes
/// that mean "done".
struct MeasurementEnd {
  int exit_code = 0;    ///< 128 + signal for one that was killed
  std::string message;  ///< its last line on stderr, or what ended it
};
using Measurer = std::function<MeasurementEnd(const PackageOrder&)>;

/// Runs measure_package() in a child: this program again, with the arguments of `words`. So no
/// package's peak memory, leaks or crash touch another one's. A stop signal is handed on.
Measurer measure_in_child(
    const std::function<std::vector<std::string>(const PackageOrder&)>& words);

/// The work of the child. @return the exit code. @throws Error
int measure_package(const PackageOrder& order, const EngineLoader& load);

/// `benchmark choose`: inspects the labelled set with every package, measures speed and peak
/// memory, and names the most accurate one without an escape that meets all rules, and why each
/// other one lost. Writes choose.json (zeromiss-choose/1), report.html and the measurements
/// (packages/N/) into options.output and a page for people to `out`.
/// @return 0; 4 when images were ERROR with the chosen package; without one: 1, or 8 when evidence
/// or a valid measurement is all that a package lacks
/// @throws Error for what keeps the question from being asked; a package that cannot be used loses
int choose(const ChooseOptions& options, const Measurer& measure, std::ostream& out);

}  // namespace zeromiss
