#include "color.hpp"
#include "steps.hpp"

#include <zeromiss/image/transform.hpp>

#include <algorithm>

namespace zeromiss {
namespace {

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <typename... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

/// Whether a step does the same to a gray picture as to three equal channels. OpenCV's
/// interpolation takes other code for other channel counts, and does not promise it.
bool treats_channels_alike(const Step& step) {
  return std::visit(Overloaded{[](const ResizeStep& s) { return s.antialias; },
                               [](const ResizeShortestStep& s) { return s.antialias; },
                               [](const LetterboxStep& s) {
                                 return s.antialias && s.fill[0] == s.fill[1] &&
                                        s.fill[1] == s.fill[2];
                               },
                               [](const auto&) { return true; }},
                    step);
}

/// The channels the steps run on, and what is left to do on the (small) result.
struct Working {
  cv::Mat picture;
  bool triple = false;  ///< one channel stands for three equal ones
  bool swap = false;    ///< RGB now, BGR at the end
};

Working convert(const Image& image, const InputSpec& spec) {
  const bool gray = image.pixels.channels() == 1;
  switch (spec.color) {
    case ColorSpace::gray:
      return {gray ? image.pixels : rgb_to_gray(image.pixels)};
    case ColorSpace::rgb:
    case ColorSpace::bgr: {
      if (!gray) return {image.pixels, false, spec.color == ColorSpace::bgr};
      if (std::all_of(spec.steps.begin(), spec.steps.end(), treats_channels_alike))
        return {image.pixels, true};
      return {gray_to_rgb(image.pixels), false, spec.color == ColorSpace::bgr};
    }
    case ColorSpace::hsv:
    case ColorSpace::lab:
    case ColorSpace::ycbcr:
      break;
  }
  return {rgb_to(spec.color, gray ? gray_to_rgb(image.pixels) : image.pixels)};
}

/// A letterbox's fill is in the order of `color`; while BGR is still RGB it must be turned round.
Step in_working_order(Step step, bool swap) {
  auto* box = std::get_if<LetterboxStep>(&step);
  if (swap && box != nullptr) std::swap(box->fill[0], box->fill[2]);
  return step;
}

}  // namespace

cv::Size output_size(const InputSpec& spec) {
  steps::MaybeSize size;
  try {
    for (const Step& step : spec.steps)
      size = std::visit([&](const auto& s) { return steps::size_after(s, size); }, step);
  } catch (const ItemError& error) {  // no picture can ever pass these steps
    throw Error(ErrorKind::input, std::string("input.steps: ") + error.what());
  }
  if (!size)
    throw Error(ErrorKind::input,
                "input.steps: the size of the network's input is left to the picture: add a step "
                "resize, letterbox, center_crop or crop");
  return *size;
}

cv::Mat apply_steps(const Image& image, const InputSpec& spec) {
  Working working = convert(image, spec);
  cv::Mat& picture = working.picture;
  for (const Step& step : spec.steps)
    picture = std::visit([&](const auto& s) { return steps::run(s, picture); },
                         in_working_order(step, working.swap));
  if (working.triple) picture = gray_to_rgb(picture);
  if (working.swap) picture = swap_red_and_blue(picture);
  return picture.isContinuous() ? picture : picture.clone();
}

}  // namespace zeromiss
