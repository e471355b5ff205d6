#pragma once

#include <zeromiss/tools/score.hpp>

#include <filesystem>
#include <ostream>

namespace zeromiss {

/// Files of a `compare` output folder; compare.json is written last.
inline constexpr const char* kCompareFile = "compare.json";
inline constexpr const char* kFlipsFile = "flips.csv";

struct CompareOptions {
  /// Output folders of evaluate; or predictions, which are then scored with `input`.
  std::filesystem::path a, b;
  /// Labels, formats, operating point, output; its predictions stay empty.
  ScoreOptions input;
};

/// `evaluate compare`: what changed from A to B, image by image. Writes compare.json and flips.csv
/// into options.input.output, if there is one, and a page for people to `out`.
/// @return 1 when an image escapes in B that does not in A; else 4 when images of B are ERROR; else
/// 0
/// @throws Error; Error(refused) for another test set, other labels, another task
int compare(const CompareOptions& options, std::ostream& out);

}  // namespace zeromiss
