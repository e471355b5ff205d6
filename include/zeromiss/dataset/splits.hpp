#pragma once

#include <zeromiss/dataset/copies.hpp>
#include <zeromiss/dataset/listing.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace zeromiss {

struct AuditSplit {
  std::string name;  ///< "train"
  std::filesystem::path folder;
  std::string labels;  ///< how it is labelled: "folder", "csv", "coco", "yolo", "voc", "none"
  std::size_t images = 0;
};

/// The images of a set that was cut into splits, with their labels; nothing of them is read yet.
struct AuditSet {
  std::vector<AuditSplit> splits;
  std::vector<AuditImage> images;            ///< split by split, sorted by name
  std::vector<std::filesystem::path> files;  ///< one an image
  std::vector<Skipped> skipped;
  std::vector<std::string> notes;  ///< what a user must know of how the folders were read
};

/// Each folder is a split; one folder that holds train and test (or val) is taken apart. Labels: a
/// table labels.csv, COCO (a .json beside the images), YOLO (images/ and labels/), VOC
/// (Annotations/), else one folder a class. An image with objects has the label "a+b": the sorted
/// names of what is in it. PNG masks beside their JPEGs and MVTec's ground_truth/ are left out.
/// @param labels  "auto", or "none": the folders say nothing
/// @throws Error(input) for a folder without images, Error(usage) for the same folder twice
AuditSet read_audit_set(const std::vector<std::filesystem::path>& folders,
                        const std::string& labels);

}  // namespace zeromiss
