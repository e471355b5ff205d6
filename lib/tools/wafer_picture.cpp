#include "wafer_picture.hpp"

#include <zeromiss/image/encode.hpp>

#include <opencv2/core/mat.hpp>

#include <algorithm>

namespace zeromiss {
namespace {

/// R, G, B by state; the colours of the reports. Missing dies are neither: white with a dark frame.
const cv::Vec3b& colour_of(DieState state) {
  static const std::array<cv::Vec3b, 5> kColours{cv::Vec3b{28, 124, 84}, cv::Vec3b{222, 160, 40},
                                                 cv::Vec3b{179, 38, 30}, cv::Vec3b{106, 75, 176},
                                                 cv::Vec3b{255, 255, 255}};
  return kColours.at(static_cast<std::size_t>(state));
}

}  // namespace

std::string yield_map_png(const WaferGrid& grid) {
  const int lines = static_cast<int>(grid.rows.size());
  const int columns = static_cast<int>(grid.rows.front().size());
  constexpr int kSide = 720, kLargest = 24, kSmallest = 1;
  const int die = std::clamp(kSide / std::max(lines, columns), kSmallest, kLargest);
  const int gap = die > 3 ? 1 : 0;
  const cv::Vec3b paper{246, 246, 244}, frame{90, 90, 90};
  cv::Mat picture(lines * die + gap, columns * die + gap, CV_8UC3, paper);
  for (int row = 0; row < lines; ++row)
    for (int column = 0; column < columns; ++column) {
      const auto& state =
          grid.rows[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)];
      if (!state) continue;
      cv::Mat place = picture(cv::Range(row * die + gap, (row + 1) * die),
                              cv::Range(column * die + gap, (column + 1) * die));
      place = colour_of(*state);
      if (*state == DieState::missing && place.rows > 2) {
        place.row(0) = frame;
        place.row(place.rows - 1) = frame;
        place.col(0) = frame;
        place.col(place.cols - 1) = frame;
      }
    }
  return encode_png(picture);
}

}  // namespace zeromiss
