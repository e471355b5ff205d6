#pragma once

#include <zeromiss/base/box.hpp>

namespace zeromiss {

/// Overlap over union; 0 when the boxes only touch, and for boxes without area. For a crowd it is
/// the overlap over the detection's own area.
double box_iou(const Box& detection, const Box& truth, bool crowd = false);

/// The same where x + width names the last pixel inside, so that every side is one longer.
double inclusive_box_iou(const Box& detection, const Box& truth);

}  // namespace zeromiss
