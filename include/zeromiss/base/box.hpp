#pragma once

namespace zeromiss {

/// A rectangle in continuous pixel coordinates, as COCO has it: pixel (0, 0) covers [0, 1] x [0,
/// 1]. VOC's corners name whole pixels, both inside: (xmin, ymin, xmax, ymax) counted from 1 is
/// {xmin - 1, ymin - 1, xmax - xmin + 1, ymax - ymin + 1}, and box_iou() of such boxes is VOC's.
struct Box {
  double x = 0, y = 0, width = 0, height = 0;

  bool operator==(const Box&) const = default;
};

}  // namespace zeromiss
