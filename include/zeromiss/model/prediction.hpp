#pragma once

#include <zeromiss/base/box.hpp>
#include <zeromiss/base/mask.hpp>

#include <cstddef>
#include <optional>
#include <variant>
#include <vector>

namespace zeromiss {

/// One found defect, in pixels of the original picture (zeromiss/image/placement.hpp).
struct Defect {
  std::size_t label = 0;  ///< index into the package's classes; always one that is a defect
  double score = 0;
  Box box;          ///< inside the picture
  double area = 0;  ///< pixels of the mask, else of the box
  std::optional<Mask> mask = std::nullopt;
};

/// One probability a class, in the order of the package's classes; each in [0, 1].
struct Classification {
  std::vector<double> probabilities;
};
/// The same where the classes do not exclude each other.
struct MultiLabel {
  std::vector<double> probabilities;
};
/// The model's own score; higher is worse, any finite value.
struct Anomaly {
  double score;
  std::vector<Defect> defects = {};  ///< where the map is high; they do not change the verdict
};
/// Detection and segmentation: the defects that count (min_score and min_area of their classes),
/// highest score first, scores in [0, 1].
struct Objects {
  std::vector<Defect> defects;
};

using Prediction = std::variant<Classification, MultiLabel, Anomaly, Objects>;

}  // namespace zeromiss
