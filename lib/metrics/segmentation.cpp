#include <zeromiss/metrics/segmentation.hpp>

#include <stdexcept>
#include <string>

namespace zeromiss {
namespace {

double real(std::uint64_t count) { return static_cast<double>(count); }

std::string size_text(const LabelImage& image) {
  return std::to_string(image.height) + " x " + std::to_string(image.width);
}

void check_sizes(const LabelImage& truth, const LabelImage& predicted) {
  if (truth.height != predicted.height || truth.width != predicted.width)
    throw std::invalid_argument("the predicted mask is " + size_text(predicted) +
                                " pixels, the true one " + size_text(truth));
  const std::size_t pixels = std::size_t{truth.height} * truth.width;
  if (truth.labels.size() != pixels || predicted.labels.size() != pixels)
    throw std::invalid_argument("a mask of " + size_text(truth) + " needs a label for each pixel");
}

[[noreturn]] void refuse_label(const char* which, std::uint16_t label, std::size_t place,
                               std::uint32_t width) {
  throw std::invalid_argument(std::string(which) + " label " + std::to_string(label) + " at row " +
                              std::to_string(place / width) + ", column " +
                              std::to_string(place % width) +
                              " is neither a class nor the ignored label");
}

SegmentationClass class_figures(const ConfusionMatrix& matrix, std::size_t k) {
  SegmentationClass figures;
  figures.pixels = matrix.support(k);
  figures.predicted = matrix.predicted(k);
  const std::uint64_t both = matrix.count(k, k);
  const std::uint64_t sum = figures.pixels + figures.predicted;
  figures.iou = ratio(real(both), real(sum - both), "absent_class");
  figures.dice = ratio(2.0 * real(both), real(sum), "absent_class");
  figures.precision = ratio(real(both), real(figures.predicted), "no_predictions");
  figures.recall = ratio(real(both), real(figures.pixels), "no_positives");
  return figures;
}

Figure mean(const std::vector<SegmentationClass>& classes, std::size_t first,
            Figure SegmentationClass::*pick) {
  double sum = 0.0, used = 0.0;
  for (std::size_t k = first; k < classes.size(); ++k) {
    if (!(classes[k].*pick).defined()) continue;
    sum += *(classes[k].*pick).value;
    used += 1.0;
  }
  return ratio(sum, used, "no_class");
}

}  // namespace

SegmentationSamples::SegmentationSamples(std::size_t classes, std::optional<std::uint16_t> ignored)
    : ignored_(ignored), matrix_(classes) {}

void SegmentationSamples::add(const LabelImage& truth, const LabelImage& predicted) {
  check_sizes(truth, predicted);
  const std::size_t classes = matrix_.classes(), row = classes + 1;
  std::vector<std::uint64_t> counts(classes * row);  // the last column: without usable prediction
  for (std::size_t i = 0; i < truth.labels.size(); ++i) {
    const std::uint16_t is = truth.labels[i], said = predicted.labels[i];
    if (ignored_ && is == *ignored_) continue;
    if (is >= classes) refuse_label("true", is, i, truth.width);
    const bool unusable = ignored_ && said == *ignored_;
    if (!unusable && said >= classes) refuse_label("predicted", said, i, truth.width);
    ++counts[is * row + (unusable ? classes : said)];
  }
  for (std::size_t k = 0; k < classes; ++k) {
    for (std::size_t column = 0; column < classes; ++column)
      matrix_.add(k, column, counts[k * row + column]);
    matrix_.add(k, std::nullopt, counts[k * row + classes]);
  }
}

SegmentationFigures segmentation_figures(const ConfusionMatrix& pixels) {
  SegmentationFigures figures;
  figures.pixels = pixels.samples();
  double weighted = 0.0;
  for (std::size_t k = 0; k < pixels.classes(); ++k) {
    figures.classes.push_back(class_figures(pixels, k));
    weighted += real(figures.classes[k].pixels) * figures.classes[k].iou.or_zero();
  }
  figures.pixel_accuracy = ratio(real(pixels.correct()), real(figures.pixels), "no_pixels");
  figures.mean_accuracy = mean(figures.classes, 0, &SegmentationClass::recall);
  figures.mean_iou = mean(figures.classes, 0, &SegmentationClass::iou);
  figures.mean_dice = mean(figures.classes, 0, &SegmentationClass::dice);
  figures.mean_iou_foreground = mean(figures.classes, 1, &SegmentationClass::iou);
  figures.mean_dice_foreground = mean(figures.classes, 1, &SegmentationClass::dice);
  figures.frequency_weighted_iou = ratio(weighted, real(figures.pixels), "no_pixels");
  return figures;
}

}  // namespace zeromiss
