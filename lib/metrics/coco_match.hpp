#pragma once
// COCO's matching inside one image: what the average precision and the list of errors share.

#include <zeromiss/metrics/detection.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace zeromiss {

/// Truths and detections of one image and one class, as ranges of DetectionGroups' lists.
struct DetectionGroup {
  std::uint32_t label = 0, image = 0;
  std::uint32_t truths_begin = 0, truths_end = 0;
  std::uint32_t detections_begin = 0, detections_end = 0;
};

/// All of them, ordered by class, then image.
struct DetectionGroups {
  std::vector<std::uint32_t> truths;      ///< indices, in file order inside a group
  std::vector<std::uint32_t> detections;  ///< indices, best score first inside a group
  std::vector<DetectionGroup> groups;
};

struct GroupOptions {
  bool by_class = true;  ///< else every image is one group, of class 0
  std::size_t most_detections = std::numeric_limits<std::size_t>::max();  ///< of a group
};
DetectionGroups group_detections(const DetectionSet& set, const GroupOptions& options);

/// An object that overlaps a detection at all closely.
struct Candidate {
  std::uint32_t truth;  ///< place in its group
  double iou;
};

/// For each detection of a group its candidates, in the order of the group's truths.
class Overlaps {
 public:
  /// @param least  what overlaps less is left out
  Overlaps(const DetectionSet& set, Shape shape, double least);

  void compute(const DetectionGroups& groups, const DetectionGroup& group);
  [[nodiscard]] std::span<const Candidate> of(std::size_t detection) const {
    return std::span(list_).subspan(begin_[detection], begin_[detection + 1] - begin_[detection]);
  }
  /// Of any detection and truth of the set.
  [[nodiscard]] double iou(std::uint32_t detection, std::uint32_t truth) const;

 private:
  const DetectionSet& set_;
  Shape shape_;
  double least_;
  std::vector<Box> truth_boxes_, detection_boxes_;  ///< around the masks
  std::vector<std::size_t> begin_;
  std::vector<Candidate> list_;
};

inline constexpr std::uint32_t kNoTruth = std::numeric_limits<std::uint32_t>::max();
/// COCO lets an overlap of 1 pass a threshold of 1, whatever rounding did to it.
inline double usable_threshold(double threshold) { return std::min(threshold, 1.0 - 1e-10); }

/// COCO's choice for one detection: among the free objects the one that overlaps most, at least by
/// the threshold, of equals the last; one that is ignored only when no other fits.
/// @param is_free, is_ignored  of a place in the group
template <typename IsFree, typename IsIgnored>
std::uint32_t choose_truth(std::span<const Candidate> candidates, double threshold,
                           const IsFree& is_free, const IsIgnored& is_ignored) {
  for (const bool ignored : {false, true}) {
    double best = usable_threshold(threshold);
    std::uint32_t chosen = kNoTruth;
    for (const Candidate& candidate : candidates) {
      if (candidate.iou < best || is_ignored(candidate.truth) != ignored ||
          !is_free(candidate.truth))
        continue;
      best = candidate.iou;
      chosen = candidate.truth;
    }
    if (chosen != kNoTruth) return chosen;
  }
  return kNoTruth;
}

}  // namespace zeromiss
