#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace zeromiss {

/// One picture of one defect: a page of a multi-page TIFF.
struct KlarfImage {
  std::string lot, wafer;
  int slot = 0;
  std::int64_t defect = 0;    ///< DEFECTID
  std::int64_t x = 0, y = 0;  ///< XINDEX, YINDEX of its die; 0 where the file has none
  std::int64_t class_number = 0;
  std::int64_t page = 0;  ///< from 1
  std::string tiff;       ///< file name beside the KLARF file, nothing else
};

struct Klarf {
  std::vector<KlarfImage> images;  ///< in file order
  std::uint64_t defects = 0;
  std::uint64_t without_image = 0;  ///< defects that no picture shows
};

/// Reads a KLARF 1.x file (1.0 to 1.2). The columns come from its DefectRecordSpec alone; several
/// wafers and lists in one file are read; keywords in any case.
/// @param name  how errors call the text
/// @throws Error(input) naming file and line: no FileVersion 1, no EndOfFile (an incomplete
/// transfer), a row that does not fit its spec, a TIFF name that is a path, one picture twice
Klarf parse_klarf(std::string_view text, const std::string& name);

}  // namespace zeromiss
