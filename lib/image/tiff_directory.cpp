#include "tiff_directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace zeromiss::codec {

namespace {

constexpr std::uint16_t kOrientation = 274;
constexpr std::uint16_t kStripOffsets = 273;
constexpr std::uint16_t kStripByteCounts = 279;
constexpr std::uint16_t kTileOffsets = 324;
constexpr std::uint16_t kTileByteCounts = 325;
constexpr std::uint64_t kMostPages = 65'536;

std::uint64_t type_size(std::uint16_t type) {
  switch (type) {
    case 1:
    case 2:
    case 6:
    case 7:
      return 1;
    case 3:
    case 8:
      return 2;
    case 4:
    case 9:
    case 11:
    case 13:
      return 4;
    case 5:
    case 10:
    case 12:
    case 16:
    case 17:
    case 18:
      return 8;
    default:
      return 0;
  }
}

const TiffEntry* find(const std::vector<TiffEntry>& entries, std::uint16_t tag) {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [tag](const TiffEntry& entry) { return entry.tag == tag; });
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace

TiffReader::TiffReader(Bytes bytes) : bytes_(bytes) {
  const Bytes head = take(bytes, 0, 4, "TIFF header");
  big_endian_ = head[0] == 'M';
  if (head[0] != head[1] || (head[0] != 'I' && head[0] != 'M')) {
    throw corrupt("a TIFF structure starts with neither II nor MM");
  }
  const auto version = number(2, 2);
  if (version != 42 && version != 43) throw corrupt(fmt::format("TIFF version {}", version));
  big_tiff_ = version == 43;
  if (big_tiff_ && (number(4, 2) != 8 || number(6, 2) != 0)) throw corrupt("BigTIFF header");
  first_ = number(big_tiff_ ? 8 : 4, offset_size());
}

std::uint64_t TiffReader::number(std::uint64_t at, unsigned size) const {
  const Bytes part = take(bytes_, at, size, "TIFF directory");
  std::uint64_t result = 0;
  for (unsigned i = 0; i < size; ++i) {
    result = result << 8U | part[big_endian_ ? i : size - 1 - i];
  }
  return result;
}

std::uint64_t TiffReader::entries(std::uint64_t at) const { return number(at, big_tiff_ ? 8 : 2); }

std::vector<TiffEntry> TiffReader::directory(std::uint64_t at) const {
  const std::uint64_t count = entries(at);
  const std::uint64_t head = big_tiff_ ? 8 : 2;
  const std::uint64_t size = big_tiff_ ? 20 : 12;
  if (count > bytes_.size() / size) throw truncated("the file ends within its TIFF directory");
  std::vector<TiffEntry> result;
  result.reserve(static_cast<std::size_t>(count));
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t start = at + head + i * size;
    TiffEntry entry{static_cast<std::uint16_t>(number(start, 2)),
                    static_cast<std::uint16_t>(number(start + 2, 2)),
                    number(start + 4, offset_size()), start + 4 + offset_size()};
    if (entry.count > bytes_.size() && type_size(entry.type) != 0) {
      throw truncated(fmt::format("TIFF tag {} claims {} values", entry.tag, entry.count));
    }
    if (value_bytes(entry) > offset_size()) entry.at = number(entry.at, offset_size());
    result.push_back(entry);
  }
  return result;
}

std::uint64_t TiffReader::next_directory(std::uint64_t at) const {
  const std::uint64_t count = entries(at);
  return number(at + (big_tiff_ ? 8 + count * 20 : 2 + count * 12), offset_size());
}

std::uint64_t TiffReader::value_bytes(const TiffEntry& entry) {
  return type_size(entry.type) * entry.count;
}

std::uint64_t TiffReader::value(const TiffEntry& entry, std::uint64_t index) const {
  // Signed types too: some cameras use them, and a negative value is out of any range here.
  const auto type = entry.type;
  const bool whole = type == 1 || type == 3 || type == 4 || type == 8 || type == 9 || type == 16;
  if (!whole || index >= entry.count) {
    throw corrupt(
        fmt::format("TIFF tag {} has type {} and {} values", entry.tag, entry.type, entry.count));
  }
  const auto size = type_size(entry.type);
  return number(entry.at + index * size, static_cast<unsigned>(size));
}

namespace {

/// Total size of the page's strips or tiles, each checked to lie within the file.
std::uint64_t check_data(const TiffReader& reader, Bytes bytes,
                         const std::vector<TiffEntry>& page) {
  const bool tiled = find(page, kTileOffsets) != nullptr;
  const TiffEntry* offsets = find(page, tiled ? kTileOffsets : kStripOffsets);
  const TiffEntry* counts = find(page, tiled ? kTileByteCounts : kStripByteCounts);
  if (offsets == nullptr || counts == nullptr || offsets->count != counts->count) {
    throw corrupt("the TIFF's strips or tiles have no complete list of offsets and sizes");
  }
  std::uint64_t total = 0;
  for (std::uint64_t i = 0; i < offsets->count; ++i) {
    total +=
        take(bytes, reader.value(*offsets, i), reader.value(*counts, i), "strip or tile").size();
  }
  return total;
}

}  // namespace

TiffSurvey survey_tiff(Bytes bytes) {
  const TiffReader reader(bytes);
  TiffSurvey survey;
  std::set<std::uint64_t> seen;
  for (std::uint64_t at = reader.first_directory(); at != 0; at = reader.next_directory(at)) {
    if (!seen.insert(at).second) throw corrupt("the TIFF's pages form a loop");
    if (++survey.pages > kMostPages) throw corrupt("the TIFF has more than 65536 pages");
    const auto page = reader.directory(at);
    for (const TiffEntry& entry : page) {
      const std::uint64_t size = TiffReader::value_bytes(entry);
      if (size != 0) take(bytes, entry.at, size, "TIFF values");
    }
    const std::uint64_t data_bytes = check_data(reader, bytes, page);
    if (survey.pages == 1) survey.data_bytes = data_bytes;
  }
  if (survey.pages == 0) throw corrupt("the TIFF holds no page");
  return survey;
}

int exif_orientation(Bytes exif) {
  const TiffReader reader(exif);
  if (reader.first_directory() == 0) return 1;
  const auto entries = reader.directory(reader.first_directory());
  const TiffEntry* found = find(entries, kOrientation);
  return found == nullptr ? 1 : static_cast<int>(reader.value(*found, 0) & 0xFFFFU);
}

}  // namespace zeromiss::codec
