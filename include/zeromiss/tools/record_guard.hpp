#pragma once

#include <zeromiss/dataset/listing.hpp>
#include <zeromiss/model/prepare.hpp>

#include <filesystem>
#include <ostream>
#include <vector>

namespace zeromiss {

/// Everything `inspect guard` can be told; the same names as its options (apps/README.md).
struct GuardOptions {
  std::filesystem::path model, output;
  std::vector<std::filesystem::path> inputs;
  double margin = 0.1;
  int threads = 0;  ///< 0: every CPU this process may use
  PrepareOptions prepare;
  ListOptions listing;
};

/// Copies a package to a new folder and records in it what the pictures of `inputs` look like, so
/// that inspect holds others for review.
/// @return 0
/// @throws Error(input) for the package, or for a picture that cannot be decoded (a guard from a
/// part of the calibration images would be another one), Error(output) when the folder exists
int record_guard(const GuardOptions& options, std::ostream& out);

}  // namespace zeromiss
