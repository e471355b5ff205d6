#pragma once

#include <zeromiss/image/placement.hpp>
#include <zeromiss/model/nms.hpp>
#include <zeromiss/model/output_rules.hpp>
#include <zeromiss/model/package.hpp>
#include <zeromiss/model/prediction.hpp>

#include <vector>

namespace zeromiss {

/// Candidates of one image in pixels of the network's input, in the network's order. Only defects
/// that may count: a good class's box, or one below its class's min_score or min_area, neither
/// covers one in NMS nor takes its place among max_detections.
struct Candidates {
  /// @param has_masks  whether a defect's area is that of its mask, not of its box
  Candidates(const std::vector<ClassInfo>& all, const Placement& where, bool has_masks)
      : classes(all), placement(where), masks(has_masks) {}

  const std::vector<ClassInfo>& classes;
  const Placement& placement;
  bool masks;
  std::vector<Corners> boxes;
  std::vector<float> scores;
  std::vector<std::uint32_t> labels;
  std::vector<std::size_t> rows;   ///< where each stands in the network's output
  std::vector<std::uint8_t> weak;  ///< 1: counts only as a part of a defect that others see better

  /// Looks at every candidate and keeps those of defect classes from their min_score on.
  /// @throws ItemError("model.output") for a score outside [0, 1] or corners the wrong way round
  void add(const Corners& box, float score, std::uint32_t label, std::size_t row);

 private:
  [[nodiscard]] bool is_too_small(const Corners& corners, const ClassInfo& info) const;
};

/// Those that stay, in the order of their scores. One whose class has laxer limits of its own, or
/// that is weak where the other is not, takes nothing away.
std::vector<std::size_t> kept(const Candidates& candidates, const std::optional<NmsRules>& rules);

/// One candidate in pixels of the original picture, without its mask.
Defect defect_of(const Candidates& candidates, std::size_t index);

/// Gives a defect its mask and the mask's area; without a pixel inside it stays a box, so that no
/// empty mask makes a defect vanish.
void set_mask(Defect& defect, std::optional<Mask> mask);

}  // namespace zeromiss
