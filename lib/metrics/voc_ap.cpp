#include "coco_match.hpp"

#include <zeromiss/metrics/voc_ap.hpp>

#include <stdexcept>

namespace zeromiss {
namespace {

constexpr int kRecallSteps = 10;

enum class Fate { right, wrong, ignored };

/// What becomes of a detection does not depend on detections in other images, so images can be
/// matched one by one.
std::vector<Fate> match_group(const DetectionSet& set, const DetectionGroups& groups,
                              const DetectionGroup& group, const VocOptions& options) {
  std::vector<bool> taken(group.truths_end - group.truths_begin);
  std::vector<Fate> fates;
  for (std::uint32_t d = group.detections_begin; d < group.detections_end; ++d) {
    const Box& box = set.detections[groups.detections[d]].box;
    double best = 0.0;  // touching is no overlap, whatever the threshold
    std::uint32_t chosen = kNoTruth;
    for (std::uint32_t t = group.truths_begin; t < group.truths_end; ++t) {
      const Box& truth = set.truths[groups.truths[t]].box;
      const double iou =
          options.ends == BoxEnds::inclusive ? inclusive_box_iou(box, truth) : box_iou(box, truth);
      if (iou <= best) continue;
      best = iou;
      chosen = t;
    }
    if (chosen == kNoTruth || best < options.iou) {
      fates.push_back(Fate::wrong);
      continue;
    }
    const TruthObject& truth = set.truths[groups.truths[chosen]];
    const std::size_t place = chosen - group.truths_begin;
    if (truth.difficult || truth.crowd) {
      fates.push_back(Fate::ignored);
    } else {
      fates.push_back(taken[place] ? Fate::wrong : Fate::right);
      taken[place] = true;
    }
  }
  return fates;
}

struct Judged {
  std::uint32_t index;
  Fate fate;
};

VocClass class_figures(const DetectionSet& set, std::vector<Judged> judged, VocClass counts) {
  std::sort(judged.begin(), judged.end(),
            [](const Judged& a, const Judged& b) { return a.index < b.index; });
  std::vector<RankedHit> hits;
  for (const Judged& one : judged) {
    if (one.fate == Fate::ignored) continue;
    const bool right = one.fate == Fate::right;
    hits.push_back({set.detections[one.index].score, right ? 1.0 : 0.0});
    ++(right ? counts.tp : counts.fp);
  }
  if (counts.truths == 0) {
    counts.ap_11_point = counts.ap_all_point = Figure::undefined("no_ground_truth");
    return counts;
  }
  counts.curve = detection_curve(std::move(hits), counts.truths);
  counts.ap_11_point = ap_11_point(counts.curve);
  counts.ap_all_point = ap_all_point(counts.curve);
  return counts;
}

Figure mean(const std::vector<VocClass>& classes, Figure VocClass::*pick) {
  double sum = 0.0, used = 0.0;
  for (const VocClass& one : classes) {
    if (!(one.*pick).defined()) continue;
    sum += *(one.*pick).value;
    used += 1.0;
  }
  return ratio(sum, used, "no_ground_truth");
}

}  // namespace

DetectionCurve detection_curve(std::vector<RankedHit> hits, std::uint64_t truths) {
  if (truths == 0) throw std::invalid_argument("a detection curve needs objects to be found");
  std::stable_sort(hits.begin(), hits.end(),
                   [](const RankedHit& a, const RankedHit& b) { return a.score > b.score; });
  DetectionCurve curve;
  double right = 0.0, wrong = 0.0;
  for (const RankedHit& hit : hits) {
    right += hit.hit;
    if (hit.hit == 0.0) wrong += 1.0;
    curve.precision.push_back(right / (right + wrong));
    curve.recall.push_back(right / static_cast<double>(truths));
  }
  return curve;
}

double ap_11_point(const DetectionCurve& curve) {
  double sum = 0.0;
  for (int step = 0; step <= kRecallSteps; ++step) {
    double best = 0.0;
    for (std::size_t i = 0; i < curve.recall.size(); ++i)
      if (curve.recall[i] >= step * 0.1) best = std::max(best, curve.precision[i]);
    sum += best;
  }
  return sum / (kRecallSteps + 1);
}

double ap_all_point(const DetectionCurve& curve) {
  double area = 0.0, best = 0.0;
  for (std::size_t i = curve.recall.size(); i-- > 0;) {
    best = std::max(best, curve.precision[i]);
    area += (curve.recall[i] - (i > 0 ? curve.recall[i - 1] : 0.0)) * best;
  }
  return area;
}

VocResult voc_ap(const DetectionSet& set, const VocOptions& options) {
  check(set, Shape::box);
  const DetectionGroups groups = group_detections(set, {});
  std::vector<VocClass> counts(set.classes);
  std::vector<std::vector<Judged>> judged(set.classes);
  for (const TruthObject& truth : set.truths)
    if (!truth.difficult && !truth.crowd) ++counts[truth.label].truths;
  for (const DetectionGroup& group : groups.groups) {
    const std::vector<Fate> fates = match_group(set, groups, group, options);
    for (std::size_t i = 0; i < fates.size(); ++i)
      judged[group.label].push_back({groups.detections[group.detections_begin + i], fates[i]});
    counts[group.label].detections += fates.size();
  }
  VocResult result;
  for (std::size_t k = 0; k < set.classes; ++k)
    result.classes.push_back(class_figures(set, std::move(judged[k]), std::move(counts[k])));
  result.ap_11_point = mean(result.classes, &VocClass::ap_11_point);
  result.ap_all_point = mean(result.classes, &VocClass::ap_all_point);
  return result;
}

}  // namespace zeromiss
