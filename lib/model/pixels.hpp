#pragma once

#include <zeromiss/image/placement.hpp>
#include <zeromiss/model/package.hpp>
#include <zeromiss/model/prediction.hpp>

#include <optional>
#include <span>
#include <vector>

namespace zeromiss {

/// Values of a network on a grid over its input: cell (x, y) stands for the square of `stride`
/// pixels whose corner is (x + left, y + top) * stride.
struct Grid {
  std::span<const float> data;  ///< channels x height x width
  int channels = 1, height = 0, width = 0;
  int stride = 1;
  int left = 0, top = 0;  ///< of the whole grid, where this is a part
};

/// Which class a pixel belongs to, from the values of all channels.
class PixelRule {
 public:
  /// Channel i is class i. @param threshold  none: the class with the highest value
  static PixelRule classes(const std::vector<ClassInfo>& classes, Activation activation,
                           std::optional<double> threshold);
  /// One channel: values >= threshold are of `label`.
  static PixelRule above(double threshold, std::size_t label);

  static constexpr int kNone = -1;
  /// @param values  one a channel
  /// @return a class that is a defect, or kNone
  [[nodiscard]] int label_of(std::span<const float> values) const;
  /// The probability (or the map's value) for which the pixel is of that class.
  [[nodiscard]] double score_of(std::span<const float> values, int label) const;
  /// Where no corner of a cell is a defect, interpolation between them makes none. Not so for two
  /// good classes and argmax: between 2, 0, 1.9 and 0, 2, 1.9 lies 1, 1, 1.9, the third.
  [[nodiscard]] bool between_corners() const;

 private:
  std::vector<bool> defect_;
  Activation activation_ = Activation::none;
  std::optional<double> threshold_;
  std::optional<std::size_t> single_label_;
};

/// Connected groups (8 neighbours) of pixels of one class, in the original picture. The score is
/// the highest of its pixels. Where the picture is smaller than the grid, so that cells lie between
/// the centres of its pixels, a pixel is also what the surest of the cells inside is. Without
/// order; those below the class's min_area are left out.
std::vector<Defect> defects_of_pixels(const Grid& grid, const PixelRule& rule,
                                      Interpolation interpolation, const Placement& placement,
                                      const std::vector<ClassInfo>& classes);

/// The pixels of the original inside `box` where the interpolated grid (one channel) is >=
/// `threshold`; none where there is no such pixel.
std::optional<Mask> object_mask(const Grid& grid, double threshold, const Box& box,
                                const Placement& placement);

}  // namespace zeromiss
