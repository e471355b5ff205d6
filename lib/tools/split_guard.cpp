#include "split_guard.hpp"

#include "calibration.hpp"
#include "score_messages.hpp"

#include <zeromiss/base/text.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace zeromiss {
namespace {

constexpr std::size_t kNamesShown = 3;

/// A limit belongs to the scores of one model at one precision. What one of both does not say is
/// not held against it.
void require_same_scores(const EarlierCalibration& calibration, const RunModel& run) {
  const auto require = [](const char* what, const std::string& chosen, const std::string& scored) {
    if (chosen.empty() || scored.empty() || chosen == scored) return;
    throw Error(ErrorKind::input,
                fmt::format("--calibration chose its limit on other scores than --predictions "
                            "holds: {} {} there, {} here; calibrate on a run of the same model "
                            "and precision",
                            what, printable(chosen), printable(scored)));
  };
  require("the weights' SHA-256 is", calibration.model_sha256, run.sha256);
  require("the precision is", calibration.precision, run.precision);
}

}  // namespace

SplitGuard::SplitGuard(const ScoreOptions& options, const std::filesystem::path& folder,
                       const std::optional<CalibrationImages>& expected) {
  if (!expected || options.zero_miss) return;
  chosen_ =
      ImageHashes::read(folder / kCalibrationImagesFile, expected->sha256, ErrorKind::refused);
}

void SplitGuard::see(const std::optional<Digest>& sha256, const std::string& image) {
  if (!chosen_ || !sha256 || !chosen_->contains(*sha256)) return;
  if (++shared_ <= kNamesShown) first_.push_back(printable(image));
}

void SplitGuard::finish() const {
  if (shared_ == 0) return;
  throw Error(
      ErrorKind::refused,
      fmt::format("{} of the labelled images chose the limit (same SHA-256: {}{}): what it "
                  "misses among them says nothing; score images that did not take part in "
                  "the calibration (--zero-miss looks at the calibration images themselves)",
                  shared_, fmt::join(first_, ", "), shared_ > kNamesShown ? ", ..." : ""));
}

void refuse_calibration_images(const ScoreOptions& options, const PredictedRun& run,
                               const Matched& matched, const GroundTruth& truth) {
  const auto refuse = [&](const std::filesystem::path& folder,
                          const std::optional<CalibrationImages>& chosen) {
    SplitGuard guard(options, folder, chosen);
    for (std::size_t i = 0; i < matched.sha256s.size(); ++i)
      guard.see(matched.sha256s[i], truth.images[i].image);
    guard.finish();
  };
  refuse(run.results.parent_path(), run.calibration);
  if (options.calibration.empty()) return;
  const auto calibration = read_calibration(options.calibration);
  require_same_scores(calibration, run.model);
  refuse(options.calibration, calibration.images);
  const bool known =
      calibration.images && std::any_of(matched.sha256s.begin(), matched.sha256s.end(),
                                        [](const auto& sha256) { return sha256.has_value(); });
  if (!known)
    note(options,
         "--calibration or --predictions hold no SHA-256 of the images: make sure that none of "
         "these chose the limit");
}

}  // namespace zeromiss
