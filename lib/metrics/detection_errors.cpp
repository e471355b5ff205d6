#include "coco_match.hpp"

#include <zeromiss/metrics/detection_errors.hpp>

#include <stdexcept>

namespace zeromiss {
namespace {

enum class Fate : std::uint8_t { unused, right, wrong, ignored };

/// What the matching inside classes says; one entry a detection and a truth.
struct Fates {
  std::vector<Fate> detections;
  std::vector<bool> found;
};

Fates match_by_class(const DetectionSet& set, const ErrorOptions& options) {
  Fates fates{std::vector<Fate>(set.detections.size(), Fate::unused),
              std::vector<bool>(set.truths.size())};
  const DetectionGroups groups = group_detections(set, {.by_class = true});
  Overlaps overlaps(set, options.shape, usable_threshold(options.iou));
  for (const DetectionGroup& group : groups.groups) {
    overlaps.compute(groups, group);
    const auto truth_of = [&](std::uint32_t place) {
      return groups.truths[group.truths_begin + place];
    };
    for (std::uint32_t d = group.detections_begin; d < group.detections_end; ++d) {
      const std::uint32_t index = groups.detections[d];
      if (set.detections[index].score < options.score) break;  // sorted
      const std::uint32_t chosen = choose_truth(
          overlaps.of(d - group.detections_begin), options.iou,
          [&](std::uint32_t t) {
            return set.truths[truth_of(t)].crowd || !fates.found[truth_of(t)];
          },
          [&](std::uint32_t t) { return set.truths[truth_of(t)].crowd; });
      if (chosen == kNoTruth) {
        fates.detections[index] = Fate::wrong;
      } else if (set.truths[truth_of(chosen)].crowd) {
        fates.detections[index] = Fate::ignored;
      } else {
        fates.detections[index] = Fate::right;
        fates.found[truth_of(chosen)] = true;
      }
    }
  }
  return fates;
}

/// The object, of the detection's class or of another, that a detection overlaps most.
struct Nearest {
  double iou = 0.0;
  std::uint32_t truth = kNoTruth;
  void offer(double overlap, std::uint32_t candidate) {
    if (overlap > iou) *this = {overlap, candidate};
  }
};

/// Looks at whole images: what a wrong detection hit instead, and the confusion matrix.
class ImagePass {
 public:
  ImagePass(const DetectionSet& set, const ErrorOptions& options, const Fates& fates,
            DetectionErrors& out)
      : set_(set),
        options_(options),
        threshold_(usable_threshold(options.iou)),
        fates_(fates),
        out_(out),
        explained_(set.truths.size()) {}

  void run() {
    const DetectionGroups groups = group_detections(set_, {.by_class = false});
    Overlaps overlaps(set_, options_.shape, std::min(options_.near_iou, threshold_));
    std::vector<bool> taken(set_.truths.size());
    for (const DetectionGroup& group : groups.groups) {
      overlaps.compute(groups, group);
      const std::span<const std::uint32_t> truths =
          std::span(groups.truths)
              .subspan(group.truths_begin, group.truths_end - group.truths_begin);
      for (std::uint32_t d = group.detections_begin; d < group.detections_end; ++d) {
        const std::uint32_t index = groups.detections[d];
        if (fates_.detections[index] == Fate::unused) continue;
        const auto candidates = overlaps.of(d - group.detections_begin);
        if (fates_.detections[index] == Fate::wrong) explain(index, candidates, truths);
        confuse(index, candidates, truths, taken);
      }
    }
    for (std::size_t t = 0; t < set_.truths.size(); ++t) {
      const TruthObject& truth = set_.truths[t];
      if (truth.crowd) continue;
      if (!taken[t]) out_.confusion.add(truth.label, set_.classes);
      if (!fates_.found[t] && !explained_[t]) ++out_.classes[truth.label].types.missed;
    }
  }

 private:
  void explain(std::uint32_t index, std::span<const Candidate> candidates,
               std::span<const std::uint32_t> truths) {
    const std::uint32_t label = set_.detections[index].label;
    Nearest same, other;
    for (const Candidate& candidate : candidates) {
      const std::uint32_t truth = truths[candidate.truth];
      if (set_.truths[truth].crowd) continue;
      (set_.truths[truth].label == label ? same : other).offer(candidate.iou, truth);
    }
    ErrorTypes& types = out_.classes[label].types;
    if (same.iou >= threshold_) {
      ++types.duplicate;
    } else if (other.iou >= threshold_) {
      ++types.wrong_class;
      explained_[other.truth] = true;
    } else if (same.truth != kNoTruth) {
      ++types.localisation;
      explained_[same.truth] = true;
    } else {
      ++types.background;
    }
  }

