#pragma once

#include <zeromiss/image/image.hpp>

#include <array>
#include <string_view>

namespace zeromiss {

/// Changes of a decoded picture that are too small for a person to judge it otherwise: what
/// another exposure, a stage that stops a pixel beside, or another file format makes of it.
enum class Perturbation {
  grey_down,   ///< every channel 1 lower, 0 stays
  grey_up,     ///< every channel 1 higher, 255 stays
  shift_left,  ///< moved by one pixel; the row or column that becomes free repeats its neighbour
  shift_right,
  shift_up,
  shift_down,
  jpeg  ///< saved as JPEG of quality 95 (colour at full resolution) and read again
};
inline constexpr std::array kPerturbations{Perturbation::grey_down,  Perturbation::grey_up,
                                           Perturbation::shift_left, Perturbation::shift_right,
                                           Perturbation::shift_up,   Perturbation::shift_down,
                                           Perturbation::jpeg};

/// "grey-1", "grey+1", "shift-left", "shift-right", "shift-up", "shift-down", "jpeg-95".
std::string_view perturbation_name(Perturbation perturbation);

/// A new picture of the same size and channels; the same one gives the same pixels.
Image perturbed(const Image& image, Perturbation perturbation);

}  // namespace zeromiss
