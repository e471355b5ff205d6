#pragma once

#include <filesystem>
#include <ostream>

namespace zeromiss {

/// Everything `inspect klarf` can be told; the same names as its options (apps/README.md).
struct UnpackKlarfOptions {
  std::filesystem::path klarf;   ///< the KLARF 1.x file; its TIFFs are beside it
  std::filesystem::path output;  ///< new folder
};

/// Turns the defect pictures of a KLARF file into files that `inspect` can take: one TIFF of one
/// page for each, LOT_WAFER/DEFECT_PAGE.tif, images.txt for --files-from, and defects.csv, which
/// says whose picture each file is. A picture that is not there stays in images.txt, so that it
/// becomes an ERROR record.
/// @return 0, or 4 when a picture is not there or a defect has none
/// @throws Error
int unpack_klarf(const UnpackKlarfOptions& options, std::ostream& out);

}  // namespace zeromiss
