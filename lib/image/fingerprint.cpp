#include "color.hpp"

#include <zeromiss/base/hash.hpp>
#include <zeromiss/image/fingerprint.hpp>

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>

namespace zeromiss {
namespace {

constexpr int kPatch = 24, kMargin = kPatch / 2 + 1;
constexpr int kSmallest = 48;  // below this a part of a picture says too little to be known again
constexpr int kSmallestLevel = 40;
constexpr int kMostOnTop = 96;                    // keypoints of the working picture
constexpr int kFewest = 16;                       // of any level
constexpr double kQuality = 0.01, kDistance = 4;  // of goodFeaturesToTrack

/// Gray stored as colour equals gray stored as gray.
cv::Mat without_equal_channels(const cv::Mat& pixels) {
  if (pixels.channels() == 1) return pixels;
  for (int y = 0; y < pixels.rows; ++y) {
    const auto* row = pixels.ptr<std::uint8_t>(y);
    for (int x = 0; x < pixels.cols; ++x, row += 3)
      if (row[0] != row[1] || row[1] != row[2]) return pixels;
  }
  cv::Mat gray;
  cv::extractChannel(pixels, gray, 0);
  return gray;
}

std::string pixel_hash(const cv::Mat& pixels) {
  Sha256 hash;
  const cv::Mat plain = pixels.isContinuous() ? pixels : pixels.clone();
  hash.update(std::to_string(plain.cols) + "x" + std::to_string(plain.rows) + "x" +
              std::to_string(plain.channels()) + ":");
  hash.update({reinterpret_cast<const char*>(plain.data), plain.total() * plain.elemSize()});
  return hash.hex();
}

std::vector<float> thumb_of(const cv::Mat& gray) {
  cv::Mat small;
  cv::resize(gray, small, {kThumbSide, kThumbSide}, 0, 0, cv::INTER_AREA);
  small.convertTo(small, CV_32F);
  small -= cv::mean(small)[0];
  const double norm = cv::norm(small);
  if (norm < 1.0) return {};
  small /= norm;
  return {small.begin<float>(), small.end<float>()};
}

std::uint64_t patch_hash(const cv::Mat& level, int x, int y) {
  cv::Mat patch;
  level(cv::Rect(x - kPatch / 2, y - kPatch / 2, kPatch, kPatch)).convertTo(patch, CV_32F);
  cv::dct(patch, patch);
  std::uint64_t hash = 0;
  for (int i = 1; i < 64; ++i)
    hash |= std::uint64_t{patch.at<float>(i / 8, i % 8) > 0 ? 1U : 0U} << static_cast<unsigned>(i);
  return hash;
}

void add_keypoints(const cv::Mat& level, int number, std::vector<Keypoint>& found) {
  cv::Mat smooth;
  cv::GaussianBlur(level, smooth, {5, 5}, 1.2);
  const cv::Rect inside(kMargin, kMargin, level.cols - 2 * kMargin, level.rows - 2 * kMargin);
  const double share = static_cast<double>(level.total()) / (kWorkingSide * kWorkingSide);
  const int most = std::max(kFewest, static_cast<int>(kMostOnTop * share));
  std::vector<cv::Point2f> corners;
  cv::goodFeaturesToTrack(smooth(inside), corners, most, kQuality, kDistance);
  for (const auto& corner : corners) {
    const int x = static_cast<int>(std::lround(corner.x)) + kMargin;
    const int y = static_cast<int>(std::lround(corner.y)) + kMargin;
    found.push_back({patch_hash(smooth, x, y), static_cast<std::int16_t>(x),
                     static_cast<std::int16_t>(y), static_cast<std::int16_t>(number)});
  }
}

cv::Size level_size(const cv::Mat& working, int level) {
  const double scale = std::pow(kLevelStep, level);
  return {std::max(1, static_cast<int>(std::lround(working.cols * scale))),
          std::max(1, static_cast<int>(std::lround(working.rows * scale)))};
}

cv::Mat at_level(const cv::Mat& working, int level) {
  if (level == 0) return working;
  cv::Mat small;
  cv::resize(working, small, level_size(working, level), 0, 0, cv::INTER_AREA);
  return small;
}

cv::Mat standardised(const cv::Mat& picture) {
  cv::Mat values;
  picture.convertTo(values, CV_32F);
  cv::Scalar mean, deviation;
  cv::meanStdDev(values, mean, deviation);
  return (values - mean[0]) / std::max(deviation[0], 1e-3);
}

cv::Mat without_coarse(const cv::Mat& values) {
  cv::Mat coarse;
  cv::GaussianBlur(values, coarse, {0, 0}, 2.0);
  return values - coarse;
}

double correlation(const cv::Mat& a, const cv::Mat& b) {
  cv::Scalar mean_a, mean_b, deviation_a, deviation_b;
  cv::meanStdDev(a, mean_a, deviation_a);
  cv::meanStdDev(b, mean_b, deviation_b);
  if (deviation_a[0] < 1e-6 || deviation_b[0] < 1e-6) return 0;
  const double product = a.dot(b) / static_cast<double>(a.total()) - mean_a[0] * mean_b[0];
  return product / (deviation_a[0] * deviation_b[0]);
}

/// How far a pixel of `x` is outside of what `y` has around it.
double peak_beside(const cv::Mat& x, const cv::Mat& y) {
  cv::Mat low, high;
  cv::erode(y, low, cv::Mat());
  cv::dilate(y, high, cv::Mat());
  double above = 0, below = 0;
  cv::minMaxLoc(x - high, nullptr, &above);
  cv::minMaxLoc(low - x, nullptr, &below);
  return std::max({above, below, 0.0});
}

/// Where a template of this size may lie: `kAround` pixels around (x, y), inside the picture.
cv::Rect search_area(const cv::Mat& whole, const cv::Size& size, double x, double y) {
  constexpr int kAround = 10;
  return cv::Rect(static_cast<int>(std::lround(x)) - kAround,
                  static_cast<int>(std::lround(y)) - kAround, size.width + 2 * kAround,
                  size.height + 2 * kAround) &
         cv::Rect(0, 0, whole.cols, whole.rows);
}

cv::Size scaled(const cv::Size& size, double scale) {
  return {std::max(1, static_cast<int>(std::lround(size.width * scale))),
          std::max(1, static_cast<int>(std::lround(size.height * scale)))};
}

/// A quick look at a quarter of a millisecond, before the search that takes a hundred times that:
/// the best correlation when both are at most 64 pixels long.
double coarse_match(const cv::Mat& crop, const cv::Mat& whole, const cv::Size& base, double x,
                    double y) {
  constexpr double kLongest = 64;
  constexpr std::array kScales{0.95, 1.0, 1.05};
  const double shrink = std::min(1.0, kLongest / std::max(base.width, base.height));
  double best = -1;
  for (const double scale : kScales) {
    const cv::Size size = scaled(base, scale);
    const cv::Rect around = search_area(whole, size, x, y);
    if (around.width < size.width || around.height < size.height) continue;
    cv::Mat small, place, matches;
    cv::resize(crop, small, scaled(size, shrink), 0, 0, cv::INTER_AREA);
    cv::resize(whole(around), place, scaled(around.size(), shrink), 0, 0, cv::INTER_AREA);
    if (place.cols < small.cols || place.rows < small.rows) continue;
    cv::matchTemplate(place, small, matches, cv::TM_CCOEFF_NORMED);
    double value = 0;
    cv::minMaxLoc(matches, nullptr, &value);
    best = std::max(best, value);
  }
  return best;
}

}  // namespace

std::string_view turn_name(int turn) {
  constexpr std::array<std::string_view, kTurns> kNames{
      "same",       "mirrored left-right", "mirrored top-bottom", "rotated 180",
      "transposed", "rotated 90",          "rotated 270",         "transposed, rotated 180"};
  return kNames.at(static_cast<std::size_t>(turn));
}

cv::Mat turned_picture(const cv::Mat& picture, int turn) {
  cv::Mat result = picture;
  if ((turn & 4) != 0) cv::transpose(picture, result);
  const int mirror = turn & 3;
  if (mirror == 0) return result;
  cv::Mat mirrored;
  cv::flip(result, mirrored, mirror == 1 ? 1 : mirror == 2 ? 0 : -1);
  return mirrored;
}

std::vector<float> turned_thumb(const std::vector<float>& thumb, int turn) {
  cv::Mat square(kThumbSide, kThumbSide, CV_32F);
  std::copy(thumb.begin(), thumb.end(), square.begin<float>());
  const cv::Mat result = turned_picture(square, turn);
  return {result.begin<float>(), result.end<float>()};
}

cv::Mat working_picture(const cv::Mat& pixels) {
  const cv::Mat gray = pixels.channels() == 1 ? pixels : rgb_to_gray(pixels);
  const int longest = std::max(gray.cols, gray.rows);
  if (longest <= kWorkingSide) return gray;
  const double scale = static_cast<double>(kWorkingSide) / longest;
  cv::Mat small;
  cv::resize(gray, small,
             {std::max(1, static_cast<int>(std::lround(gray.cols * scale))),
              std::max(1, static_cast<int>(std::lround(gray.rows * scale)))},
             0, 0, cv::INTER_AREA);
  return small;
}

Fingerprint fingerprint(const cv::Mat& pixels, bool keypoints) {
  Fingerprint print;
  print.width = pixels.cols, print.height = pixels.rows;
  const cv::Mat plain = without_equal_channels(pixels);
  print.pixels_sha256 = pixel_hash(plain);
  const cv::Mat gray = plain.channels() == 1 ? plain : rgb_to_gray(plain);
  cv::Scalar mean, deviation;
  cv::meanStdDev(gray, mean, deviation);
  print.brightness = static_cast<float>(mean[0]), print.contrast = static_cast<float>(deviation[0]);
  double lowest = 0, highest = 0;
  cv::minMaxLoc(gray, &lowest, &highest);
  print.constant = lowest == highest;
  const cv::Mat working = working_picture(gray);
  cv::Mat edges;
  cv::Laplacian(working, edges, CV_32F);
  cv::meanStdDev(edges, mean, deviation);
  print.sharpness = static_cast<float>(deviation[0] * deviation[0]);
  print.thumb = thumb_of(working);
  if (!keypoints || std::max(pixels.cols, pixels.rows) < kSmallest) return print;
  for (int level = 0; level < kKeypointLevels; ++level) {
    const cv::Mat picture = at_level(working, level);
    if (std::min(picture.cols, picture.rows) < kSmallestLevel) break;
    add_keypoints(picture, level, print.keypoints);
  }
  return print;
}

Likeness likeness(const cv::Mat& a, const cv::Mat& b, bool resized) {
  const cv::Mat x = standardised(a), y = standardised(b);
  Likeness result;
  result.correlation = correlation(x, y);
  result.detail = correlation(without_coarse(x), without_coarse(y));
  cv::Mat square, blocks;
  cv::multiply(x - y, x - y, square);
  cv::resize(square, blocks, {8, 8}, 0, 0, cv::INTER_AREA);
  double most = 0;
  cv::minMaxLoc(blocks, nullptr, &most);
  result.worst = std::sqrt(most);
  result.peak =
      resized ? std::max(peak_beside(x, y), peak_beside(y, x)) : cv::norm(x, y, cv::NORM_INF);
  const double rms = std::sqrt(cv::mean(square)[0]);
  result.crest = rms > 1e-6 ? result.peak / rms : 0;
  return result;
}

Likeness whole_likeness(const cv::Mat& a, const cv::Mat& b, int turn) {
  const cv::Mat other = turned_picture(b, turn);
  const bool first = a.total() <= other.total();
  const cv::Size size = first ? a.size() : other.size();
  const auto fitted = [&](const cv::Mat& picture) {
    if (picture.size() == size) return picture;
    cv::Mat result;
    cv::resize(picture, result, size, 0, 0, cv::INTER_AREA);
    return result;
  };
  return likeness(fitted(a), fitted(other), a.size() != other.size());
}

CropPlace place_crop(const cv::Mat& crop, const cv::Mat& whole, int level, double x, double y) {
  constexpr std::array kScales{0.92, 0.94, 0.96, 0.98, 1.0, 1.02, 1.04, 1.06, 1.08};
  CropPlace best;
  best.likeness.correlation = -1;
  cv::Mat best_crop, best_window;
  constexpr double kWorthALook = 0.5;
  const cv::Size base = level_size(crop, level);
  if (coarse_match(crop, whole, base, x, y) < kWorthALook) return best;
  for (const double scale : kScales) {
    const cv::Size size = scaled(base, scale);
    const cv::Rect around = search_area(whole, size, x, y);
    if (around.width < size.width || around.height < size.height) continue;
    cv::Mat small, matches;
    cv::resize(crop, small, size, 0, 0, cv::INTER_AREA);
    cv::matchTemplate(whole(around), small, matches, cv::TM_CCOEFF_NORMED);
    double value = 0;
    cv::Point at;
    cv::minMaxLoc(matches, nullptr, &value, nullptr, &at);
    if (!(value > best.likeness.correlation)) continue;
    const cv::Rect window(around.x + at.x, around.y + at.y, size.width, size.height);
    best.likeness.correlation = value;
    best.x = static_cast<double>(window.x) / whole.cols;
    best.y = static_cast<double>(window.y) / whole.rows;
    best.width = static_cast<double>(window.width) / whole.cols;
    best.height = static_cast<double>(window.height) / whole.rows;
    best.share = best.width * best.height;
    best_crop = small, best_window = whole(window);
  }
  if (!best_crop.empty()) best.likeness = likeness(best_crop, best_window, true);
  return best;
}

}  // namespace zeromiss
