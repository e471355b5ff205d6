#include <zeromiss/base/error.hpp>
#include <zeromiss/model/guard.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace zeromiss {
namespace {

constexpr std::size_t kSizes = 2;  ///< width and height come first, and are exact
constexpr double kMostMargin = 10.0;

Guard::Range parse_range(const JsonNode& node) {
  if (node.size() != 2) node.fail(fmt::format("expected 2 numbers, found {}", node.size()));
  const Guard::Range range{node.at(0).number(), node.at(1).number()};
  if (range.lowest > range.highest)
    node.fail(fmt::format("{} is above {}", range.lowest, range.highest));
  return range;
}

}  // namespace

void require_guard_margin(double margin) {
  if (!(margin >= 0.0 && margin <= kMostMargin))  // so that NaN fails, too
    throw Error(ErrorKind::usage,
                fmt::format("the guard's margin is {}: expected a share from 0 to {}", margin,
                            kMostMargin));
}

Guard guard_of(std::span<const Profile> pictures, double margin) {
  if (pictures.size() < 2) throw std::invalid_argument("a guard needs at least two pictures");
  Guard guard{pictures.size(), margin, {}};
  for (std::size_t i = 0; i < kProfileNames.size(); ++i) {
    const auto [low, high] =
        std::minmax_element(pictures.begin(), pictures.end(),
                            [&](const Profile& a, const Profile& b) { return a[i] < b[i]; });
    const double lowest = (*low)[i], highest = (*high)[i];
    const double more = i < kSizes ? 0.0 : margin * (highest - lowest);
    guard.ranges[i] = {lowest - more, highest + more};
  }
  return guard;
}

Guard parse_guard(const JsonNode& node) {
  node.only({"images", "margin", kProfileNames[0], kProfileNames[1], kProfileNames[2],
             kProfileNames[3], kProfileNames[4], kProfileNames[5], kProfileNames[6]});
  constexpr std::int64_t kMostImages = 1'000'000'000;
  Guard guard{static_cast<std::size_t>(node.at("images").integer(2, kMostImages)),
              node.at("margin").number(0.0, kMostMargin),
              {}};
  for (std::size_t i = 0; i < kProfileNames.size(); ++i)
    guard.ranges[i] = parse_range(node.at(kProfileNames[i]));
  return guard;
}

nlohmann::ordered_json guard_json(const Guard& guard) {
  nlohmann::ordered_json json{{"images", guard.images}, {"margin", guard.margin}};
  for (std::size_t i = 0; i < kProfileNames.size(); ++i)
    json[std::string(kProfileNames[i])] = {guard.ranges[i].lowest, guard.ranges[i].highest};
  return json;
}

std::vector<std::string> outside(const Guard& guard, const Profile& picture) {
  std::vector<std::string> reasons;
  for (std::size_t i = 0; i < kProfileNames.size(); ++i) {
    const auto [lowest, highest] = guard.ranges[i];
    // Written so that NaN is outside.
    if (!(picture[i] >= lowest && picture[i] <= highest))
      reasons.push_back(fmt::format("{} {:.6g} is outside {:.6g} to {:.6g}", kProfileNames[i],
                                    picture[i], lowest, highest));
  }
  return reasons;
}

}  // namespace zeromiss
