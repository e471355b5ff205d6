#pragma once

#include <zeromiss/tools/score.hpp>

#include <optional>
#include <ostream>
#include <string>

namespace zeromiss {

inline constexpr const char* kCalibrationFile = "calibration.json";

struct CalibrateOptions {
  ScoreOptions input;                    ///< what to read, where to write, confidence, messages
  std::string margin = "leave-one-out";  ///< none, leave-one-out, or "10%"
  std::optional<double> target_miss;     ///< instead of a margin
};

/// Chooses the limit from labelled predictions, writes calibration.json (DESIGN §3.4) into the
/// output folder and says to `out` what the limit costs. review_at = reject_at.
/// @return 0. @throws Error; evidence (8) without enough defective images
int calibrate(const CalibrateOptions& options, std::ostream& out);

}  // namespace zeromiss
