#include "normalize.hpp"
#include "steps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>

namespace zeromiss {
namespace {

constexpr std::array<std::string_view, 6> kColorNames{"rgb", "bgr", "gray", "hsv", "lab", "ycbcr"};

struct Op {
  std::string_view name;
  Step (*parse)(const JsonNode&);
};
constexpr std::array<Op, 14> kOps{{{"resize", steps::parse_resize},
                                   {"resize_shortest", steps::parse_resize_shortest},
                                   {"letterbox", steps::parse_letterbox},
                                   {"center_crop", steps::parse_center_crop},
                                   {"crop", steps::parse_crop},
                                   {"rotate", steps::parse_rotate},
                                   {"flip", steps::parse_flip},
                                   {"affine", steps::parse_affine},
                                   {"perspective", steps::parse_perspective},
                                   {"blur", steps::parse_blur},
                                   {"gaussian", steps::parse_gaussian},
                                   {"median", steps::parse_median},
                                   {"sharpen", steps::parse_sharpen},
                                   {"tile", steps::parse_tile}}};

std::string known_ops() {
  std::string names;
  for (const Op& op : kOps) names += (names.empty() ? "" : ", ") + std::string(op.name);
  return names + ", equalize";
}

Step parse_step(const JsonNode& node, ColorSpace color) {
  const JsonNode op = node.at("op");
  const std::string name = op.string();
  if (name == "equalize") return steps::parse_equalize(node, color);
  const auto* found =
      std::find_if(kOps.begin(), kOps.end(), [&](const Op& known) { return known.name == name; });
  if (found != kOps.end()) return found->parse(node);
  op.fail(fmt::format("unknown op \"{}\" (supported: {})", name, known_ops()));
}

/// A gray picture has one channel to fill; three different values would be two too many.
void require_gray_fill(Step step, ColorSpace color, const JsonNode& node) {
  const auto* fill = steps::fill_of(step);
  if (color != ColorSpace::gray || fill == nullptr) return;
  if ((*fill)[0] != (*fill)[1] || (*fill)[0] != (*fill)[2])
    node.at("fill").fail("expected three equal values with color \"gray\"");
}

std::vector<double> parse_per_channel(const JsonNode& node, int channels) {
  if (node.size() != static_cast<std::size_t>(channels))
    node.fail(fmt::format("expected one number per channel ({}), found {}", channels, node.size()));
  return node.numbers();
}

void require_finite_tensor(const InputSpec& spec, const JsonNode& input) {
  for (std::size_t c = 0; c < spec.mean.size(); ++c) {
    const auto table = normalized_values(spec.scale, spec.mean[c], spec.std[c]);
    const bool finite =
        std::all_of(table.begin(), table.end(), [](float value) { return std::isfinite(value); });
    if (!finite)
      input.fail(
          fmt::format("scale, mean and std of channel {} give tensor values that are not "
                      "finite in float32",
                      c));
  }
}

}  // namespace

InputSpec parse_input_spec(const JsonNode& input) {
  InputSpec spec;
  spec.color = static_cast<ColorSpace>(input.at("color").one_of(kColorNames));
  const JsonNode list = input.at("steps");
  bool tiled = false;
  for (std::size_t i = 0; i < list.size(); ++i) {
    spec.steps.push_back(parse_step(list.at(i), spec.color));
    require_gray_fill(spec.steps.back(), spec.color, list.at(i));
    const bool tile = std::holds_alternative<TileStep>(spec.steps.back());
    if (tile && tiled) list.at(i).fail("a second tile step: one is the most");
    tiled = tiled || tile;
  }
  constexpr double kTiny = std::numeric_limits<double>::denorm_min();
  constexpr double kHuge = std::numeric_limits<double>::max();
  spec.scale = input.at("scale").number(kTiny, kHuge);
  spec.mean = parse_per_channel(input.at("mean"), spec.channels());
  const JsonNode deviations = input.at("std");
  spec.std = parse_per_channel(deviations, spec.channels());
  for (std::size_t c = 0; c < spec.std.size(); ++c)
    if (!(spec.std[c] > 0))
      deviations.at(c).fail(fmt::format("expected a number above 0, found {}", spec.std[c]));
  require_finite_tensor(spec, input);
  return spec;
}

}  // namespace zeromiss
