#pragma once

#include <variant>
#include <vector>

namespace zeromiss {

/// One probability a class, in the order of the package's classes; each in [0, 1].
struct Classification {
  std::vector<double> probabilities;
};
/// The model's own score; higher is worse, any finite value.
struct Anomaly {
  double score;
};

using Prediction = std::variant<Classification, Anomaly>;

}  // namespace zeromiss
