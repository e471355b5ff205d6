#include "tile_merger.hpp"

#include "read_outputs.hpp"

#include <zeromiss/image/tiles.hpp>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace zeromiss {
namespace {

constexpr double kUsualIou = 0.5;  ///< where the manifest has no `nms`

/// By verdict first: a class with limits of its own may decide where another has the higher score.
bool is_worse(const Verdict& a, const Verdict& b) {
  return std::pair(a.kind(), a.score()) > std::pair(b.kind(), b.score());
}

double iou_of(const OutputRules& rules) {
  const auto limit = [](const std::optional<NmsRules>& nms) { return nms ? nms->iou : kUsualIou; };
  if (const auto* yolo = std::get_if<YoloRules>(&rules)) return limit(yolo->nms);
  if (const auto* torchvision = std::get_if<TorchvisionRules>(&rules))
    return limit(torchvision->nms);
  return kUsualIou;
}

std::vector<Defect>* defects_of(Prediction& prediction) {
  if (auto* objects = std::get_if<Objects>(&prediction)) return &objects->defects;
  if (auto* anomaly = std::get_if<Anomaly>(&prediction)) return &anomaly->defects;
  return nullptr;
}

Box box_of(const cv::Rect& rect) {
  return {static_cast<double>(rect.x), static_cast<double>(rect.y), static_cast<double>(rect.width),
          static_cast<double>(rect.height)};
}

/// Whole pixels round a box, forgiving what rounding added.
cv::Rect pixels_of(const Box& box) {
  constexpr double kRounding = 1e-6;
  const auto low = [](double at) { return static_cast<int>(std::floor(at + kRounding)); };
  const auto high = [](double at) { return static_cast<int>(std::ceil(at - kRounding)); };
  const int left = low(box.x), top = low(box.y);
  return {left, top, high(box.x + box.width) - left, high(box.y + box.height) - top};
}

}  // namespace

ModelPackage package_of_tiles(const ModelPackage& package) {
  ModelPackage result = package;
  for (ClassInfo& info : result.classes) {
    info.whole_min_score = info.min_score;
    info.min_score = info.min_area = 0.0;
  }
  return result;
}

TileMerger::TileMerger(const ModelPackage& package, const Limits& limits, cv::Size original)
    : package_(package),
      limits_(limits),
      cut_(placement_of(before_tiles(package.input), original)) {}

TilePlace TileMerger::place(cv::Rect area) const {
  const Placement whole = placement_of(tile_spec(package_.input, area), cut_.original());
  const cv::Rect picture(cv::Point(), cut_.original());
  const cv::Rect window = pixels_of(cut_.to_original(box_of(area))) & picture;
  if (window.empty()) throw ItemError("image.too_small", "a tile shows nothing of the picture");
  const cv::Matx33d shift(1, 0, window.x, 0, 1, window.y, 0, 0, 1);
  return {window, Placement(window.size(), whole.network(), whole.matrix() * shift)};
}

double TileMerger::add(Prediction tile, const TilePlace& place, cv::Rect area) {
  // judge() also refuses what is not finite or out of range.
  const Verdict verdict = judge(tile, package_, limits_);
  const double score = verdict.score().value();
  if (std::vector<Defect>* defects = defects_of(tile)) {
    for (Defect& defect : *defects) {
      defect.box.x += place.window.x;
      defect.box.y += place.window.y;
      const Box flat = cut_.to_network(defect.box);
      parts_.push_back({std::move(defect), place.window, tiles_, flat, area});
    }
    defects->clear();
  }
  ++tiles_;
  if (worst_ && std::holds_alternative<MultiLabel>(tile)) {
    auto& highest = std::get<MultiLabel>(*worst_).probabilities;
    const auto& here = std::get<MultiLabel>(tile).probabilities;
    for (std::size_t c = 0; c < highest.size(); ++c) highest[c] = std::max(highest[c], here[c]);
    return score;
  }
  if (worst_ && !is_worse(verdict, worst_verdict_)) return score;
  worst_ = std::move(tile);
  worst_verdict_ = verdict;
  return score;
}

std::vector<Defect> TileMerger::merged_defects() const {
  return merge_tile_defects(parts_, cut_.original(), cut_.network(), iou_of(package_.rules));
}

Prediction TileMerger::merged() {
  if (!worst_) throw std::logic_error("a picture without tiles");
  if (auto* objects = std::get_if<Objects>(&*worst_)) {
    objects->defects = counting(merged_defects(), package_);
  } else if (auto* anomaly = std::get_if<Anomaly>(&*worst_)) {
    anomaly->defects = merged_defects();
    std::erase_if(anomaly->defects, [&](const Defect& defect) {
      return defect.area < package_.classes[defect.label].min_area;
    });
    std::stable_sort(anomaly->defects.begin(), anomaly->defects.end(),
                     [](const Defect& a, const Defect& b) { return a.score > b.score; });
  }
  return *std::move(worst_);
}

}  // namespace zeromiss
