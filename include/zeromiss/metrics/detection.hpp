#pragma once

#include <zeromiss/base/mask.hpp>
#include <zeromiss/metrics/box.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace zeromiss {

/// One labelled object.
struct TruthObject {
  std::uint32_t image = 0, label = 0;
  Box box;
  double area = 0;         ///< decides small, medium or large; COCO's own field
  bool crowd = false;      ///< COCO: a region of many objects, no object to be found
  bool difficult = false;  ///< VOC: may be found, need not be
};

/// One found object.
struct Detection {
  std::uint32_t image = 0, label = 0;
  Box box;
  double area = 0;
  double score = 0;
};

/// Everything that detection metrics look at. Images are numbered in the order of their ids and
/// detections stand in the order of their file: that order decides between equal scores.
struct DetectionSet {
  std::size_t images = 0, classes = 0;
  std::vector<TruthObject> truths;
  std::vector<Detection> detections;
  /// For metrics of masks: one each, in the same order.
  std::vector<Mask> truth_masks, detection_masks;
  /// For what depends on a defect's size: one each, pixels; never 0 where anything was drawn.
  std::vector<double> sizes = {};
};

enum class Shape { box, mask };

/// @throws std::invalid_argument for an image or class that is not there, a score or box that is
/// not finite, a box with negative sides; with Shape::mask also for masks that are not there
void check(const DetectionSet& set, Shape shape);

/// "Area" of boxes as COCO's own tool fills it in: width x height.
inline double box_area(const Box& box) { return box.width * box.height; }

}  // namespace zeromiss
