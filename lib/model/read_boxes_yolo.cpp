// Heads of the YOLO families: apps/README.md says the layouts; the arithmetic is single precision,
// as the networks' own post-processing has it.
#include "pixels.hpp"
#include "read_boxes.hpp"
#include "read_outputs.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace zeromiss {
namespace {

constexpr std::size_t kBox = 4;

/// The head as rows of candidates, whichever way it lies in memory.
struct Head {
  std::span<const float> data;
  std::size_t candidates, values;
  bool transposed;

  [[nodiscard]] float at(std::size_t candidate, std::size_t value) const {
    return data[transposed ? value * candidates + candidate : candidate * values + value];
  }
};

std::size_t values_of(const YoloRules& rules, std::size_t classes) {
  const std::size_t coefficients = rules.masks ? rules.masks->prototypes : 0;
  switch (rules.layout) {
    case YoloLayout::v5:
      return kBox + 1 + classes + coefficients;
    case YoloLayout::v8:
      return kBox + classes + coefficients;
    case YoloLayout::end2end:
      break;
  }
  return kBox + 2 + coefficients;
}

Head head_of(const OutputPart& part, const YoloRules& rules, std::size_t classes) {
  const std::size_t values = values_of(rules, classes);
  if (part.shape.size() != 2 ||
      part.shape[rules.transposed ? 0 : 1] != static_cast<std::int64_t>(values))
    refuse_output(fmt::format(
        "{} has shape {} for an image, expected {} with {} values a candidate for {} classes",
        part.name, fmt::join(part.shape, "x"),
        rules.transposed ? "values x candidates" : "candidates x values", values, classes));
  return {part.data, static_cast<std::size_t>(part.shape[rules.transposed ? 1 : 0]), values,
          rules.transposed};
}

float activated(float value, Activation activation) {
  if (activation == Activation::none) return value;
  return static_cast<float>(sigmoid(static_cast<double>(value)));
}

/// Every score of the image must be a probability, also those that are too low to count: NaN was
/// refused before, and a wrong `activation` would show here first.
void require_scores(const Head& head, std::size_t first, std::size_t count) {
  if (head.transposed)
    return require_probabilities(
        head.data.subspan(first * head.candidates, count * head.candidates), "a score");
  for (std::size_t i = 0; i < head.candidates; ++i)
    require_probabilities(head.data.subspan(i * head.values + first, count), "a score");
}

Corners corners_at(const Head& head, std::size_t row, const YoloRules& rules, cv::Size input) {
  const float across = rules.normalized ? static_cast<float>(input.width) : 1.0F;
  const float down = rules.normalized ? static_cast<float>(input.height) : 1.0F;
  const float a = head.at(row, 0) * across, b = head.at(row, 1) * down;
  const float c = head.at(row, 2) * across, d = head.at(row, 3) * down;
  if (rules.layout == YoloLayout::end2end) return {a, b, c, d};
  return {a - c / 2, b - d / 2, a + c / 2, b + d / 2};
}

/// The highest class of every candidate, class by class: a transposed head is read as it lies.
struct Best {
  std::vector<float> value;
  std::vector<std::uint32_t> label;
};

/// Defects first: of equal values the first counts, and it must not be that of a good class.
std::vector<std::uint32_t> defects_first(const std::vector<ClassInfo>& infos) {
  std::vector<std::uint32_t> order(infos.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_partition(order.begin(), order.end(),
                        [&](std::uint32_t c) { return infos[c].defect; });
  return order;
}

Best best_classes(const Head& head, std::size_t first, const std::vector<ClassInfo>& infos) {
  const std::vector<std::uint32_t> order = defects_first(infos);
  Best best{std::vector<float>(head.candidates),
            std::vector<std::uint32_t>(head.candidates, order.front())};
  for (std::size_t row = 0; row < head.candidates; ++row)
    best.value[row] = head.at(row, first + order.front());
  if (head.transposed) {
    for (const std::uint32_t c : order) {
      const auto values = head.data.subspan((first + c) * head.candidates, head.candidates);
      for (std::size_t row = 0; row < head.candidates; ++row) {
        const bool higher = values[row] > best.value[row];
        best.value[row] = higher ? values[row] : best.value[row];
        best.label[row] = higher ? c : best.label[row];
      }
    }
    return best;
  }
  for (std::size_t row = 0; row < head.candidates; ++row)
    for (const std::uint32_t c : order)
      if (head.at(row, first + c) > best.value[row]) {
        best.value[row] = head.at(row, first + c);
        best.label[row] = c;
      }
  return best;
}

/// Whether a defect of that score cannot count, in a tile neither as a whole.
bool is_too_low(const ClassInfo& info, float score) {
  return info.defect && static_cast<double>(score) < std::max(info.min_score, info.whole_min_score);
}

Candidates class_candidates(const Head& head, const YoloRules& rules, Candidates found,
                            cv::Size input) {
  const std::vector<ClassInfo>& infos = found.classes;
  const std::size_t classes = infos.size();
  const bool objectness = rules.layout == YoloLayout::v5;
  const std::size_t first = objectness ? kBox + 1 : kBox;
  if (rules.activation == Activation::none)
    require_scores(head, kBox, classes + (objectness ? 1 : 0));
  const auto object = [&](std::size_t row) {
    return objectness ? activated(head.at(row, kBox), rules.activation) : 1.0F;
  };
  const auto counts = [&](float score) { return static_cast<double>(score) >= rules.min_score; };
  if (rules.multi_label) {
    for (std::size_t row = 0; row < head.candidates; ++row)
      for (std::uint32_t c = 0; c < classes; ++c) {
        const float score = object(row) * activated(head.at(row, first + c), rules.activation);
        if (counts(score)) found.add(corners_at(head, row, rules, input), score, c, row);
      }
    return found;
  }
  const Best best = best_classes(head, first, infos);
  for (std::size_t row = 0; row < head.candidates; ++row) {
    const float score = object(row) * activated(best.value[row], rules.activation);
    if (!counts(score)) continue;
    found.add(corners_at(head, row, rules, input), score, best.label[row], row);
    // Too low for its own class, it may not be so for another: then the surest of these.
    if (!is_too_low(infos[best.label[row]], score)) continue;
    std::optional<std::uint32_t> surest;
    const auto score_as = [&](std::uint32_t c) {
      return object(row) * activated(head.at(row, first + c), rules.activation);
    };
    for (std::uint32_t c = 0; c < classes; ++c)
      if (infos[c].defect && counts(score_as(c)) && !is_too_low(infos[c], score_as(c)) &&
          (!surest || score_as(c) > score_as(*surest)))
        surest = c;
    if (surest) found.add(corners_at(head, row, rules, input), score_as(*surest), *surest, row);
  }
  return found;
}

/// Rows of box, score and class; rows below min_score are padding, whatever their class.
Candidates final_candidates(const Head& head, const YoloRules& rules, Candidates found,
                            cv::Size input) {
  const std::vector<ClassInfo>& infos = found.classes;
  const std::size_t classes = infos.size();
  if (rules.activation == Activation::none) require_scores(head, kBox, 1);
  for (std::size_t row = 0; row < head.candidates; ++row) {
    const float score = activated(head.at(row, kBox), rules.activation);
    if (static_cast<double>(score) < rules.min_score) continue;
    const float label = head.at(row, kBox + 1);
    if (!(label >= 0.0F && label < static_cast<float>(classes) && label == std::floor(label)))
      refuse_output(fmt::format("class {} of a box is none of the {} classes", label, classes));
    found.add(corners_at(head, row, rules, input), score, static_cast<std::uint32_t>(label), row);
  }
  return found;
}

/// Masks of single candidates: sums of the prototypes, only where a box needs them.
class Prototypes {
 public:
  Prototypes(const OutputPart& part, const PrototypeRules& rules, cv::Size input)
      : data_(part.data),
        count_(rules.prototypes),
        height_(input.height / rules.stride),
        width_(input.width / rules.stride),
        stride_(rules.stride),
        limit_(std::log(rules.threshold / (1.0 - rules.threshold))) {
    require_shape(part, {static_cast<std::int64_t>(count_), height_, width_});
  }

  [[nodiscard]] std::optional<Mask> mask(const Head& head, std::size_t row, const Corners& corners,
                                         const Box& box, const Placement& placement) const {
    const auto cell = [&](float pixel, int count, int beyond) {
      const double at = std::floor(static_cast<double>(pixel) / stride_) + beyond;
      return static_cast<int>(std::clamp(at, 0.0, static_cast<double>(count)));
    };
    // Interpolation looks one cell beyond the box.
    const int left = cell(corners.x1, width_, -1), right = cell(corners.x2, width_, 2);
    const int top = cell(corners.y1, height_, -1), bottom = cell(corners.y2, height_, 2);
    if (left >= right || top >= bottom) return std::nullopt;
    const auto columns = static_cast<std::size_t>(right - left);
    std::vector<float> values(columns * static_cast<std::size_t>(bottom - top));
    const std::size_t plane = static_cast<std::size_t>(height_) * static_cast<std::size_t>(width_);
    for (std::size_t p = 0; p < count_; ++p) {
      const float weight = head.at(row, head.values - count_ + p);
      for (int y = top; y < bottom; ++y) {
        const float* from = data_.data() + p * plane +
                            static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) +
                            static_cast<std::size_t>(left);
        float* to = values.data() + static_cast<std::size_t>(y - top) * columns;
        for (std::size_t x = 0; x < columns; ++x) to[x] += weight * from[x];
      }
    }
    if (!all_finite(values))
      throw ItemError("model.nonfinite", "a mask, the sum of its prototypes, is not finite");
    const Grid grid{values, 1, bottom - top, right - left, stride_, left, top};
    return object_mask(grid, limit_, box, placement);
  }

 private:
  std::span<const float> data_;
  std::size_t count_;
  int height_, width_, stride_;
  double limit_;  ///< of the sum: where its sigmoid reaches the threshold
};

}  // namespace

Objects read_boxes_yolo(const ImageOutputs& outputs, const ModelPackage& package,
                        const YoloRules& rules, const Placement& placement) {
  const cv::Size input = placement.network();
  const OutputPart part = rules.masks ? outputs.main(package.output_name, rules.masks->output)
                                      : outputs.main(package.output_name);
  const Head head = head_of(part, rules, package.classes.size());
  std::optional<Prototypes> prototypes;
  if (rules.masks) prototypes.emplace(outputs.named(rules.masks->output), *rules.masks, input);
  const Candidates none(package.classes, placement, prototypes.has_value());
  const Candidates candidates = rules.layout == YoloLayout::end2end
                                    ? final_candidates(head, rules, none, input)
                                    : class_candidates(head, rules, none, input);
  Objects objects;
  for (const std::size_t index : kept(candidates, rules.nms)) {
    Defect defect = defect_of(candidates, index);
    if (prototypes)
      set_mask(defect, prototypes->mask(head, candidates.rows[index], candidates.boxes[index],
                                        defect.box, placement));
    objects.defects.push_back(std::move(defect));
  }
  objects.defects = counting(std::move(objects.defects), package);
  return objects;
}

}  // namespace zeromiss
