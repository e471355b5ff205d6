#include "read_boxes.hpp"

#include "outputs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>

namespace zeromiss {

namespace {

Box box_of(const Corners& corners, const Placement& placement) {
  const double x = corners.x1, y = corners.y1;
  return placement.to_original(
      Box{x, y, static_cast<double>(corners.x2) - x, static_cast<double>(corners.y2) - y});
}

}  // namespace

/// A mask has no more pixels than there are centres in its box.
bool Candidates::is_too_small(const Corners& corners, const ClassInfo& info) const {
  if (info.min_area <= 0.0) return false;
  const Box box = box_of(corners, placement);
  const double centres = (box.width + 1) * (box.height + 1);
  return (masks ? centres : box.width * box.height) < info.min_area;
}

void Candidates::add(const Corners& box, float score, std::uint32_t label, std::size_t row) {
  if (!(score >= 0.0F && score <= 1.0F))
    refuse_output(
        fmt::format("score {} of a box is outside [0, 1]: is output.activation right?", score));
  if (!(box.x1 <= box.x2 && box.y1 <= box.y2))
    refuse_output(fmt::format("a box from {}, {} to {}, {}: is output.layout right?", box.x1,
                              box.y1, box.x2, box.y2));
  const ClassInfo& info = classes[label];
  const auto exact = static_cast<double>(score);  // as counting() compares it
  if (!info.defect || exact < info.min_score || is_too_small(box, info)) return;
  boxes.push_back(box);
  scores.push_back(score);
  labels.push_back(label);
  rows.push_back(row);
  weak.push_back(exact < info.whole_min_score ? 1 : 0);
}

namespace {

/// Whether no score of `a` gets a better verdict by the limits of its class than one of `b`.
bool as_strict(const ClassInfo& a, const ClassInfo& b) {
  constexpr double kNone = std::numeric_limits<double>::infinity();
  return a.review_at.value_or(kNone) <= b.review_at.value_or(kNone) &&
         a.reject_at.value_or(kNone) <= b.reject_at.value_or(kNone);
}

/// Nothing that counts less takes away what counts more. Empty where all candidates are alike.
std::function<bool(std::size_t, std::size_t)> cover_rule(const Candidates& candidates) {
  const auto& weak = candidates.weak;
  const bool alike = std::none_of(weak.begin(), weak.end(), [](auto w) { return w != 0; }) &&
                     std::all_of(candidates.classes.begin(), candidates.classes.end(),
                                 [](const ClassInfo& c) { return !c.review_at && !c.reject_at; });
  if (alike) return {};
  return [&candidates](std::size_t winner, std::size_t candidate) {
    if (candidates.weak[winner] != 0 && candidates.weak[candidate] == 0) return false;
    return as_strict(candidates.classes[candidates.labels[winner]],
                     candidates.classes[candidates.labels[candidate]]);
  };
}

}  // namespace

std::vector<std::size_t> kept(const Candidates& candidates, const std::optional<NmsRules>& rules) {
  if (rules) {
    const std::span<const std::uint32_t> labels = candidates.labels;
    return nms(candidates.boxes, candidates.scores,
               rules->class_agnostic ? labels.first(0) : labels, rules->iou, rules->max_detections,
               cover_rule(candidates));
  }
  std::vector<std::size_t> all(candidates.boxes.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

Defect defect_of(const Candidates& candidates, std::size_t index) {
  Defect defect;
  defect.label = candidates.labels[index];
  defect.score = static_cast<double>(candidates.scores[index]);
  defect.box = box_of(candidates.boxes[index], candidates.placement);
  defect.area = defect.box.width * defect.box.height;
  return defect;
}

void set_mask(Defect& defect, std::optional<Mask> mask) {
  if (!mask) return;
  defect.area = static_cast<double>(mask_area(*mask));
  defect.mask = std::move(mask);
}

}  // namespace zeromiss
