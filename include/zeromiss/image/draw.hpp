#pragma once

#include <zeromiss/base/box.hpp>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace zeromiss {

/// One object to draw, in pixels of the picture.
struct Mark {
  Box box;
  std::string text;       ///< beside the box; letters outside ASCII appear as "?"
  std::size_t color = 0;  ///< the same number, the same colour
  cv::Mat inside;         ///< CV_8UC1, its contour is drawn; empty: there is none
  cv::Point place;        ///< where `inside` lies in the picture
};

/// Boxes, contours and texts, and a caption in the upper left corner, sized for the picture.
/// @param pixels   CV_8UC1 or CV_8UC3 in R, G, B order
/// @return CV_8UC3
cv::Mat draw_marks(const cv::Mat& pixels, const std::vector<Mark>& marks,
                   const std::string& caption);

/// The boxes alone, thin: for small pictures.
cv::Mat draw_boxes(const cv::Mat& pixels, const std::vector<Mark>& marks);

}  // namespace zeromiss
