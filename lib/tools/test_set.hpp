#pragma once
// One number for a labelled set: equal for the same images with the same labels.

#include <zeromiss/dataset/ground_truth.hpp>
#include <zeromiss/dataset/objects.hpp>

#include <string>

namespace zeromiss {

/// SHA-256 over every image's name and class or value, in the order of the names; the format the
/// labels came in does not matter.
std::string labels_sha256(const GroundTruth& truth);
/// SHA-256 over every image's name and the size of its defect, where the labels' table says sizes.
std::string sizes_sha256(const GroundTruth& truth);
/// As labels_sha256 over every image's objects: class, box, area, crowd, difficult, outline.
std::string labels_sha256(const ObjectTruth& truth);

}  // namespace zeromiss
