#include <zeromiss/base/mask.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace zeromiss {
namespace {

constexpr std::uint64_t kMostPixels = std::uint64_t{1} << 31U;

[[noreturn]] void refuse(const std::string& problem) { throw std::invalid_argument(problem); }

std::string size_text(std::uint32_t height, std::uint32_t width) {
  return std::to_string(height) + " x " + std::to_string(width);
}

std::uint32_t pixel_count(std::uint32_t height, std::uint32_t width) {
  const std::uint64_t pixels = std::uint64_t{height} * width;
  if (pixels == 0 || pixels > kMostPixels)
    refuse("mask size " + size_text(height, width) + ": expected 1 to 2^31 pixels");
  return static_cast<std::uint32_t>(pixels);
}

/// Takes runs one by one and refuses the first that cannot be.
class RunReader {
 public:
  RunReader(std::uint32_t height, std::uint32_t width)
      : pixels_(pixel_count(height, width)), mask_{height, width, {}} {}

  void add(std::int64_t run) {
    if (run < 0)
      refuse("run " + std::to_string(mask_.runs.size() + 1) + " of the mask is negative");
    if (run > std::int64_t{pixels_} - sum_)
      refuse("the runs of the mask go past its " + size() + " pixels");
    sum_ += run;
    mask_.runs.push_back(static_cast<std::uint32_t>(run));
  }

  /// What a compressed run is the difference to: the one two before, from the fourth on.
  [[nodiscard]] std::int64_t base() const {
    return mask_.runs.size() > 2 ? mask_.runs[mask_.runs.size() - 2] : 0;
  }

  Mask take() {
    if (sum_ != pixels_)
      refuse("the runs of the mask add up to " + std::to_string(sum_) + ", not to its " + size() +
             " = " + std::to_string(pixels_) + " pixels");
    return std::move(mask_);
  }

