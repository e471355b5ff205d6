#pragma once

#include <zeromiss/image/draw.hpp>
#include <zeromiss/report/record.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace zeromiss {

/// What is drawn for a record's defects, at most the first hundred.
/// @param colors    a number for each class
/// @param contours  with the outlines of masks
std::vector<Mark> marks_of(const Record& record, const std::map<std::string, std::size_t>& colors,
                           bool contours);

/// The same boxes on a smaller or larger copy of the picture.
void scale_marks(std::vector<Mark>& marks, double across, double down);

/// The classes of DIR/run.json by name, numbered in the package's order.
std::map<std::string, std::size_t> class_places(const std::filesystem::path& folder);

}  // namespace zeromiss
