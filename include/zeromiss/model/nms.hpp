#pragma once

#include <cstddef>
#include <cstdint>
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
/// @param weak    not 0: neither takes a box away that is not weak, nor its place among `most`;
///                only weak ones beyond `most` of all go. Empty: none is
/// @return the boxes that stay, highest score first; at most `most` that are not weak, and as many
///         that are
/// @throws std::invalid_argument for lists of different lengths
std::vector<std::size_t> nms(std::span<const Corners> boxes, std::span<const float> scores,
                             std::span<const std::uint32_t> labels, double iou, std::size_t most,
                             std::span<const std::uint8_t> weak = {});

}  // namespace zeromiss
