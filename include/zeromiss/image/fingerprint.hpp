#pragma once

#include <opencv2/core/mat.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace zeromiss {

inline constexpr int kThumbSide = 32;      ///< of Fingerprint::thumb, whatever the picture's shape
inline constexpr int kWorkingSide = 256;   ///< longest side of working_picture()
inline constexpr int kKeypointLevels = 9;  ///< sizes at which keypoints are looked for
inline constexpr double kLevelStep = 0.84089641525371454;  ///< 2^(-1/4) from one to the next

/// A corner and what is around it.
struct Keypoint {
  std::uint64_t hash = 0;  ///< signs of the 63 lowest DCT coefficients of its 24 x 24 surroundings
  std::int16_t x = 0, y = 0;  ///< pixels of its level
  std::int16_t level = 0;     ///< 0: the working picture, k: that times kLevelStep^k
};

/// What tells a picture from others without its pixels: about 8 KB, whatever its size.
struct Fingerprint {
  int width = 0, height = 0;
  std::string pixels_sha256;        ///< of size and pixels; gray stored as colour is gray
  float brightness = 0;             ///< mean gray, 0..255
  float contrast = 0;               ///< standard deviation of gray
  float sharpness = 0;              ///< variance of the Laplacian of the working picture
  bool constant = false;            ///< every pixel is the same
  std::vector<float> thumb;         ///< kThumbSide², mean 0, norm 1; empty when constant
  std::vector<Keypoint> keypoints;  ///< empty for pictures below 48 pixels
};

/// The eight ways to lay a picture down: bit 2 transposes, then bit 0 mirrors left and right, then
/// bit 1 top and bottom. 0 leaves it, 5 is 90 degrees clockwise, 3 is 180, 6 is 270.
inline constexpr int kTurns = 8;
std::string_view turn_name(int turn);
cv::Mat turned_picture(const cv::Mat& picture, int turn);
/// The same for a square of floats.
std::vector<float> turned_thumb(const std::vector<float>& thumb, int turn);

/// Gray, at most kWorkingSide pixels long (area averages).
cv::Mat working_picture(const cv::Mat& pixels);

/// @param pixels     CV_8UC1 or CV_8UC3 (R, G, B), not empty
/// @param keypoints  also look for corners, for crops; three times slower
Fingerprint fingerprint(const cv::Mat& pixels, bool keypoints);

/// How alike two pictures of one size are.
struct Likeness {
  double correlation = 0;  ///< Pearson's, over all pixels
  double detail = 0;       ///< the same after everything coarse was taken away
  double worst = 0;  ///< largest RMS difference in a block of 8 x 8 blocks, in standard deviations
  double peak = 0;   ///< largest difference of a pixel, in standard deviations
  double crest = 0;  ///< peak over the RMS of all differences: large where one spot differs
};
/// @param a,b      CV_8UC1 of one size
/// @param resized  their grids differ: in `peak` a pixel may be any of its neighbours
Likeness likeness(const cv::Mat& a, const cv::Mat& b, bool resized);

/// Whether `a` shows what `b` does, laid down as `turn` says, whatever their sizes and brightness.
/// Both are working pictures.
Likeness whole_likeness(const cv::Mat& a, const cv::Mat& b, int turn);

/// Where a crop lies in a larger picture.
struct CropPlace {
  Likeness likeness;
  double share = 0;                            ///< of the larger picture's area
  double x = 0, y = 0, width = 0, height = 0;  ///< shares of its width and height
};
/// The best place of `crop` shrunk to `level` near (x, y) of `whole`; both are working pictures.
CropPlace place_crop(const cv::Mat& crop, const cv::Mat& whole, int level, double x, double y);

}  // namespace zeromiss
