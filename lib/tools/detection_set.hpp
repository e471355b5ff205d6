#pragma once

#include <zeromiss/dataset/objects.hpp>
#include <zeromiss/metrics/detection.hpp>

#include <string>

namespace zeromiss {

/// Labels and predictions as the metrics take them: boxes around outlines, areas, and for
/// Shape::mask the masks themselves.
/// Areas are those of COCO's own tool: the labels' own where stated, else of the outline or box; a
/// detection's box where the results have boxes, else its mask.
/// `sizes` are the same areas, but that of the outline or box where 0 is stated.
/// @param truth_name, found_name  how errors call the two
/// @throws Error(input) for an outline that is no mask or not of its picture's size, and for a box
/// or an area that is beyond all pictures
DetectionSet detection_set(const ObjectTruth& truth, const FoundObjects& found, Shape shape,
                           const std::string& truth_name, const std::string& found_name);

}  // namespace zeromiss
