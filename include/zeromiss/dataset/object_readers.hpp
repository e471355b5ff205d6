#pragma once

#include <zeromiss/dataset/listing.hpp>
#include <zeromiss/dataset/objects.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace zeromiss {

/// Boxes and outlines of a labelled set, and what a user must know of how they were read.
struct ObjectLabels {
  ObjectTruth truth;           ///< images sorted by name, ids from 1; boxes continuous, from 0
  std::vector<Skipped> notes;  ///< images without labels, the split that was taken
  std::filesystem::path folder = {};    ///< of the label files; empty: one file has all labels
  std::vector<std::string> files = {};  ///< that were read, relative to it
};

/// All throw Error(input) naming file, line (or key) and what was expected.

/// Pascal VOC: a folder of XML files, one an image. Corners count pixels from 1 and are inside the
/// box; `difficult` is kept. Classes sorted by name.
ObjectLabels read_voc_xml(const std::filesystem::path& folder);

/// VOC as text: a folder with one .txt an image, rows `class left top right bottom [difficult]`,
/// corners as in the XML files. Images are called like their files, without the .txt.
ObjectLabels read_voc_text(const std::filesystem::path& folder);

/// CVAT's "for images 1.1": one XML file; boxes and polygons, other shapes are refused.
ObjectLabels read_cvat(const std::filesystem::path& file);

/// LabelMe: a folder of JSON files, one an image; rectangles, polygons and circles, other shapes
/// are refused.
ObjectLabels read_labelme(const std::filesystem::path& folder);

/// YOLO: data.yaml (or its folder), rows `class cx cy w h` or `class x1 y1 x2 y2 x3 y3 …` in shares
/// of the picture, whose size is taken from the picture itself. A picture without a text file is a
/// background; each is noted.
/// @param split  "test", "val" or "train"; empty: the first of test and val that is named
ObjectLabels read_yolo(const std::filesystem::path& place, const std::string& split);

/// Detections from a folder of text files, one an image.
struct FoundFiles {
  FoundObjects found;
  std::uint64_t files = 0;
  std::uint64_t unlabelled = 0;  ///< files of images that the labels do not have; left out
};

/// YOLO: rows `class cx cy w h confidence` or `class x1 y1 x2 y2 x3 y3 … confidence` in shares of
/// the picture; classes by number.
/// @param allow_unlabelled  leave out files of images that the labels do not have
/// @throws Error(input) for such a file otherwise, and for a picture of unknown size
FoundFiles read_found_yolo(const std::filesystem::path& folder, const ObjectTruth& truth,
                           bool allow_unlabelled);

/// VOC: rows `class confidence left top right bottom`, corners as in the labels (inside the box).
/// A class that the labels do not have is added to `truth`.
FoundFiles read_found_voc(const std::filesystem::path& folder, ObjectTruth& truth,
                          bool allow_unlabelled);

}  // namespace zeromiss
