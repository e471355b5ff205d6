#pragma once

#include <zeromiss/tools/score.hpp>

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

namespace zeromiss {

/// Files of an `evaluate audit` output folder. audit.json is written last: it stands for the rest.
inline constexpr const char* kAuditFile = "audit.json";
inline constexpr const char* kDuplicatesFile = "duplicates.csv";
inline constexpr const char* kLeaksFile = "leaks.csv";
inline constexpr const char* kLeakedFile = "leaked.txt";
inline constexpr const char* kOddFile = "odd_images.csv";
inline constexpr const char* kDoubtsFile = "label_doubts.csv";

/// Everything `evaluate audit` can be told; the same names as its options (apps/README.md).
struct AuditOptions {
  std::vector<std::filesystem::path> sets;  ///< one a split, or one that holds them
  std::string source_pattern;               ///< empty: sources are not known
  bool no_crops = false;
  int threads = 0;  ///< 0: every CPU this process may use
  /// Predictions of the last split (predictions, positive, good, threshold), output, messages;
  /// gt_format: "auto" or "none".
  ScoreOptions input;
};

/// Looks for what makes a labelled set say more than it can: images in two splits, labels that
/// contradict each other, uneven splits, images that stand out. Writes the files above into the
/// output folder, if there is one, and a page for people to `out`.
/// @return 7 when images are in two splits, else 4 when some cannot be read, else 0; 128 + signal
/// when stopped. @throws Error
int audit(const AuditOptions& options, std::ostream& out);

}  // namespace zeromiss
