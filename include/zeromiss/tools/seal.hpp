#pragma once

#include <zeromiss/base/progress.hpp>

#include <filesystem>
#include <ostream>
#include <vector>

namespace zeromiss {

struct SealOptions {
  std::vector<std::filesystem::path> inputs;  ///< folders and files: images and labels
  std::filesystem::path output;               ///< the seal to write
  std::filesystem::path check;                ///< or the seal to hold the files against
  bool overwrite = false;
  ProgressMode progress = ProgressMode::automatic;
  bool quiet = false, verbose = false;
};

/// `evaluate seal`: writes a seal, or checks one and prints every difference to `out`.
/// @return 0
/// @throws Error; Error(refused) when the files are not as they were sealed
int seal_set(const SealOptions& options, std::ostream& out);

}  // namespace zeromiss
