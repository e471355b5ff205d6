#include "pixels.hpp"

#include "outputs.hpp"

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace zeromiss {
namespace {

constexpr std::size_t kMostDefects = 10'000;  ///< more are noise, and no list for anybody

/// Places in the grid of the centres of the original's pixels, row by row.
class GridWalk {
 public:
  GridWalk(const Grid& grid, const Placement& placement)
      : matrix_(placement.matrix()),
        stride_(grid.stride),
        left_(grid.left),
        top_(grid.top),
        network_(placement.network()),
        affine_(matrix_(2, 0) == 0.0 && matrix_(2, 1) == 0.0 && matrix_(2, 2) == 1.0) {}

  /// Cells are points here: cell (0, 0) is at its centre, (0, 0).
  /// @return whether the network saw the pixel at all
  bool at(int x, int y, double& grid_x, double& grid_y) const {
    const double px = x + 0.5, py = y + 0.5;
    double u = matrix_(0, 0) * px + matrix_(0, 1) * py + matrix_(0, 2);
    double v = matrix_(1, 0) * px + matrix_(1, 1) * py + matrix_(1, 2);
    if (!affine_) {
      const double w = matrix_(2, 0) * px + matrix_(2, 1) * py + matrix_(2, 2);
      u /= w;
      v /= w;
    }
    if (!(u >= 0.0 && v >= 0.0 && u < network_.width && v < network_.height)) return false;
    grid_x = u / stride_ - 0.5 - left_;
    grid_y = v / stride_ - 0.5 - top_;
    return true;
  }

  /// Whether a pixel may hold the centres of several cells, so that some lie between those of
  /// pixels.
  [[nodiscard]] bool is_finer() const {
    const auto across = [&](int row) {
      return std::abs(matrix_(row, 0)) + std::abs(matrix_(row, 1));
    };
    return affine_ && std::max(across(0), across(1)) > stride_;
  }
  /// The centre of a cell, in the network's input.
  [[nodiscard]] cv::Point2d centre(int column, int row) const {
    return {(column + 0.5 + left_) * stride_, (row + 0.5 + top_) * stride_};
  }

 private:
  cv::Matx33d matrix_;
  double stride_, left_, top_;
  cv::Size network_;
  bool affine_;
};

/// The four cells round a place, and its shares between them; beyond the border its cells go on.
struct Around {
  int x0, x1, y0, y1;
  double right, down;

  Around(const Grid& grid, double x, double y) {
    const double floor_x = std::floor(x), floor_y = std::floor(y);
    const auto inside = [](double at, int count) {
      return std::clamp(static_cast<int>(at), 0, count - 1);
    };
    x0 = inside(floor_x, grid.width);
    x1 = inside(floor_x + 1, grid.width);
    y0 = inside(floor_y, grid.height);
    y1 = inside(floor_y + 1, grid.height);
    right = x - floor_x;
    down = y - floor_y;
  }
};

/// In double precision: a difference of two floats that are finite may not be one.
float interpolated(const float* plane, int width, const Around& at) {
  const float* upper = plane + static_cast<std::ptrdiff_t>(at.y0) * width;
  const float* lower = plane + static_cast<std::ptrdiff_t>(at.y1) * width;
  const auto between = [](double a, double b, double share) { return a + (b - a) * share; };
  const double above = between(upper[at.x0], upper[at.x1], at.right);
  const double below = between(lower[at.x0], lower[at.x1], at.right);
  return static_cast<float>(between(above, below, at.down));
}

/// Decides pixels of the original, each from the values that the manifest's `resample` gives it.
class PixelDecider {
 public:
  PixelDecider(const Grid& grid, const PixelRule& rule, Interpolation interpolation,
               const Placement& placement)
      : grid_(grid),
        rule_(rule),
        nearest_(interpolation == Interpolation::nearest),
        skips_(!nearest_ && rule.between_corners()),
        walk_(grid, placement),
        values_(static_cast<std::size_t>(grid.channels)) {
    const bool finer = walk_.is_finer();
    if (!nearest_ && !skips_ && !finer) return;
    const std::size_t cells = plane_size();
    labels_.resize(cells);
    for (std::size_t cell = 0; cell < cells; ++cell)
      labels_[cell] = rule_.label_of(cell_values(cell));
    const auto is_none = [](int l) { return l == PixelRule::kNone; };
    empty_ = (nearest_ || skips_) && std::all_of(labels_.begin(), labels_.end(), is_none);
    if (finer && !empty_) place_cells(placement);
  }

  /// Nothing is found anywhere.
  [[nodiscard]] bool empty() const { return empty_; }

  /// Of its own place, or of a cell inside that is surer of a defect.
  int label(int x, int y) {
    const int own = label_at_centre(x, y);
    const int cell = cell_of(x, y);
    if (cell < 0) return own;
    const int other = labels_[static_cast<std::size_t>(cell)];
    const bool surer = own == PixelRule::kNone || cell_score(cell) > score_at_centre(x, y, own);
    return surer ? other : own;
  }

  /// Of a pixel that label() gave to a class.
  double score(int x, int y, int label) {
    const double own = score_at_centre(x, y, label);
    const int cell = cell_of(x, y);
    if (cell < 0 || labels_[static_cast<std::size_t>(cell)] != label) return own;
    return std::max(own, cell_score(cell));
  }

 private:
  int label_at_centre(int x, int y) {
    double grid_x = 0, grid_y = 0;
    if (!walk_.at(x, y, grid_x, grid_y)) return PixelRule::kNone;
    if (nearest_) return labels_[nearest_cell(grid_x, grid_y)];
    const Around around(grid_, grid_x, grid_y);
    if (skips_ && quiet(around)) return PixelRule::kNone;
    interpolate(around);
    return rule_.label_of(values_);
  }

  double score_at_centre(int x, int y, int label) {
    double grid_x = 0, grid_y = 0;
    walk_.at(x, y, grid_x, grid_y);
    if (nearest_) return rule_.score_of(cell_values(nearest_cell(grid_x, grid_y)), label);
    interpolate(Around(grid_, grid_x, grid_y));
    return rule_.score_of(values_, label);
  }

  /// The pixel that holds a coordinate; on a border the next, on the picture's last the one inside.
  /// @return -1 outside
  static int pixel_at(double at, int count) {
    constexpr double kRounding = 1e-9;
    if (!(at > -kRounding && at < count + kRounding)) return -1;
    return std::min(static_cast<int>(std::floor(at + kRounding)), count - 1);
  }

  /// Gives each cell that is a defect to the pixel that its centre falls in; the surest one stays.
  void place_cells(const Placement& placement) {
    cells_ = cv::Mat_<int>(placement.original(), -1);
    for (int row = 0; row < grid_.height; ++row)
      for (int column = 0; column < grid_.width; ++column) {
        const std::size_t cell = cell_at(column, row);
        if (labels_[cell] == PixelRule::kNone) continue;
        const cv::Point2d at = placement.to_original(walk_.centre(column, row));
        const int x = pixel_at(at.x, cells_.cols), y = pixel_at(at.y, cells_.rows);
        if (x < 0 || y < 0) continue;
        int& placed = cells_(y, x);
        const int number = static_cast<int>(cell);
        if (placed < 0 || cell_score(number) > cell_score(placed)) placed = number;
      }
  }
  [[nodiscard]] int cell_of(int x, int y) const { return cells_.empty() ? -1 : cells_(y, x); }
  double cell_score(int cell) {
    const auto place = static_cast<std::size_t>(cell);
    return rule_.score_of(cell_values(place), labels_[place]);
  }

  [[nodiscard]] std::size_t plane_size() const {
    return static_cast<std::size_t>(grid_.height) * static_cast<std::size_t>(grid_.width);
  }
  [[nodiscard]] std::size_t cell_at(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(grid_.width) +
           static_cast<std::size_t>(x);
  }
  [[nodiscard]] std::size_t nearest_cell(double x, double y) const {
    return cell_at(std::clamp(static_cast<int>(std::floor(x + 0.5)), 0, grid_.width - 1),
                   std::clamp(static_cast<int>(std::floor(y + 0.5)), 0, grid_.height - 1));
  }
  [[nodiscard]] bool quiet(const Around& at) const {
    return labels_[cell_at(at.x0, at.y0)] == PixelRule::kNone &&
           labels_[cell_at(at.x1, at.y0)] == PixelRule::kNone &&
           labels_[cell_at(at.x0, at.y1)] == PixelRule::kNone &&
           labels_[cell_at(at.x1, at.y1)] == PixelRule::kNone;
  }
  std::span<const float> cell_values(std::size_t cell) {
    for (std::size_t c = 0; c < values_.size(); ++c)
      values_[c] = grid_.data[c * plane_size() + cell];
    return values_;
  }
  void interpolate(const Around& at) {
    const float* plane = grid_.data.data();
    for (float& value : values_) {
      value = interpolated(plane, grid_.width, at);
      plane += plane_size();
    }
  }

  const Grid& grid_;
  const PixelRule& rule_;
  bool nearest_, skips_;
  bool empty_ = false;
  GridWalk walk_;
  std::vector<float> values_;
  std::vector<int> labels_;  ///< of the grid's cells
  cv::Mat_<int> cells_;      ///< of each pixel the cell that place_cells() gave to it, or -1
};

/// Class + 1 of every pixel of the original, 0 for none.
cv::Mat label_picture(PixelDecider& decider, cv::Size size) {
  cv::Mat labels(size, CV_16UC1);
  for (int y = 0; y < size.height; ++y) {
    auto* row = labels.ptr<std::uint16_t>(y);
    for (int x = 0; x < size.width; ++x)
      row[x] = static_cast<std::uint16_t>(decider.label(x, y) + 1);
  }
  return labels;
}

/// The score of the pixel that is surest to belong to the class. @param inside  CV_8UC1
double highest_score(const cv::Mat& inside, cv::Point place, int label, PixelDecider& decider) {
  std::optional<double> highest;
  for (int y = 0; y < inside.rows; ++y)
    for (int x = 0; x < inside.cols; ++x) {
      if (inside.at<std::uint8_t>(y, x) == 0) continue;
      const double here = decider.score(place.x + x, place.y + y, label);
      highest = std::max(here, highest.value_or(here));
    }
  return highest.value();  // no group is empty
}

Mask mask_of(const cv::Mat& inside, cv::Point place, cv::Size picture) {
  const auto unsigned_of = [](int value) { return static_cast<std::uint32_t>(value); };
  return mask_from_patch(unsigned_of(picture.height), unsigned_of(picture.width),
                         unsigned_of(place.x), unsigned_of(place.y), unsigned_of(inside.rows),
                         unsigned_of(inside.cols), {inside.data, inside.total()});
}

/// Adds the groups of one class.
void add_groups(const cv::Mat& labels, int label, const ClassInfo& info, PixelDecider& decider,
                std::vector<Defect>& defects) {
  const cv::Mat of_class = labels == label + 1;
  const cv::Rect around = cv::boundingRect(of_class);
  if (around.empty()) return;
  cv::Mat groups, stats, centres;
  const int count = cv::connectedComponentsWithStats(of_class(around), groups, stats, centres, 8);
  for (int group = 1; group < count; ++group) {  // 0 is what belongs to none
    const auto stat = [&](int column) { return stats.at<int>(group, column); };
    const double area = stat(cv::CC_STAT_AREA);
    if (area < info.min_area) continue;
    if (defects.size() == kMostDefects)
      refuse_output(fmt::format("more than {} defects in one image: set min_area", kMostDefects));
    const cv::Rect box(stat(cv::CC_STAT_LEFT), stat(cv::CC_STAT_TOP), stat(cv::CC_STAT_WIDTH),
                       stat(cv::CC_STAT_HEIGHT));
    const cv::Mat inside = groups(box) == group;
    const cv::Point place = box.tl() + around.tl();
    defects.push_back({static_cast<std::size_t>(label),
                       highest_score(inside, place, label, decider),
                       {static_cast<double>(place.x), static_cast<double>(place.y),
                        static_cast<double>(box.width), static_cast<double>(box.height)},
                       area,
                       mask_of(inside, place, labels.size())});
  }
}

}  // namespace

PixelRule PixelRule::classes(const std::vector<ClassInfo>& classes, Activation activation,
                             std::optional<double> threshold) {
  PixelRule rule;
  for (const ClassInfo& info : classes) rule.defect_.push_back(info.defect);
  rule.activation_ = activation;
  rule.threshold_ = threshold;
  return rule;
}

PixelRule PixelRule::above(double threshold, std::size_t label) {
  PixelRule rule;
  rule.threshold_ = threshold;
  rule.single_label_ = label;
  return rule;
}

int PixelRule::label_of(std::span<const float> values) const {
  if (single_label_) return values[0] >= *threshold_ ? static_cast<int>(*single_label_) : kNone;
  int best = kNone;
  bool good_is_higher = false;
  for (std::size_t c = 0; c < values.size(); ++c)
    if (defect_[c] && (best == kNone || values[c] > values[static_cast<std::size_t>(best)]))
      best = static_cast<int>(c);
  if (best == kNone) return kNone;
  const float value = values[static_cast<std::size_t>(best)];
  if (threshold_) return score_of(values, best) >= *threshold_ ? best : kNone;
  for (std::size_t c = 0; c < values.size(); ++c)
    good_is_higher = good_is_higher || (!defect_[c] && values[c] > value);
  return good_is_higher ? kNone : best;
}

double PixelRule::score_of(std::span<const float> values, int label) const {
  const double value = single_label_ ? values[0] : values[static_cast<std::size_t>(label)];
  switch (activation_) {
    case Activation::none:
      return value;
    case Activation::sigmoid:
      return sigmoid(value);
    case Activation::softmax:
      break;
  }
  double sum = 0.0;
  for (const float other : values) sum += std::exp(other - value);
  return 1.0 / sum;
}

bool PixelRule::between_corners() const {
  if (threshold_) return activation_ != Activation::softmax;
  return std::count(defect_.begin(), defect_.end(), false) <= 1;
}

std::vector<Defect> defects_of_pixels(const Grid& grid, const PixelRule& rule,
                                      Interpolation interpolation, const Placement& placement,
                                      const std::vector<ClassInfo>& classes) {
  PixelDecider decider(grid, rule, interpolation, placement);
  std::vector<Defect> defects;
  if (decider.empty()) return defects;
  const cv::Mat labels = label_picture(decider, placement.original());
  for (std::size_t label = 0; label < classes.size(); ++label)
    if (classes[label].defect)
      add_groups(labels, static_cast<int>(label), classes[label], decider, defects);
  return defects;
}

std::optional<Mask> object_mask(const Grid& grid, double threshold, const Box& box,
                                const Placement& placement) {
  // Pixels whose centre is inside the box.
  const auto first = [](double side) { return static_cast<int>(std::ceil(side - 0.5)); };
  const int left = first(box.x), top = first(box.y);
  const int right = std::min(first(box.x + box.width), placement.original().width);
  const int bottom = std::min(first(box.y + box.height), placement.original().height);
  if (left >= right || top >= bottom) return std::nullopt;
  std::vector<std::uint8_t> inside(static_cast<std::size_t>(right - left) *
                                   static_cast<std::size_t>(bottom - top));
  const GridWalk walk(grid, placement);
  bool any = false;
  auto pixel = inside.begin();
  for (int y = top; y < bottom; ++y)
    for (int x = left; x < right; ++x, ++pixel) {
      double grid_x = 0, grid_y = 0;
      if (!walk.at(x, y, grid_x, grid_y)) continue;
      const float value = interpolated(grid.data.data(), grid.width, Around(grid, grid_x, grid_y));
      *pixel = value >= threshold ? 1 : 0;
      any = any || *pixel != 0;
    }
  if (!any) return std::nullopt;
  return mask_of(cv::Mat(bottom - top, right - left, CV_8UC1, inside.data()), {left, top},
                 placement.original());
}

}  // namespace zeromiss
