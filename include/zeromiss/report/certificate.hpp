#pragma once

#include <zeromiss/metrics/operating_point.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace zeromiss {

struct Evaluation;

/// `origin` of an operating point that `evaluate calibrate` chose on the images of the report.
inline constexpr const char* kCalibrationOrigin = "calibration on these images";

/// What may be said of the escapes of one kind of defect. The unit is the image with ground truth,
/// or the part where --group tells them: several images of one part are not independent, and
/// counted one by one they make the bound too good.
struct Claim {
  std::string name;                          ///< true class; empty: all defective images
  std::uint64_t defective = 0, escapes = 0;  ///< images, or parts (PartCounts)
  std::uint64_t not_judged = 0;              ///< of `defective`, in ERROR: no evidence of anything
  std::uint64_t images = 0;                  ///< defective images behind them
  std::uint64_t escaped_whole = 0;           ///< parts of which no image was stopped
  Figure upper;  ///< Clopper-Pearson, one-sided; 0 of n: 1 - (1 - confidence)^(1/n)
  /// Defective images still needed, all of them caught, to show an escape rate of at most 1 % and
  /// 0.1 %; 0 where it is shown.
  std::uint64_t more_for_1_percent = 0, more_for_0_1_percent = 0;
};

struct Certificate {
  double confidence = 0.95;
  /// The limit was chosen on these very images, so that 0 escapes is true by construction; the
  /// bound then holds only as the tolerance bound of one rule fixed beforehand (Wilks 1941).
  bool limit_from_same_images = false;
  std::optional<std::uint64_t> groups;  ///< all parts, good ones too; none: images are counted
  Claim overall;
  std::vector<Claim> classes;  ///< one a defect class, also those without images
};

/// Precondition: evaluation.operating_point.
Certificate certificate_of(const Evaluation& evaluation);

/// Lines for the terminal.
std::string certificate_text(const Certificate& certificate);

}  // namespace zeromiss
