#pragma once

#include <zeromiss/image/image.hpp>

#include <array>
#include <string_view>

namespace zeromiss {

/// What a picture looks like in a few numbers, to tell whether it is one of the kind that a model
/// was calibrated with. Of the decoded picture, before any step:
///   width, height  pixels
///   brightness     mean of Pillow's L, 0..255
///   contrast       its standard deviation
///   sharpness      variance of cv::Laplacian (aperture 1) of L: falls when a picture is blurred
///   color_a, color_b  means of OpenCV's 8-bit Lab channels a and b; 128 without colour
inline constexpr std::array<std::string_view, 7> kProfileNames{
    "width", "height", "brightness", "contrast", "sharpness", "color_a", "color_b"};
using Profile = std::array<double, kProfileNames.size()>;

Profile profile_of(const Image& image);

}  // namespace zeromiss
