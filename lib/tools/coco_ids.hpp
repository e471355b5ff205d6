#pragma once

#include <zeromiss/dataset/listing.hpp>
#include <zeromiss/report/coco_results.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace zeromiss {

/// Numbers of images (by `file_name`) and categories of COCO labels; none for an empty path.
/// @throws Error(input) for a file that has none, or an image or category twice
std::optional<CocoIds> read_coco_ids(const std::filesystem::path& file);

/// Before anything is inspected: every image and every class has a number.
/// @throws Error(input) naming the first that has none
void require_ids(const CocoIds& ids, const PathList& images,
                 const std::vector<std::string>& classes);

}  // namespace zeromiss
