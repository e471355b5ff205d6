#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace zeromiss {

/// The numbers that a set of COCO labels has for images and classes.
struct CocoIds {
  std::map<std::string, std::int64_t> images;      ///< by path, as records have it
  std::map<std::string, std::int64_t> categories;  ///< by class name
};

/// Writes DIR/predictions.coco.json from DIR/run.json and DIR/results.jsonl: a list of COCO
/// results, one entry a defect, each with `file_name` beside COCO's own keys, and `segmentation`
/// where there is a mask. pycocotools reads it with COCO.loadRes().
/// @param ids  none: images are numbered from 1 in the order of the records, classes from 1 in the
///             order of the package
/// @throws Error(output); Error(input) naming an image or class that `ids` does not have
void write_coco_results(const std::filesystem::path& folder, const CocoIds* ids);

}  // namespace zeromiss
