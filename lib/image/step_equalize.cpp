#include "steps.hpp"

#include <fmt/format.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include <array>
#include <stdexcept>
#include <vector>

namespace zeromiss::steps {
namespace {

constexpr std::array<std::string_view, 2> kMethods{"global", "clahe"};
constexpr std::array<std::string_view, 4> kChannels{"all", "luma", "lightness", "value"};
constexpr int kMaxGrid = 256;
constexpr double kMinClip = 0.01, kMaxClip = 10'000;

/// The one channel that a colour space of its own has for it; "all" means that it has none.
EqualizedChannels own_channel(ColorSpace color) {
  switch (color) {
    case ColorSpace::ycbcr:
      return EqualizedChannels::luma;
    case ColorSpace::lab:
      return EqualizedChannels::lightness;
    case ColorSpace::hsv:
      return EqualizedChannels::value;
    case ColorSpace::rgb:
    case ColorSpace::bgr:
    case ColorSpace::gray:
      break;
  }
  return EqualizedChannels::all;
}

bool fits(EqualizedChannels channels, ColorSpace color) {
  const bool any = color == ColorSpace::rgb || color == ColorSpace::bgr;
  return any || channels == own_channel(color);
}

cv::Mat equalize_one(const EqualizeStep& step, const cv::Mat& channel) {
  cv::Mat result;
  if (step.method == EqualizeMethod::global)
    cv::equalizeHist(channel, result);
  else
    cv::createCLAHE(step.clip_limit, cv::Size(step.columns, step.rows))->apply(channel, result);
  return result;
}

/// Equalises the channels `first` to `last`.
cv::Mat equalize(const EqualizeStep& step, const cv::Mat& picture, std::size_t first,
                 std::size_t last) {
  std::vector<cv::Mat> channels;
  cv::split(picture, channels);
  for (std::size_t c = first; c <= last; ++c) channels[c] = equalize_one(step, channels[c]);
  cv::Mat result;
  cv::merge(channels, result);
  return result;
}

cv::Mat converted(const cv::Mat& picture, int code) {
  cv::Mat result;
  cv::cvtColor(picture, result, code);
  return result;
}

/// Through a colour space and back.
cv::Mat equalize_through(const EqualizeStep& step, const cv::Mat& rgb, int there, int back,
                         std::size_t channel) {
  return converted(equalize(step, converted(rgb, there), channel, channel), back);
}

}  // namespace

Step parse_equalize(const JsonNode& node, ColorSpace color) {
  EqualizeStep step{static_cast<EqualizeMethod>(node.at("method").one_of(kMethods)),
                    static_cast<EqualizedChannels>(node.at("channels").one_of(kChannels)),
                    0,
                    0,
                    0,
                    color};
  if (!fits(step.channels, color))
    node.at("channels")
        .fail(fmt::format("expected \"{}\" with this input.color",
                          kChannels[static_cast<std::size_t>(own_channel(color))]));
  if (step.method == EqualizeMethod::global) {
    node.only({"op", "method", "channels"});
    return step;
  }
  node.only({"op", "method", "channels", "clip_limit", "tile_grid"});
  step.clip_limit = node.at("clip_limit").number(kMinClip, kMaxClip);
  const JsonNode grid = node.at("tile_grid");
  if (grid.size() != 2)
    grid.fail(fmt::format("expected 2 numbers (columns, rows), found {}", grid.size()));
  step.columns = static_cast<int>(grid.at(0).integer(1, kMaxGrid));
  step.rows = static_cast<int>(grid.at(1).integer(1, kMaxGrid));
  return step;
}

MaybeSize size_after(const EqualizeStep&, MaybeSize before) { return before; }

cv::Mat run(const EqualizeStep& step, const cv::Mat& picture) {
  constexpr std::size_t kValueOfHsv = 2;
  const bool rgb = own_channel(step.color) == EqualizedChannels::all;
  switch (step.channels) {
    case EqualizedChannels::all:
      return equalize(step, picture, 0, static_cast<std::size_t>(picture.channels()) - 1);
    case EqualizedChannels::luma:
      return rgb ? equalize_through(step, picture, cv::COLOR_RGB2YCrCb, cv::COLOR_YCrCb2RGB, 0)
                 : equalize(step, picture, 0, 0);
    case EqualizedChannels::lightness:
      return rgb ? equalize_through(step, picture, cv::COLOR_RGB2Lab, cv::COLOR_Lab2RGB, 0)
                 : equalize(step, picture, 0, 0);
    case EqualizedChannels::value:
      return rgb ? equalize_through(step, picture, cv::COLOR_RGB2HSV, cv::COLOR_HSV2RGB,
                                    kValueOfHsv)
                 : equalize(step, picture, kValueOfHsv, kValueOfHsv);
  }
  throw std::logic_error("an equalisation without channels");
}

}  // namespace zeromiss::steps
