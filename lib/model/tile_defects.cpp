#include "tile_defects.hpp"

#include "outputs.hpp"

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace zeromiss {
namespace {

constexpr std::size_t kMostParts = 65'536;
constexpr double kSeamShare = 0.02, kSeamLeast = 2.0;  ///< of a tile's side; pixels
constexpr double kHalf = 0.5;

/// A length that boxes of two tiles have in common; negative: the gap between them.
double common(double a, double a_length, double b, double b_length) {
  return std::min(a + a_length, b + b_length) - std::max(a, b);
}
double common_x(const Box& a, const Box& b) { return common(a.x, a.width, b.x, b.width); }
double common_y(const Box& a, const Box& b) { return common(a.y, a.height, b.y, b.height); }

double seam(int side) { return std::max(kSeamLeast, kSeamShare * side); }

/// The sides at which a box ends because its tile does.
struct CutSides {
  bool left, right, top, bottom;
  [[nodiscard]] bool any() const { return left || right || top || bottom; }
};

CutSides cut_sides(const TileDefect& part, cv::Size cut) {
  const Box& box = part.flat;
  const cv::Rect& area = part.area;
  const double x = seam(area.width), y = seam(area.height);
  return {area.x > 0 && box.x <= area.x + x,
          area.br().x < cut.width && box.x + box.width >= area.br().x - x,
          area.y > 0 && box.y <= area.y + y,
          area.br().y < cut.height && box.y + box.height >= area.br().y - y};
}

/// Whether `other` goes on where a seam cuts `part`.
bool goes_on(const TileDefect& part, const CutSides& sides, const TileDefect& other) {
  const Box &a = part.flat, &b = other.flat;
  const double x = seam(part.area.width), y = seam(part.area.height);
  const bool level = common_y(a, b) >= kHalf * std::min(a.height, b.height);
  const bool plumb = common_x(a, b) >= kHalf * std::min(a.width, b.width);
  const double right = a.x + a.width, bottom = a.y + a.height;
  return (level && sides.right && b.x <= right + x && b.x + b.width >= right - x) ||
         (level && sides.left && b.x <= a.x + x && b.x + b.width >= a.x - x) ||
         (plumb && sides.bottom && b.y <= bottom + y && b.y + b.height >= bottom - y) ||
         (plumb && sides.top && b.y <= a.y + y && b.y + b.height >= a.y - y);
}

bool same_boxes(const TileDefect& a, const TileDefect& b, cv::Size cut, double iou) {
  const double both =
      std::max(common_x(a.flat, b.flat), 0.0) * std::max(common_y(a.flat, b.flat), 0.0);
  const double area_a = a.flat.width * a.flat.height, area_b = b.flat.width * b.flat.height;
  if (both > iou * (area_a + area_b - both)) return true;
  const CutSides sides_a = cut_sides(a, cut), sides_b = cut_sides(b, cut);
  const bool inside = both > 0 && both >= kHalf * std::min(area_a, area_b);
  if (inside && (sides_a.any() || sides_b.any())) return true;
  return goes_on(a, sides_a, b) || goes_on(b, sides_b, a);
}

/// The pixels that a box touches.
cv::Rect cover(const Box& box) {
  const auto left = static_cast<int>(std::floor(box.x)), top = static_cast<int>(std::floor(box.y));
  return {left, top, static_cast<int>(std::ceil(box.x + box.width)) - left,
          static_cast<int>(std::ceil(box.y + box.height)) - top};
}

/// Sets a part's pixels in a patch of the original that begins at `origin`.
void paint(const TileDefect& part, cv::Point origin, cv::Mat& patch) {
  const Mask& mask = *part.defect.mask;
  const cv::Point shift = part.window.tl() - origin;
  std::uint64_t at = 0;
  bool inside = false;
  for (const std::uint32_t run : mask.runs) {
    for (std::uint64_t i = at; inside && i < at + run; ++i) {
      const int x = static_cast<int>(i / mask.height) + shift.x;
      const int y = static_cast<int>(i % mask.height) + shift.y;
      if (x >= 0 && y >= 0 && x < patch.cols && y < patch.rows) patch.at<std::uint8_t>(y, x) = 255;
    }
    at += run;
    inside = !inside;
  }
}

cv::Rect grown(const cv::Rect& rect) {
  return {rect.x - 1, rect.y - 1, rect.width + 2, rect.height + 2};
}

bool same_masks(const TileDefect& a, const TileDefect& b) {
  const cv::Rect meeting = grown(cover(a.defect.box)) & cover(b.defect.box);
  if (meeting.empty()) return false;
  const cv::Rect around = grown(meeting);
  cv::Mat of_a = cv::Mat::zeros(around.size(), CV_8UC1), of_b = of_a.clone();
  paint(a, around.tl(), of_a);
  paint(b, around.tl(), of_b);
  cv::dilate(of_a, of_a, cv::Mat::ones(3, 3, CV_8UC1));
  return cv::countNonZero(of_a & of_b) > 0;
}

bool same(const TileDefect& a, const TileDefect& b, cv::Size cut, double iou) {
  if (a.tile == b.tile || a.defect.label != b.defect.label) return false;
  if (a.defect.mask && b.defect.mask) return same_masks(a, b);
  return same_boxes(a, b, cut, iou);
}

/// Which parts belong together: everybody's number is that of its group's first part.
class Groups {
 public:
  explicit Groups(std::size_t count) : first_(count) {
    std::iota(first_.begin(), first_.end(), std::size_t{0});
  }
  std::size_t find(std::size_t part) {
    while (first_[part] != part) part = first_[part] = first_[first_[part]];
    return part;
  }
  void join(std::size_t a, std::size_t b) {
    const std::size_t first_a = find(a), first_b = find(b);
    first_[std::max(first_a, first_b)] = std::min(first_a, first_b);
  }

 private:
  std::vector<std::size_t> first_;
};

Box united(const Box& a, const Box& b) {
  const double left = std::min(a.x, b.x), top = std::min(a.y, b.y);
  return {left, top, std::max(a.x + a.width, b.x + b.width) - left,
          std::max(a.y + a.height, b.y + b.height) - top};
}

void unite_masks(Defect& whole, const std::vector<const TileDefect*>& parts, cv::Size original) {
  const cv::Rect place = cover(whole.box) & cv::Rect(cv::Point(), original);
  cv::Mat patch = cv::Mat::zeros(place.size(), CV_8UC1);
  for (const TileDefect* part : parts) {
    if (part->defect.mask) {
      paint(*part, place.tl(), patch);
      continue;
    }
    // Its area is its box's, and a whole must not be smaller than its parts.
    const cv::Rect touched = cover(part->defect.box) & place;
    if (!touched.empty()) patch(touched - place.tl()).setTo(255);
  }
  whole.area = cv::countNonZero(patch);
  const auto number = [](int value) { return static_cast<std::uint32_t>(value); };
  whole.mask = mask_from_patch(number(original.height), number(original.width), number(place.x),
                               number(place.y), number(place.height), number(place.width),
                               {patch.data, patch.total()});
}

Defect whole_of(const std::vector<const TileDefect*>& parts, cv::Size original) {
  Defect whole = parts.front()->defect;
  bool masks = whole.mask.has_value();
  for (const TileDefect* part : parts) {
    whole.score = std::max(whole.score, part->defect.score);
    whole.box = united(whole.box, part->defect.box);
    masks = masks || part->defect.mask.has_value();
  }
  if (masks)
    unite_masks(whole, parts, original);
  else if (parts.size() > 1)
    whole.area = whole.box.width * whole.box.height;
  return whole;
}

}  // namespace

std::vector<Defect> merge_tile_defects(const std::vector<TileDefect>& parts, cv::Size original,
                                       cv::Size cut, double iou) {
  if (parts.size() > kMostParts)
    refuse_output(fmt::format("more than {} defects in the tiles of one image", kMostParts));
  // From left to right, so that a part is held only against those that begin before it ends.
  std::vector<const TileDefect*> order;
  for (const TileDefect& part : parts) order.push_back(&part);
  std::stable_sort(order.begin(), order.end(),
                   [](const TileDefect* a, const TileDefect* b) { return a->flat.x < b->flat.x; });
  Groups groups(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    const TileDefect& part = *order[i];
    const double end = part.flat.x + part.flat.width + seam(part.area.width) + 2;
    for (std::size_t j = i + 1; j < order.size() && order[j]->flat.x <= end; ++j)
      if (groups.find(i) != groups.find(j) && same(part, *order[j], cut, iou)) groups.join(i, j);
  }
  std::vector<std::vector<const TileDefect*>> members(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) members[groups.find(i)].push_back(order[i]);
  std::vector<Defect> defects;
  for (const auto& group : members)
    if (!group.empty()) defects.push_back(whole_of(group, original));
  return defects;
}

}  // namespace zeromiss