  void confuse(std::uint32_t index, std::span<const Candidate> candidates,
               std::span<const std::uint32_t> truths, std::vector<bool>& taken) {
    const std::uint32_t label = set_.detections[index].label;
    double best = threshold_;
    std::uint32_t chosen = kNoTruth;
    bool in_crowd = false;
    for (const Candidate& candidate : candidates) {
      const std::uint32_t truth = truths[candidate.truth];
      if (candidate.iou < threshold_ || taken[truth]) continue;
      if (set_.truths[truth].crowd) {
        in_crowd = true;
        continue;
      }
      const bool kept_by_class = chosen != kNoTruth && candidate.iou == best &&
                                 set_.truths[chosen].label == label &&
                                 set_.truths[truth].label != label;
      if (candidate.iou < best || kept_by_class) continue;
      best = candidate.iou;
      chosen = truth;
    }
    if (chosen == kNoTruth) {
      if (!in_crowd) out_.confusion.add(set_.classes, label);
      return;
    }
    taken[chosen] = true;
    out_.confusion.add(set_.truths[chosen].label, label);
  }

  const DetectionSet& set_;
  const ErrorOptions& options_;
  double threshold_;
  const Fates& fates_;
  DetectionErrors& out_;
  std::vector<bool> explained_;
};

double real(std::uint64_t count) { return static_cast<double>(count); }

void finish(ClassErrors& errors) {
  errors.fn = errors.truths - errors.tp;
  errors.detections = errors.tp + errors.fp;
  errors.precision = ratio(real(errors.tp), real(errors.detections), "no_predictions");
  errors.recall = ratio(real(errors.tp), real(errors.truths), "no_positives");
  errors.f1 = ratio(2.0 * real(errors.tp), real(errors.truths + errors.detections),
                    "no_positives_and_no_predictions");
}

void add_to(ClassErrors& all, const ClassErrors& one) {
  all.truths += one.truths;
  all.tp += one.tp;
  all.fp += one.fp;
  all.types.duplicate += one.types.duplicate;
  all.types.wrong_class += one.types.wrong_class;
  all.types.localisation += one.types.localisation;
  all.types.background += one.types.background;
  all.types.missed += one.types.missed;
}

}  // namespace

DetectionErrors detection_errors(const DetectionSet& set, const ErrorOptions& options) {
  check(set, options.shape);
  if (!(options.near_iou > 0.0 && options.near_iou <= options.iou && options.iou <= 1.0))
    throw std::invalid_argument("expected 0 < near_iou <= iou <= 1");
  const Fates fates = match_by_class(set, options);
  DetectionErrors out;
  out.classes.resize(set.classes);
  out.confusion = ConfusionMatrix(set.classes + 1);
  for (const TruthObject& truth : set.truths)
    if (!truth.crowd) ++out.classes[truth.label].truths;
  for (std::size_t i = 0; i < set.detections.size(); ++i) {
    ClassErrors& errors = out.classes[set.detections[i].label];
    if (fates.detections[i] == Fate::right) ++errors.tp;
    if (fates.detections[i] == Fate::wrong) ++errors.fp;
  }
  ImagePass(set, options, fates, out).run();
  for (ClassErrors& errors : out.classes) {
    finish(errors);
    add_to(out.all, errors);
  }
  finish(out.all);
  out.found = fates.found;
  return out;
}

std::vector<ImageScore> image_scores(const DetectionSet& set, const std::vector<bool>& defects) {
  check(set, Shape::box);
  if (defects.size() != set.classes)
    throw std::invalid_argument("expected one defect flag for every class");
  std::vector<ImageScore> images(set.images);
  for (const TruthObject& truth : set.truths)
    if (defects[truth.label]) images[truth.image].defective = true;
  for (const Detection& detection : set.detections) {
    if (!defects[detection.label]) continue;
    std::optional<double>& score = images[detection.image].score;
    score = std::max(score.value_or(detection.score), detection.score);
  }
  return images;
}

}  // namespace zeromiss
