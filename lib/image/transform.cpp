#include "color.hpp"
#include "steps.hpp"

#include <zeromiss/image/tiles.hpp>
#include <zeromiss/image/transform.hpp>

#include <algorithm>
#include <stdexcept>

namespace zeromiss {
namespace {

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <typename... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

/// Whether a step does the same to a gray picture as to three equal channels. OpenCV's
/// interpolation and filters take other code for other channel counts, and do not promise it.
bool treats_channels_alike(const Step& step) {
  return std::visit(
      Overloaded{[](const ResizeStep& s) { return s.antialias; },
                 [](const ResizeShortestStep& s) { return s.antialias; },
                 [](const LetterboxStep& s) {
                   return s.antialias && s.fill[0] == s.fill[1] && s.fill[1] == s.fill[2];
                 },
                 [](const CenterCropStep&) { return true; }, [](const CropStep&) { return true; },
                 [](const RotateStep&) { return true; }, [](const FlipStep&) { return true; },
                 [](const TileStep&) { return true; }, [](const auto&) { return false; }},
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

/// A fill is in the order of `color`; while BGR is still RGB it must be turned round.
cv::Mat run_step(Step step, const cv::Mat& picture, bool swap) {
  auto* fill = steps::fill_of(step);
  if (swap && fill != nullptr) std::swap((*fill)[0], (*fill)[2]);
  return std::visit([&](const auto& s) { return steps::run(s, picture); }, step);
}

}  // namespace

std::array<int, 3>* steps::fill_of(Step& step) {
  if (auto* s = std::get_if<LetterboxStep>(&step)) return &s->fill;
  if (auto* s = std::get_if<RotateAnyStep>(&step)) return &s->sampling.fill;
  if (auto* s = std::get_if<AffineStep>(&step)) return &s->sampling.fill;
  if (auto* s = std::get_if<PerspectiveStep>(&step)) return &s->sampling.fill;
  return nullptr;
}

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

TiledPicture::TiledPicture(const Image& image, const InputSpec& spec, const StepObserver& observer)
    : spec_(&spec) {
  const Working working = convert(image, spec);
  picture_ = working.picture;
  triple_ = working.triple;
  swap_ = working.swap;
  if (observer) observer(picture_);
  const auto tile = tile_step(spec);
  if (!tile) {
    areas_ = {cv::Rect(cv::Point(), picture_.size())};
    return;
  }
  for (; !std::holds_alternative<TileStep>(spec.steps[each_tile_]); ++each_tile_) {
    picture_ = run_step(spec.steps[each_tile_], picture_, swap_);
    if (observer) observer(picture_);
  }
  ++each_tile_;
  areas_ = tile_areas(picture_.size(), *tile);
}

cv::Mat TiledPicture::pixels(std::size_t tile, const StepObserver& observer) const {
  cv::Mat picture = picture_(areas_.at(tile));
  if (observer && tile_step(*spec_)) observer(picture);
  for (std::size_t i = each_tile_; i < spec_->steps.size(); ++i) {
    picture = run_step(spec_->steps[i], picture, swap_);
    if (observer) observer(picture);
  }
  if (triple_) picture = gray_to_rgb(picture);
  if (swap_) picture = swap_red_and_blue(picture);
  return picture.isContinuous() ? picture : picture.clone();
}

cv::Mat apply_steps(const Image& image, const InputSpec& spec) {
  if (tile_step(spec)) throw std::logic_error("a spec with a tile step has no single picture");
  return TiledPicture(image, spec).pixels(0);
}

}  // namespace zeromiss
