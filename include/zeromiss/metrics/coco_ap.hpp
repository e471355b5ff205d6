#pragma once

#include <zeromiss/metrics/detection.hpp>
#include <zeromiss/metrics/figure.hpp>

#include <array>
#include <cstdint>
#include <vector>

namespace zeromiss {

/// .50:.05:.95 in the doubles that COCO's tool has: the ninth is 0.8999999999999999.
std::vector<double> coco_thresholds();

/// Objects of this size count, both limits included.
struct AreaRange {
  double low, high;
};

struct CocoOptions {
  Shape shape = Shape::box;
  bool by_class = true;  ///< else classes are not looked at, and there is one, number 0
  std::vector<double> thresholds = coco_thresholds();  ///< at most 16
  std::vector<AreaRange> areas = {{0, 1e10}, {0, 1024}, {1024, 9216}, {9216, 1e10}};
  std::vector<std::uint32_t> most_detections = {1, 10, 100};  ///< an image and class, rising
};

/// COCO's figures before they are averaged. An entry exists where there is anything to find.
class CocoTable {
 public:
  struct Slice {
    std::uint64_t truths = 0;    ///< of this class and size, without crowds
    std::vector<double> ap;      ///< by threshold, at the last of most_detections
    std::vector<double> recall;  ///< by threshold x most_detections
  };

  CocoOptions options;
  std::size_t classes = 0;
  std::vector<Slice> slices;              ///< classes x areas
  std::vector<std::uint64_t> detections;  ///< by class, all of them
  /// Groups of equal scores in a class that hold right and wrong ones (at the first threshold and
  /// area): where there are any, AP depends on the order of images and detections.
  std::uint64_t mixed_ties = 0;

  [[nodiscard]] const Slice& slice(std::size_t k, std::size_t area) const {
    return slices[k * options.areas.size() + area];
  }
  /// Means over the thresholds and the classes [first, last) that have something to find;
  /// undefined ("no_ground_truth") when none has.
  [[nodiscard]] Figure mean_ap(std::size_t area, std::size_t first, std::size_t last) const;
  [[nodiscard]] Figure mean_ap_at(std::size_t threshold, std::size_t area, std::size_t first,
                                  std::size_t last) const;
  [[nodiscard]] Figure mean_recall(std::size_t area, std::size_t limit, std::size_t first,
                                   std::size_t last) const;
};

/// The COCO protocol, held to its own tool's figures. Objects are told apart by where they stand,
/// so an annotation id of 0 is as good as any.
/// @throws std::invalid_argument see check(), and for options that make no sense
CocoTable coco_table(const DetectionSet& set, const CocoOptions& options);

/// The twelve figures of COCO's summary, of all classes or of one, and the mean AP weighted by its
/// thresholds: sum of AP_t x t / sum of t.
struct CocoFigures {
  Figure ap, ap50, ap75, ap_small, ap_medium, ap_large;
  Figure ar_1, ar_10, ar_100, ar_small, ar_medium, ar_large;
  Figure ap_threshold_weighted;
};

struct CocoClass {
  std::uint64_t truths = 0;  ///< without crowds
  std::uint64_t detections = 0;
  CocoFigures figures;
};

struct CocoResult {
  CocoFigures all;
  std::vector<CocoClass> classes;
  std::uint64_t mixed_ties = 0;  ///< see CocoTable
};

/// @throws std::invalid_argument see check()
CocoResult coco_ap(const DetectionSet& set, Shape shape);
/// From a table of the standard thresholds, areas and limits (else std::invalid_argument).
CocoResult coco_result(const CocoTable& table);

}  // namespace zeromiss
