#pragma once
// The directories (IFDs) of a TIFF file or EXIF block, read with every offset checked.

#include "codec.hpp"

#include <vector>

namespace zeromiss::codec {

struct TiffEntry {
  std::uint16_t tag = 0;
  std::uint16_t type = 0;
  std::uint64_t count = 0;
  std::uint64_t at = 0;  ///< where its values are, in the file
};

class TiffReader {
 public:
  /// @throws ItemError image.corrupt, image.truncated
  explicit TiffReader(Bytes bytes);

  [[nodiscard]] std::uint64_t first_directory() const { return first_; }
  [[nodiscard]] std::vector<TiffEntry> directory(std::uint64_t at) const;
  /// Offset of the directory behind the one at `at`; 0 at the last.
  [[nodiscard]] std::uint64_t next_directory(std::uint64_t at) const;
  /// Bytes that the entry's values occupy; 0 for a type unknown to TIFF 6 and BigTIFF.
  [[nodiscard]] static std::uint64_t value_bytes(const TiffEntry& entry);
  /// A whole number: BYTE, SHORT, LONG, LONG8, or the bits of an SSHORT or SLONG.
  [[nodiscard]] std::uint64_t value(const TiffEntry& entry, std::uint64_t index) const;

 private:
  [[nodiscard]] std::uint64_t number(std::uint64_t at, unsigned size) const;
  [[nodiscard]] unsigned offset_size() const { return big_tiff_ ? 8 : 4; }
  [[nodiscard]] std::uint64_t entries(std::uint64_t at) const;

  Bytes bytes_;
  bool big_endian_ = false;
  bool big_tiff_ = false;
  std::uint64_t first_ = 0;
};

/// What a walk over the whole file says, before libtiff sees it.
struct TiffSurvey {
  std::uint64_t pages = 0;
  std::uint64_t data_bytes = 0;  ///< strips or tiles of the first page
};

/// Follows every page and checks that all values, strips and tiles lie within the file.
/// @throws ItemError image.truncated, image.corrupt
TiffSurvey survey_tiff(Bytes bytes);

/// The orientation of an EXIF block's first directory; 1 when it says none.
int exif_orientation(Bytes exif);

}  // namespace zeromiss::codec
