#pragma once

#include <zeromiss/base/progress.hpp>
#include <zeromiss/dataset/listing.hpp>
#include <zeromiss/model/engine.hpp>
#include <zeromiss/model/prepare.hpp>
#include <zeromiss/tools/result_pictures.hpp>
#include <zeromiss/tools/roll_up.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <vector>

namespace zeromiss {

enum class FailOn { none, review, reject };

/// Everything `inspect` can be told; the same names as its options (apps/README.md).
struct InspectOptions {
  std::filesystem::path model;
  std::vector<std::filesystem::path> inputs;
  std::string files_from;  ///< a file, "-" for stdin, or empty
  bool nul_separated = false;
  std::filesystem::path hash_list;  ///< what every image's SHA-256 must be; empty: not checked
  std::filesystem::path output;

  std::string device = "auto";
  int batch = 8;    ///< images a forward pass; 0: find the fastest before the first image
  int threads = 0;  ///< 0: every CPU this process may use
  std::optional<double> review_at, reject_at;  ///< instead of the package's
  Precision precision = Precision::fp32;       ///< must be that of the package's limits, unless:
  bool for_calibration = false;                ///< scores to set limits on; no image passes

  bool prove_stable = false;  ///< judge pictures near a limit again, in other ways
  /// How many times smaller or larger odds may be "near a limit" (see apps/README.md); > 1.
  std::optional<double> stability_band;

  bool isolate = false;  ///< the model runs in child processes (isolation.hpp)
  /// Seconds that an image may take in its child; a batch has as many times that.
  std::optional<double> image_timeout;
  /// Seconds that loading the model, and a batch of its self-test, may take in a child.
  std::optional<double> load_timeout;
  std::filesystem::path engine_child = "/proc/self/exe";  ///< program of the children
  std::optional<std::string>
      model_sha256;  ///< what the SHA-256 of model.json must be; empty: not checked
  std::optional<std::filesystem::path>
      model_key;  ///< PEM; model.json must be signed with it; empty: not checked

  std::string shard;  ///< "i/n": that part of the list (shard.hpp); "auto": ask the scheduler

  PrepareOptions prepare;
  ListOptions listing;
  bool overwrite = false, resume = false, verify = false, dry_run = false;
  bool no_html = false, csv_bom = false, no_masks = false;
  SaveOverlay save_overlay = SaveOverlay::none;
  std::filesystem::path coco_ids;  ///< COCO labels whose numbers predictions.coco.json gets
  RollUpOptions roll_up;           ///< parts and wafers
  FailOn fail_on = FailOn::none;
  ProgressMode progress = ProgressMode::automatic;
  bool quiet = false, verbose = false;
};

/// Inspects every listed image and writes the output folder of DESIGN §3.3.
/// @param load  makes the engine (zeromiss::load_engine, or a fake one in tests)
/// @param out   results for people, a few lines; messages go to stderr
/// @return 0, 1 (--fail-on), 4 (some images are ERROR), or 128 + signal when stopped
/// @throws Error for everything that keeps the run from being complete
int inspect(const InspectOptions& options, const EngineLoader& load, std::ostream& out);

}  // namespace zeromiss