 private:
  [[nodiscard]] std::string size() const { return size_text(mask_.height, mask_.width); }
  std::uint32_t pixels_;
  std::int64_t sum_ = 0;
  Mask mask_;
};

/// A mask from the places where inside and outside change.
Mask mask_from_changes(std::uint32_t height, std::uint32_t width,
                       std::vector<std::uint32_t> changes) {
  const std::uint32_t pixels = pixel_count(height, width);
  std::sort(changes.begin(), changes.end());
  Mask mask{height, width, {}};
  std::uint32_t last = 0;
  for (std::size_t i = 0; i < changes.size() && changes[i] < pixels; ++i) {
    if (i + 1 < changes.size() && changes[i] == changes[i + 1]) {
      ++i;  // there and back: no change
      continue;
    }
    mask.runs.push_back(changes[i] - last);
    last = changes[i];
  }
  mask.runs.push_back(pixels - last);
  return mask;
}

constexpr double kFine = 5.0;  ///< COCO's grid is this much finer than the pixels
constexpr double kFarthest = 1e5;

struct GridPoint {
  int x, y;
};

/// Visits the grid points from `from` to `to`: one a step along the longer side. Rounding goes
/// toward zero from the end with the smaller coordinate, whichever way the edge runs.
template <typename Visit>
void walk_edge(GridPoint from, GridPoint to, Visit visit) {
  const int dx = std::abs(to.x - from.x), dy = std::abs(to.y - from.y);
  const int steps = std::max(dx, dy);
  if (steps == 0) return visit(from);
  const bool along_x = dx >= dy;
  const bool backwards = along_x ? from.x > to.x : from.y > to.y;
  const GridPoint low = backwards ? to : from, high = backwards ? from : to;
  const double slope = (along_x ? high.y - low.y : high.x - low.x) / static_cast<double>(steps);
  for (int i = 0; i <= steps; ++i) {
    const int t = backwards ? steps - i : i;
    const double across = (along_x ? low.y : low.x) + slope * t + 0.5;
    const int rounded = static_cast<int>(across);
    visit(along_x ? GridPoint{low.x + t, rounded} : GridPoint{rounded, low.y + t});
  }
}

double to_pixel(int grid) { return (grid + 0.5) / kFine - 0.5; }

/// Runs over two masks at once: use(length, in first, in second) for every common stretch.
template <typename Use>
void walk_both(const Mask& a, const Mask& b, Use use) {
  std::size_t i = 0, j = 0;
  std::uint32_t left_a = a.runs[0], left_b = b.runs[0];
  for (;;) {
    while (left_a == 0 && ++i < a.runs.size()) left_a = a.runs[i];
    while (left_b == 0 && ++j < b.runs.size()) left_b = b.runs[j];
    if (i >= a.runs.size() || j >= b.runs.size()) return;
    const std::uint32_t length = std::min(left_a, left_b);
    use(length, i % 2 == 1, j % 2 == 1);
    left_a -= length;
    left_b -= length;
  }
}

void require_same_size(const Mask& a, const Mask& b) {
  if (a.height == b.height && a.width == b.width) return;
  refuse("masks of different sizes: " + size_text(a.height, a.width) + " and " +
         size_text(b.height, b.width));
}

Mask merge_two(const Mask& a, const Mask& b, MaskMerge how) {
  require_same_size(a, b);
  Mask merged{a.height, a.width, {0}};
  walk_both(a, b, [&](std::uint32_t length, bool in_a, bool in_b) {
    const bool inside = how == MaskMerge::unite ? in_a || in_b : in_a && in_b;
    const bool last_inside = merged.runs.size() % 2 == 0;
    if (inside == last_inside)
      merged.runs.back() += length;
    else
      merged.runs.push_back(length);
  });
  return merged;
}

void require_inside(std::uint32_t height, std::uint32_t width, std::uint32_t left,
                    std::uint32_t top, std::uint32_t patch_height, std::uint32_t patch_width) {
  if (left > width || patch_width > width - left || top > height || patch_height > height - top)
    refuse("a patch of " + size_text(patch_height, patch_width) + " does not lie inside " +
           size_text(height, width));
}

}  // namespace

Mask mask_from_counts(std::uint32_t height, std::uint32_t width,
                      std::span<const std::int64_t> counts) {
  RunReader reader(height, width);
  for (const std::int64_t run : counts) reader.add(run);
  return reader.take();
}

Mask mask_from_text(std::uint32_t height, std::uint32_t width, std::string_view text) {
  // Five bits a character, lowest first; 32 = more follow, 16 in the last = negative.
  constexpr unsigned kMostBits = 40;
  RunReader reader(height, width);
  std::size_t at = 0;
  while (at < text.size()) {
    std::int64_t value = 0;
    unsigned bits = 0;
    for (bool more = true; more; ++at) {
      if (at == text.size()) refuse("the text of the mask is cut off inside a number");
      const int character = static_cast<unsigned char>(text[at]) - '0';
      if (character < 0 || character > 63)
        refuse("character " + std::to_string(at + 1) + " of the mask's text is none of COCO's");
      if (bits >= kMostBits) refuse("a number in the text of the mask is too long");
      value += static_cast<std::int64_t>(character % 32) << bits;
      bits += 5;
      more = character >= 32;
      if (!more && character % 32 >= 16) value -= std::int64_t{1} << bits;
    }
    reader.add(value + reader.base());
  }
  return reader.take();
}

std::string mask_to_text(const Mask& mask) {
  std::string text;
  for (std::size_t i = 0; i < mask.runs.size(); ++i) {
    std::int64_t value = mask.runs[i];
    if (i > 2) value -= mask.runs[i - 2];
    for (bool more = true; more;) {
      const auto low = static_cast<int>(((value % 32) + 32) % 32);
      value = (value - low) / 32;
      // The sign is bit 16 of the last character: enough when the rest only repeats it.
      more = low >= 16 ? value != -1 : value != 0;
      text += static_cast<char>('0' + low + (more ? 32 : 0));
    }
  }
  return text;
}

