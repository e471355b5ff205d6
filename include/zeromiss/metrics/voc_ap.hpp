#pragma once

#include <zeromiss/metrics/detection.hpp>
#include <zeromiss/metrics/figure.hpp>

#include <cstdint>
#include <vector>

namespace zeromiss {

/// One detection by its score: 0 is a wrong one, 1 a right one (a share of 1 where a rule says so).
struct RankedHit {
  double score;
  double hit;
};

/// Precision and recall after each detection, best score first.
struct DetectionCurve {
  std::vector<double> precision, recall;
};
/// Of equal scores the order given decides.
/// @param truths  objects to be found, more than 0 (else std::invalid_argument)
DetectionCurve detection_curve(std::vector<RankedHit> hits, std::uint64_t truths);

/// VOC 2007: mean of the best precision at recall 0, .1, …, 1 or beyond, in doubles i x 0.1.
double ap_11_point(const DetectionCurve& curve);
/// VOC 2010: area below the falling outline of the curve.
double ap_all_point(const DetectionCurve& curve);

/// Whether x + width is where a box ends or the last pixel in it (see Box).
enum class BoxEnds { continuous, inclusive };

struct VocOptions {
  double iou = 0.5;
  BoxEnds ends = BoxEnds::continuous;
};

struct VocClass {
  std::uint64_t truths = 0;  ///< without difficult ones
  std::uint64_t detections = 0;
  std::uint64_t tp = 0, fp = 0;
  DetectionCurve curve;              ///< empty without truths
  Figure ap_11_point, ap_all_point;  ///< undefined ("no_ground_truth") without truths
};

struct VocResult {
  std::vector<VocClass> classes;
  Figure ap_11_point, ap_all_point;  ///< means over the classes with truths
};

/// The rule of VOC's development kit: a detection belongs to the object that it overlaps most,
/// taken or not, and is right if that is free and overlap >= iou. Difficult objects (and COCO's
/// crowds) ignore what belongs to them.
/// @throws std::invalid_argument see check()
VocResult voc_ap(const DetectionSet& set, const VocOptions& options);

}  // namespace zeromiss
