// Boxes, masks and maps out of hand-made tensors.
#pragma once

#include "support/catch.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/model/interpret.hpp>

#include <limits>
#include <string>
#include <vector>

namespace zeromiss::test {

inline constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
inline constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// A network's input of 20 x 10 that is the left upper quarter of a picture, enlarged twice after
/// a crop at (4, 2): x = 4 + u / 2.
inline const Placement kPlacement({40, 30}, {20, 10}, {2, 0, -8, 0, 2, -4, 0, 0, 1});
/// Every pixel is itself.
inline const Placement kSame({4, 3}, {4, 3}, cv::Matx33d::eye());

inline ModelPackage package_of(OutputKind kind, const OutputRules& rules,
                               const std::vector<ClassInfo>& classes) {
  ModelPackage package{};
  package.task = Task::segmentation;
  package.output = kind;
  package.rules = rules;
  package.classes = classes;
  return package;
}

inline const std::vector<ClassInfo> kTwo{{"scratch", true}, {"dust", true}};

inline Objects read(const std::vector<Tensor>& outputs, const ModelPackage& package,
                    const Placement& placement = kPlacement) {
  return std::get<Objects>(interpret(outputs, 0, 1, package, placement));
}

inline std::string refusal(const std::vector<Tensor>& outputs, const ModelPackage& package,
                           const Placement& placement = kPlacement) {
  try {
    interpret(outputs, 0, 1, package, placement);
  } catch (const ItemError& error) {
    return error.code();
  }
  return "read";
}

inline void check_box(const Box& found, const Box& expected) {
  CHECK(found.x == Approx(expected.x));
  CHECK(found.y == Approx(expected.y));
  CHECK(found.width == Approx(expected.width));
  CHECK(found.height == Approx(expected.height));
}

}  // namespace zeromiss::test
