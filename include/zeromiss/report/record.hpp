#pragma once

#include <zeromiss/base/box.hpp>
#include <zeromiss/base/json.hpp>
#include <zeromiss/model/verdict.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zeromiss {

/// What a record says of a failed image.
struct RecordError {
  std::string code, message;
};

/// COCO's compressed run lengths; they always add up.
struct RecordMask {
  std::uint32_t height = 0, width = 0;  ///< those of the picture
  std::string counts;
};

/// Sides of a defect's box in micrometres, and its area in square micrometres.
struct PhysicalSize {
  double width_um = 0, height_um = 0, area_um2 = 0;
};

/// One found defect, in pixels of the decoded picture.
struct RecordDefect {
  std::string label;
  double score = 0;
  Box box;
  double area = 0;
  std::optional<RecordMask> mask;
  std::optional<PhysicalSize> size;  ///< when the package knows the size of a pixel
};

/// Another verdict than the picture's own, and what gave it.
struct RecordFlip {
  std::string cause;            ///< "batch-1", "threads-2", "grey+1", … (apps/README.md)
  VerdictKind verdict;          ///< ERROR: it could not be judged that way
  std::optional<double> score;  ///< none with ERROR
};

/// What became of a picture near a limit when it was judged again (inspect --prove-stable).
struct RecordStability {
  VerdictKind verdict;  ///< its own; the record's is REVIEW as soon as there is a flip
  int runs = 0;         ///< how often it was judged again
  std::vector<RecordFlip> flips;
};

/// How the reason of a run begins that has no limits yet; every other one is of the package's
/// guard.
inline constexpr std::string_view kForCalibration = "made with --for-calibration";
inline bool is_of_guard(std::string_view reason) { return !reason.starts_with(kForCalibration); }

/// One line of results.jsonl (DESIGN §3.3): everything that is known of one image. Holds nothing
/// that depends on time, host or threads.
struct Record {
  std::string image;      ///< path relative to the input, '/', UTF-8
  std::string image_hex;  ///< the path's bytes in hex where they are not UTF-8, else empty
  std::optional<std::uint64_t> bytes;  ///< none when the file could not be read
  std::optional<std::string> sha256;   ///< of the file's bytes
  std::optional<int> width, height;    ///< of the decoded picture
  bool first_frame_only = false;       ///< written as "frames": "first"
  VerdictKind verdict = VerdictKind::error;
  std::optional<double> score;
  std::optional<std::string> label;
  std::vector<double> probabilities;  ///< classification only
  /// Detection, segmentation, and anomaly maps: what was found, highest score first.
  std::optional<std::vector<RecordDefect>> defects;
  /// What is outside the package's guard (zeromiss/model/guard.hpp); such a picture never passes.
  std::vector<std::string> reasons;
  std::optional<RecordStability> stability;  ///< only of a picture near a limit
  std::optional<RecordError> error;          ///< exactly when verdict is ERROR
};

/// The path's own bytes, as the file system has them.
std::string image_bytes(const Record& record);

/// The record as one line of JSON, without the line end.
std::string record_line(const Record& record);

/// Reads one line back. @throws Error(kind of the document) when it is not a record
Record parse_record(const JsonNode& line);

/// The same from the line's text, many times faster: the way to read a million of them.
/// @param number  of the line, from 1; errors begin with "FILE:NUMBER: "
Record parse_record(std::string_view line, const std::string& file, std::uint64_t number,
                    ErrorKind kind);

}  // namespace zeromiss
