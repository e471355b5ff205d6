#pragma once

#include <zeromiss/metrics/confusion.hpp>
#include <zeromiss/metrics/detection.hpp>
#include <zeromiss/metrics/figure.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace zeromiss {

struct ErrorOptions {
  Shape shape = Shape::box;
  double score = 0.0;     ///< the operating point: a detection counts if and only if score >= this
  double iou = 0.5;       ///< overlap of a found object
  double near_iou = 0.1;  ///< overlap of one that is found in a wrong place
};

/// Why detections are wrong, each counted once, by the first that holds.
struct ErrorTypes {
  std::uint64_t duplicate = 0;     ///< overlap >= iou with an object of its class, already found
  std::uint64_t wrong_class = 0;   ///< overlap >= iou with an object of another class
  std::uint64_t localisation = 0;  ///< overlap >= near_iou with an object of its class
  std::uint64_t background = 0;    ///< nothing of that
  /// Objects not found that no detection of wrong class or place is nearest to, either.
  std::uint64_t missed = 0;
};

/// COCO's matching at one overlap, of every detection from one score on: its limit of 100 an image
/// and class is part of AP and AR alone. Crowds and what only they match do not count.
struct ClassErrors {
  std::uint64_t truths = 0;
  std::uint64_t detections = 0;  ///< that count: tp + fp
  std::uint64_t tp = 0, fp = 0, fn = 0;
  Figure precision, recall, f1;
  ErrorTypes types;  ///< duplicate + wrong_class + localisation + background = fp
};

struct DetectionErrors {
  std::vector<ClassErrors> classes;
  ClassErrors all;          ///< counts pooled
  std::vector<bool> found;  ///< one a labelled object: counted in `tp`
  /// Rows = truth, the last class is the background. Here classes are not looked at in matching:
  /// best score first, each detection takes the free object that it overlaps most (of equals one of
  /// its class). Detections without object are truth "background", objects without detection are
  /// predicted "background".
  ConfusionMatrix confusion{0};
};

/// @throws std::invalid_argument see check()
DetectionErrors detection_errors(const DetectionSet& set, const ErrorOptions& options);

/// What an image says about its part: no value means that nothing was found, so it passes any
/// limit.
struct ImageScore {
  bool defective = false;       ///< has an object of a defect class, crowds and difficult ones too
  std::optional<double> score;  ///< highest score of a detection of a defect class
};

/// @param defects  one a class
/// @throws std::invalid_argument see check(), and when `defects` is not one a class
std::vector<ImageScore> image_scores(const DetectionSet& set, const std::vector<bool>& defects);

}  // namespace zeromiss