Mask mask_from_polygon(std::uint32_t height, std::uint32_t width, std::span<const double> corners) {
  static_cast<void>(pixel_count(height, width));
  if (corners.size() % 2 != 0 || corners.size() < 6)
    refuse("polygon of " + std::to_string(corners.size()) +
           " numbers: expected x and y of three or more corners");
  const auto on_grid = [&](double coordinate) {
    if (!(std::abs(coordinate) <= kFarthest))
      refuse("polygon coordinate " + std::to_string(coordinate) + " is beyond 100,000 pixels");
    return static_cast<int>(kFine * coordinate + 0.5);
  };
  std::vector<GridPoint> points;
  for (std::size_t i = 0; i < corners.size(); i += 2)
    points.push_back({on_grid(corners[i]), on_grid(corners[i + 1])});
  points.push_back(points.front());

  // Where the border steps from one grid column to the next, in the middle of a pixel column, it
  // goes in or out there.
  std::vector<std::uint32_t> changes;
  GridPoint last = points.front();
  const auto visit = [&](GridPoint point) {
    if (point.x != last.x) {
      const double column = to_pixel(point.x < last.x ? point.x : point.x - 1);
      if (std::floor(column) == column && column >= 0.0 && column <= width - 1.0) {
        const double row = std::ceil(
            std::clamp(to_pixel(std::min(point.y, last.y)), 0.0, static_cast<double>(height)));
        changes.push_back(static_cast<std::uint32_t>(column) * height +
                          static_cast<std::uint32_t>(row));
      }
    }
    last = point;
  };
  for (std::size_t i = 0; i + 1 < points.size(); ++i) walk_edge(points[i], points[i + 1], visit);
  return mask_from_changes(height, width, std::move(changes));
}

Mask mask_from_box(std::uint32_t height, std::uint32_t width, const Box& box) {
  const double right = box.x + box.width, bottom = box.y + box.height;
  const double corners[] = {box.x, box.y, box.x, bottom, right, bottom, right, box.y};
  return mask_from_polygon(height, width, corners);
}

Mask mask_from_pixels(std::uint32_t height, std::uint32_t width,
                      std::span<const std::uint8_t> pixels) {
  if (pixels.size() != pixel_count(height, width))
    refuse(std::to_string(pixels.size()) + " pixels for a mask of " + size_text(height, width));
  Mask mask{height, width, {0}};
  for (std::uint32_t column = 0; column < width; ++column)
    for (std::uint32_t row = 0; row < height; ++row) {
      const bool inside = pixels[std::size_t{row} * width + column] != 0;
      if (inside != (mask.runs.size() % 2 == 0)) mask.runs.push_back(0);
      ++mask.runs.back();
    }
  return mask;
}

Mask mask_from_patch(std::uint32_t height, std::uint32_t width, std::uint32_t left,
                     std::uint32_t top, std::uint32_t patch_height, std::uint32_t patch_width,
                     std::span<const std::uint8_t> pixels) {
  const std::uint32_t all = pixel_count(height, width);
  if (pixels.size() != std::size_t{patch_height} * patch_width)
    refuse(std::to_string(pixels.size()) + " pixels for a patch of " +
           size_text(patch_height, patch_width));
  require_inside(height, width, left, top, patch_height, patch_width);
  Mask mask{height, width, {}};
  std::uint32_t last = 0;  // where the run began that is still open
  bool inside = false;
  const auto change_at = [&](std::uint32_t place) {
    mask.runs.push_back(place - last);
    last = place;
    inside = !inside;
  };
  for (std::uint32_t column = 0; column < patch_width; ++column) {
    const std::uint32_t first = (left + column) * height + top;
    for (std::uint32_t row = 0; row < patch_height; ++row)
      if ((pixels[std::size_t{row} * patch_width + column] != 0) != inside) change_at(first + row);
    // Below the patch is outside, unless the next column goes on at once.
    if (inside && patch_height < height) change_at(first + patch_height);
  }
  // A patch as high as the picture: its last column may be open still.
  const std::uint32_t end = (left + patch_width) * height;
  if (inside && end < all) change_at(end);
  if (last < all || mask.runs.empty()) mask.runs.push_back(all - last);
  return mask;
}

