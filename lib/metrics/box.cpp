#include <zeromiss/metrics/box.hpp>

#include <algorithm>

namespace zeromiss {

double box_iou(const Box& detection, const Box& truth, bool crowd) {
  const double width = std::min(detection.width + detection.x, truth.width + truth.x) -
                       std::max(detection.x, truth.x);
  if (width <= 0.0) return 0.0;
  const double height = std::min(detection.height + detection.y, truth.height + truth.y) -
                        std::max(detection.y, truth.y);
  if (height <= 0.0) return 0.0;
  const double overlap = width * height;
  const double own = detection.width * detection.height;
  return overlap / (crowd ? own : own + truth.width * truth.height - overlap);
}

double inclusive_box_iou(const Box& detection, const Box& truth) {
  // The +1 is added to the differences, not to the sides: that is where VOC's rounding happens.
  const double width = std::min(detection.x + detection.width, truth.x + truth.width) -
                       std::max(detection.x, truth.x) + 1.0;
  const double height = std::min(detection.y + detection.height, truth.y + truth.height) -
                        std::max(detection.y, truth.y) + 1.0;
  if (width <= 0.0 || height <= 0.0) return 0.0;
  const double overlap = width * height;
  const double areas = (detection.width + 1.0) * (detection.height + 1.0) +
                       (truth.width + 1.0) * (truth.height + 1.0);
  return overlap / (areas - overlap);
}

}  // namespace zeromiss
