#pragma once

#include <zeromiss/metrics/operating_point.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace zeromiss {

struct Evaluation;

/// What may be said of the escapes of one kind of defect. The unit is the image with ground truth:
/// several images of one part are not independent, and the bound is then too good.
struct Claim {
  std::string name;  ///< true class; empty: all defective images
  std::uint64_t defective = 0, escapes = 0;
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
  Claim overall;
  std::vector<Claim> classes;  ///< one a defect class, also those without images
};

/// Precondition: evaluation.operating_point.
Certificate certificate_of(const Evaluation& evaluation);

/// Lines for the terminal.
std::string certificate_text(const Certificate& certificate);

}  // namespace zeromiss
