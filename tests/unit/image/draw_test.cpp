#include "support/catch.hpp"

#include <zeromiss/image/draw.hpp>

#include <opencv2/core.hpp>

using namespace zeromiss;

namespace {

bool is_black(const cv::Mat& picture, int x, int y) {
  return picture.at<cv::Vec3b>(y, x) == cv::Vec3b(0, 0, 0);
}

}  // namespace

TEST_CASE("a box is drawn on the pixels that it covers", "[draw]") {
  const cv::Mat picture(20, 20, CV_8UC1, cv::Scalar(0));
  const cv::Mat drawn = draw_boxes(picture, {{{2, 3, 10, 5}, "", 0, {}, {}}});
  CHECK(drawn.type() == CV_8UC3);
  CHECK(cv::countNonZero(picture) == 0);  // what is given stays as it is
  for (const auto& [x, y] : {std::pair{2, 3}, {11, 3}, {2, 7}, {11, 7}})
    CHECK_FALSE(is_black(drawn, x, y));
  for (const auto& [x, y] : {std::pair{1, 3}, {12, 3}, {2, 2}, {2, 8}, {5, 5}})
    CHECK(is_black(drawn, x, y));
}

TEST_CASE("boxes beside the picture, empty ones and long texts do no harm", "[draw]") {
  const cv::Mat picture(8, 8, CV_8UC3, cv::Scalar(0, 0, 0));
  const std::string text(200, 'x');
  for (const Box& box :
       {Box{0, 0, 0, 0}, Box{8, 8, 0, 0}, Box{-5, -5, 30, 30}, Box{7.5, 0, 0.5, 8}})
    CHECK(draw_marks(picture, {{box, text, 3, {}, {}}}, text).size() == picture.size());
  CHECK(cv::countNonZero(picture.reshape(1)) == 0);
}

TEST_CASE("a contour follows the mask", "[draw]") {
  const cv::Mat picture(20, 20, CV_8UC3, cv::Scalar(0, 0, 0));
  const cv::Mat inside(4, 4, CV_8UC1, cv::Scalar(1));
  // The box is elsewhere, so what is drawn at (10, 10) is the contour.
  const cv::Mat drawn = draw_marks(picture, {{{0, 18, 2, 2}, "", 0, inside, {10, 10}}}, "");
  CHECK_FALSE(is_black(drawn, 10, 10));
  CHECK_FALSE(is_black(drawn, 13, 13));
  CHECK(is_black(drawn, 11, 12));
  CHECK(is_black(drawn, 14, 14));
}
