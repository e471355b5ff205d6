#pragma once

#include <zeromiss/tools/score.hpp>

#include <filesystem>
#include <optional>
#include <ostream>
#include <string>

namespace zeromiss {

inline constexpr const char* kCalibrationFile = "calibration.json";

/// Whether the new package gets a guard: what the calibration images look like (model/guard.hpp).
enum class CalibrationGuard {
  automatic,  ///< where all of them can be found and read; a message says when not
  yes,        ///< or it is an error
  no          ///< the package's own, if it has one, stays
};

struct CalibrateOptions {
  ScoreOptions input;                    ///< what to read, where to write, confidence, messages
  std::string margin = "leave-one-out";  ///< none, leave-one-out, bootstrap, or "10%"
  std::optional<double> target_miss;     ///< instead of a margin
  /// Share of the good images that may be rejected without a look: reject_at moves up to it, and
  /// what lies between is for a person. None: reject_at = review_at.
  std::optional<double> review_band;
  std::filesystem::path model;  ///< package that made the predictions; empty: write no package
  std::string package_version;  ///< of the new package; empty: the old one's last number + 1
  CalibrationGuard guard = CalibrationGuard::automatic;
  double guard_margin = 0.1;  ///< share of each range's span that is added on either side
  std::string date;           ///< YYYY-MM-DD, for the origin; no clock is read
};

/// Chooses the limits from labelled predictions, writes calibration.json (DESIGN §3.4) and
/// report.html into the output folder, with `model` a new package too, and says to `out` what the
/// limits cost.
/// @return 0. @throws Error; evidence (8) without enough defective images, input (3) when the
/// predictions are not those of `model`
int calibrate(const CalibrateOptions& options, std::ostream& out);

}  // namespace zeromiss
