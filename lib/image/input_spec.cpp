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
constexpr std::array<Op, 7> kOps{{{"resize", steps::parse_resize},
                                  {"resize_shortest", steps::parse_resize_shortest},
                                  {"letterbox", steps::parse_letterbox},
                                  {"center_crop", steps::parse_center_crop},
                                  {"crop", steps::parse_crop},
                                  {"rotate", steps::parse_rotate},
                                  {"flip", steps::parse_flip}}};

/// Named by the contract, not written yet.
constexpr std::array<std::string_view, 8> kLaterOps{
    "tile", "affine", "perspective", "blur", "gaussian", "median", "sharpen", "equalize"};

std::string known_ops() {
  std::string names;
  for (const Op& op : kOps) names += (names.empty() ? "" : ", ") + std::string(op.name);
  return names;
}

Step parse_step(const JsonNode& node) {
  const JsonNode op = node.at("op");
  const std::string name = op.string();
  const auto* found =
      std::find_if(kOps.begin(), kOps.end(), [&](const Op& known) { return known.name == name; });
  if (found != kOps.end()) return found->parse(node);
  if (std::find(kLaterOps.begin(), kLaterOps.end(), name) != kLaterOps.end())
    op.fail(fmt::format("op \"{}\" is not supported by this version (supported: {})", name,
                        known_ops()));
  op.fail(fmt::format("unknown op \"{}\" (supported: {})", name, known_ops()));
}

/// A gray picture has one channel to fill; three different values would be two too many.
void require_gray_fill(const InputSpec& spec, const JsonNode& list) {
  if (spec.color != ColorSpace::gray) return;
  for (std::size_t i = 0; i < spec.steps.size(); ++i) {
    const auto* box = std::get_if<LetterboxStep>(&spec.steps[i]);
    if (box != nullptr && (box->fill[0] != box->fill[1] || box->fill[0] != box->fill[2]))
      list.at(i).at("fill").fail("expected three equal values with color \"gray\"");
  }
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
  for (std::size_t i = 0; i < list.size(); ++i) spec.steps.push_back(parse_step(list.at(i)));
  require_gray_fill(spec, list);
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
