#pragma once

#include <zeromiss/metrics/operating_point.hpp>

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace zeromiss {

/// What became of the parts, where several images can show one. A defective part counts as missed
/// as soon as one of its images with a defect passes, so that a bound on it is never too good,
/// however a line joins its images; `escaped_whole` are those of which no image at all was stopped.
/// A part is not judged where all its images with a defect are in ERROR.
struct PartCounts {
  struct Defective {
    DecisionCounts decisions;
    std::uint64_t escaped_whole = 0;
  };
  std::uint64_t parts = 0;  ///< good ones too
  Defective defective;
  std::vector<Defective> classes;  ///< one a true class; a part with several defects is in several
};

/// @param part     one an image, below `parts`
/// @param defects  one a true class
/// @param truth_of, decision_of  of the image at this place
PartCounts count_parts(std::span<const std::uint32_t> part, std::size_t parts,
                       const std::vector<bool>& defects,
                       const std::function<std::size_t(std::size_t)>& truth_of,
                       const std::function<Decision(std::size_t)>& decision_of);

}  // namespace zeromiss
