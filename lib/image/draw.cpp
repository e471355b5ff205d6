#include <zeromiss/image/draw.hpp>

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace zeromiss {
namespace {

/// Easy to tell apart on gray and coloured pictures (Okabe and Ito, 2008), as R, G, B.
const std::array<cv::Scalar, 7> kColors{cv::Scalar(230, 159, 0), cv::Scalar(86, 180, 233),
                                        cv::Scalar(0, 158, 115), cv::Scalar(240, 228, 66),
                                        cv::Scalar(213, 94, 0),  cv::Scalar(204, 121, 167),
                                        cv::Scalar(0, 114, 178)};
const cv::Scalar kInk(255, 255, 255), kPaper(0, 0, 0);
constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;

const cv::Scalar& color_of(const Mark& mark) { return kColors.at(mark.color % kColors.size()); }

cv::Mat in_color(const cv::Mat& pixels) {
  cv::Mat canvas;
  if (pixels.channels() == 3)
    canvas = pixels.clone();
  else
    cv::cvtColor(pixels, canvas, cv::COLOR_GRAY2RGB);
  return canvas;
}

/// The border is drawn on the pixels that the box covers, so that neighbours stay visible.
void draw_box(cv::Mat& canvas, const Mark& mark, int thickness) {
  const auto left = static_cast<int>(std::floor(mark.box.x));
  const auto top = static_cast<int>(std::floor(mark.box.y));
  const auto right = static_cast<int>(std::ceil(mark.box.x + mark.box.width)) - 1;
  const auto bottom = static_cast<int>(std::ceil(mark.box.y + mark.box.height)) - 1;
  cv::rectangle(canvas, {left, top}, {std::max(right, left), std::max(bottom, top)}, color_of(mark),
                thickness);
}

void draw_contour(cv::Mat& canvas, const Mark& mark, int thickness) {
  if (mark.inside.empty()) return;
  std::vector<std::vector<cv::Point>> contours;
  cv::findContours(mark.inside, contours, cv::RETR_LIST, cv::CHAIN_APPROX_SIMPLE, mark.place);
  cv::drawContours(canvas, contours, -1, color_of(mark), thickness);
}

/// The text on a dark ground, its lower left corner at `at`, moved into the picture.
void draw_text(cv::Mat& canvas, const std::string& text, cv::Point at, const cv::Scalar& ink,
               double scale, int thickness) {
  if (text.empty()) return;
  int below = 0;
  const cv::Size size = cv::getTextSize(text, kFont, scale, thickness, &below);
  const int margin = thickness + 1;
  const int height = size.height + below + 2 * margin;
  at.x = std::clamp(at.x, 0, std::max(0, canvas.cols - size.width - 2 * margin));
  at.y = std::clamp(at.y, std::min(height, canvas.rows), canvas.rows);
  cv::rectangle(canvas, {at.x, at.y - height}, {at.x + size.width + 2 * margin, at.y}, kPaper,
                cv::FILLED);
  cv::putText(canvas, text, {at.x + margin, at.y - below - margin}, kFont, scale, ink, thickness,
              cv::LINE_AA);
}

}  // namespace

cv::Mat draw_marks(const cv::Mat& pixels, const std::vector<Mark>& marks,
                   const std::string& caption) {
  cv::Mat canvas = in_color(pixels);
  const int longest = std::max(canvas.cols, canvas.rows);
  constexpr double kPixelsPerLine = 500.0, kPixelsPerScale = 1600.0, kSmallestScale = 0.35;
  const int thickness = std::max(1, static_cast<int>(std::lround(longest / kPixelsPerLine)));
  const double scale = std::max(kSmallestScale, longest / kPixelsPerScale);
  for (const Mark& mark : marks) {
    draw_contour(canvas, mark, thickness);
    draw_box(canvas, mark, thickness);
  }
  // Texts last: no line runs through them.
  for (const Mark& mark : marks)
    draw_text(canvas, mark.text,
              {static_cast<int>(mark.box.x), static_cast<int>(mark.box.y) - thickness},
              color_of(mark), scale, thickness);
  draw_text(canvas, caption, {0, 0}, kInk, scale, thickness);
  return canvas;
}

cv::Mat draw_boxes(const cv::Mat& pixels, const std::vector<Mark>& marks) {
  cv::Mat canvas = in_color(pixels);
  for (const Mark& mark : marks) draw_box(canvas, mark, 1);
  return canvas;
}

}  // namespace zeromiss
