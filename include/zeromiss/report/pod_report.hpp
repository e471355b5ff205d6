#pragma once

#include <zeromiss/metrics/pod_study.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace zeromiss {

/// One defect of known size, and whether it was found.
struct PodRow {
  std::uint32_t image = 0;
  std::uint32_t label = 0;  ///< index into PodReport::classes
  PodTarget target;
};

/// "The smallest defect that is still found", from one evaluation.
struct PodReport {
  std::string target;  ///< what is found or missed: "image", "object" or "region"
  std::string source;  ///< of the sizes: "column NAME", "labels" or "masks"
  /// What counts as found: "flagged" (image), "coco_iou_0.5" (object) or "overlap" (region).
  std::string hit;
  std::optional<double> pixel_size_um;  ///< none: sizes are in pixels; else in square micrometres
  std::uint64_t without_size = 0;  ///< defects that take no part because their size is not known
  /// Of the missed objects, those in images that pass: the part escapes. Objects only.
  std::optional<std::uint64_t> missed_in_passed_images;
  std::vector<std::string> classes;
  std::vector<PodRow> rows;  ///< by size
  PodStudy study;
  /// The bytes of an image's name; valid while the labels live.
  std::function<std::string(std::size_t)> image_name;
};

/// "px" or "um2".
const char* size_unit(const PodReport& report);

/// pod.csv: image,label,size,found; enough to fit the curve again elsewhere.
std::string pod_csv(const PodReport& report);
/// Lines for the terminal, and for Markdown one row of a table.
std::string pod_text(const PodReport& report);

/// Why a figure has no value, as a sentence without its end.
std::string pod_reason_text(const PodReport& report, const std::string& reason);

}  // namespace zeromiss
