#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace zeromiss {

/// A box by two of its corners, in single precision as networks give them.
struct Corners {
  float x1, y1, x2, y2;
};

/// Greedy non-maximum suppression with the arithmetic of torchvision.ops.nms (0.19, its CPU
/// kernel): boxes are taken from the highest score down, of equal scores the earlier first; each
/// takes away the later ones of its label with IoU > `iou`, where IoU = overlap / (area + area -
/// overlap) in single precision. Boxes without area never take anything away.
/// @param labels  boxes of different labels leave each other alone (torchvision.ops.batched_nms);
///                empty: all are of one
/// @param most    stops after so many
/// @param may_cover  (kept box, later one): may the first take the second away, or its place among
///                   `most`? Empty: every one may
/// @return the boxes that stay, highest score first; of those that may cover it each has fewer than
///         `most` before it
/// @throws std::invalid_argument for lists of different lengths
std::vector<std::size_t> nms(std::span<const Corners> boxes, std::span<const float> scores,
                             std::span<const std::uint32_t> labels, double iou, std::size_t most,
                             const std::function<bool(std::size_t, std::size_t)>& may_cover = {});

}  // namespace zeromiss
