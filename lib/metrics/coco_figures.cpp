#include <zeromiss/metrics/coco_ap.hpp>

#include <stdexcept>

namespace zeromiss {
namespace {

constexpr const char* kNothingToFind = "no_ground_truth";
constexpr std::size_t kAt50 = 0, kAt75 = 5;  ///< places among the thresholds
enum Area : std::size_t { kAll, kSmall, kMedium, kLarge, kAreas };
enum Limit : std::size_t { kOne, kTen, kHundred, kLimits };

/// Mean over classes with something to find; value(slice) is the sum of `terms` numbers.
template <typename Sum>
Figure mean(const CocoTable& table, std::size_t area, std::size_t first, std::size_t last,
            std::size_t terms, Sum sum_of) {
  double sum = 0.0;
  std::size_t used = 0;
  for (std::size_t k = first; k < last; ++k) {
    if (table.slice(k, area).truths == 0) continue;
    sum += sum_of(table.slice(k, area));
    used += terms;
  }
  return ratio(sum, static_cast<double>(used), kNothingToFind);
}

Figure threshold_weighted(const CocoTable& table, std::size_t first, std::size_t last) {
  double sum = 0.0, weights = 0.0;
  for (std::size_t i = 0; i < table.options.thresholds.size(); ++i) {
    const Figure ap = table.mean_ap_at(i, kAll, first, last);
    if (!ap.defined()) return ap;
    sum += *ap.value * table.options.thresholds[i];
    weights += table.options.thresholds[i];
  }
  return sum / weights;
}

CocoFigures figures(const CocoTable& table, std::size_t first, std::size_t last) {
  CocoFigures out;
  out.ap = table.mean_ap(kAll, first, last);
  out.ap50 = table.mean_ap_at(kAt50, kAll, first, last);
  out.ap75 = table.mean_ap_at(kAt75, kAll, first, last);
  out.ap_small = table.mean_ap(kSmall, first, last);
  out.ap_medium = table.mean_ap(kMedium, first, last);
  out.ap_large = table.mean_ap(kLarge, first, last);
  out.ar_1 = table.mean_recall(kAll, kOne, first, last);
  out.ar_10 = table.mean_recall(kAll, kTen, first, last);
  out.ar_100 = table.mean_recall(kAll, kHundred, first, last);
  out.ar_small = table.mean_recall(kSmall, kHundred, first, last);
  out.ar_medium = table.mean_recall(kMedium, kHundred, first, last);
  out.ar_large = table.mean_recall(kLarge, kHundred, first, last);
  out.ap_threshold_weighted = threshold_weighted(table, first, last);
  return out;
}

}  // namespace

Figure CocoTable::mean_ap(std::size_t area, std::size_t first, std::size_t last) const {
  return mean(*this, area, first, last, options.thresholds.size(), [](const Slice& slice) {
    double sum = 0.0;
    for (const double ap : slice.ap) sum += ap;
    return sum;
  });
}

Figure CocoTable::mean_ap_at(std::size_t threshold, std::size_t area, std::size_t first,
                             std::size_t last) const {
  return mean(*this, area, first, last, 1,
              [&](const Slice& slice) { return slice.ap.at(threshold); });
}

Figure CocoTable::mean_recall(std::size_t area, std::size_t limit, std::size_t first,
                              std::size_t last) const {
  const std::size_t limits = options.most_detections.size();
  return mean(*this, area, first, last, options.thresholds.size(), [&](const Slice& slice) {
    double sum = 0.0;
    for (std::size_t i = limit; i < slice.recall.size(); i += limits) sum += slice.recall[i];
    return sum;
  });
}

CocoResult coco_result(const CocoTable& table) {
  if (table.options.thresholds != coco_thresholds() || table.options.areas.size() != kAreas ||
      table.options.most_detections.size() != kLimits)
    throw std::invalid_argument("COCO's summary needs its thresholds, areas and limits");
  CocoResult result;
  result.all = figures(table, 0, table.classes);
  result.mixed_ties = table.mixed_ties;
  for (std::size_t k = 0; k < table.classes; ++k)
    result.classes.push_back(
        {table.slice(k, kAll).truths, table.detections[k], figures(table, k, k + 1)});
  return result;
}

CocoResult coco_ap(const DetectionSet& set, Shape shape) {
  CocoOptions options;
  options.shape = shape;
  return coco_result(coco_table(set, options));
}

}  // namespace zeromiss
