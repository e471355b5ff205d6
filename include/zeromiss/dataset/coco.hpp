#pragma once

#include <zeromiss/dataset/objects.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace zeromiss {

/// COCO's labels: {"images": […], "annotations": […], "categories": […]}.
/// Duplicate ids, ids of nothing, negative sides and wrong types are refused; ids may have gaps and
/// begin anywhere; a missing `iscrowd` is 0; `ignore` has no meaning, as in COCO's own tool.
/// @throws Error(input) naming file and place
ObjectTruth read_coco_truth(const std::filesystem::path& file);
/// @param name  how errors call the text
ObjectTruth parse_coco_truth(std::string_view text, const std::string& name);

/// COCO's results: [{"image_id", "category_id", "score", "bbox" and/or "segmentation"}, …]. An
/// empty list is "nothing found".
/// @throws Error(input) naming file, entry and key; also for images and categories that the labels
/// do not have
FoundObjects read_coco_results(const std::filesystem::path& file, const ObjectTruth& truth);
FoundObjects parse_coco_results(std::string_view text, const std::string& name,
                                const ObjectTruth& truth);

/// The same without the quick way that most texts take; slower, with the last word on every doubt.
FoundObjects parse_coco_results_strictly(std::string_view text, const std::string& name,
                                         const ObjectTruth& truth);

/// Whether a file begins like labels ('{') or results ('['), whatever its name.
bool looks_like_coco_truth(const std::filesystem::path& file);
bool looks_like_coco_results(const std::filesystem::path& file);

}  // namespace zeromiss