std::vector<std::uint8_t> mask_pixels(const Mask& mask) {
  std::vector<std::uint8_t> pixels(std::size_t{mask.height} * mask.width);
  std::size_t place = 0;
  for (std::size_t run = 0; run < mask.runs.size(); ++run)
    for (std::uint32_t i = 0; i < mask.runs[run]; ++i, ++place)
      pixels[place % mask.height * mask.width + place / mask.height] = run % 2 == 1 ? 1 : 0;
  return pixels;
}

std::vector<std::uint8_t> mask_patch(const Mask& mask, std::uint32_t left, std::uint32_t top,
                                     std::uint32_t patch_height, std::uint32_t patch_width) {
  require_inside(mask.height, mask.width, left, top, patch_height, patch_width);
  std::vector<std::uint8_t> pixels(std::size_t{patch_height} * patch_width);
  std::uint32_t end = 0;
  for (std::size_t run = 0; run < mask.runs.size(); ++run) {
    const std::uint32_t start = end;
    end += mask.runs[run];
    if (run % 2 == 0 || start == end) continue;
    const std::uint32_t last_column = std::min((end - 1) / mask.height + 1, left + patch_width);
    for (std::uint32_t x = std::max(start / mask.height, left); x < last_column; ++x) {
      const std::uint32_t above = x * mask.height;
      const std::uint32_t first = std::max(start, above + top);
      const std::uint32_t behind = std::min(end, above + top + patch_height);
      for (std::uint32_t place = first; place < behind; ++place)
        pixels[std::size_t{place - above - top} * patch_width + (x - left)] = 1;
    }
  }
  return pixels;
}

Mask merge_masks(std::span<const Mask> masks, MaskMerge how) {
  if (masks.empty()) refuse("no masks to merge");
  Mask merged = masks[0];
  for (const Mask& mask : masks.subspan(1)) merged = merge_two(merged, mask, how);
  return merged;
}

std::uint64_t mask_area(const Mask& mask) {
  std::uint64_t area = 0;
  for (std::size_t i = 1; i < mask.runs.size(); i += 2) area += mask.runs[i];
  return area;
}

Box mask_box(const Mask& mask) {
  std::uint32_t left = mask.width, right = 0, top = mask.height, bottom = 0, end = 0;
  for (std::size_t i = 0; i < mask.runs.size(); ++i) {
    const std::uint32_t start = end;
    end += mask.runs[i];
    if (i % 2 == 0 || mask.runs[i] == 0) continue;
    const std::uint32_t first = start / mask.height, last = (end - 1) / mask.height;
    left = std::min(left, first);
    right = std::max(right, last + 1);
    top = std::min(top, first < last ? 0 : start % mask.height);
    bottom = std::max(bottom, first < last ? mask.height : (end - 1) % mask.height + 1);
  }
  if (right == 0) return {};
  return {static_cast<double>(left), static_cast<double>(top), static_cast<double>(right - left),
          static_cast<double>(bottom - top)};
}

double mask_iou(const Mask& detection, const Mask& truth, bool crowd) {
  require_same_size(detection, truth);
  std::uint64_t both = 0, either = 0, own = 0;
  walk_both(detection, truth, [&](std::uint32_t length, bool in_detection, bool in_truth) {
    if (in_detection) own += length;
    if (in_detection || in_truth) either += length;
    if (in_detection && in_truth) both += length;
  });
  if (both == 0) return 0.0;
  return static_cast<double>(both) / static_cast<double>(crowd ? own : either);
}

}  // namespace zeromiss
