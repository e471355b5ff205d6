#include "color.hpp"

#include <zeromiss/image/profile.hpp>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>

namespace zeromiss {
namespace {

constexpr int kBand = 512;  ///< rows converted at once, so that memory stays small
constexpr double kNoColor = 128.0;

struct Moments {
  double sum = 0, squares = 0;
  void add(const cv::Mat& values) {
    sum += cv::sum(values)[0];
    squares += values.dot(values);
  }
  [[nodiscard]] double mean(double count) const { return sum / count; }
  [[nodiscard]] double variance(double count) const {
    return std::max(0.0, squares / count - mean(count) * mean(count));
  }
};

/// The Laplacian of some rows, with the rows beside them where there are any.
cv::Mat laplacian(const cv::Mat& gray, cv::Range rows) {
  const cv::Range wider(std::max(0, rows.start - 1), std::min(gray.rows, rows.end + 1));
  cv::Mat result, values;
  cv::Laplacian(gray.rowRange(wider).clone(), result, CV_16S, 1);
  result.rowRange(rows.start - wider.start, rows.end - wider.start).convertTo(values, CV_64F);
  return values;
}

}  // namespace

Profile profile_of(const Image& image) {
  const bool color = image.pixels.channels() == 3;
  const cv::Mat gray = color ? rgb_to_gray(image.pixels) : image.pixels;
  const auto count = static_cast<double>(gray.total());
  Moments light, edges;
  double a = kNoColor * count, b = a;
  if (color) a = b = 0.0;
  for (int top = 0; top < gray.rows; top += kBand) {
    const cv::Range rows(top, std::min(gray.rows, top + kBand));
    cv::Mat values;
    gray.rowRange(rows).convertTo(values, CV_64F);
    light.add(values);
    edges.add(laplacian(gray, rows));
    if (!color) continue;
    const cv::Scalar lab = cv::sum(rgb_to(ColorSpace::lab, image.pixels.rowRange(rows)));
    a += lab[1];
    b += lab[2];
  }
  return {static_cast<double>(image.width()),
          static_cast<double>(image.height()),
          light.mean(count),
          std::sqrt(light.variance(count)),
          edges.variance(count),
          a / count,
          b / count};
}

}  // namespace zeromiss
