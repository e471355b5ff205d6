#include <zeromiss/base/error.hpp>
#include <zeromiss/model/package.hpp>
#include <zeromiss/model/precision.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace zeromiss {
namespace {

constexpr std::array<std::string_view, 3> kNames{"fp32", "bf16", "fp16"};

}  // namespace

std::string_view precision_name(Precision precision) {
  return kNames.at(static_cast<std::size_t>(precision));
}

std::optional<Precision> precision_named(std::string_view name) {
  const auto* found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Precision>(found - kNames.begin());
}

void require_limits_at(Precision asked, const ModelPackage& package) {
  if (asked == package.precision) return;
  throw Error(
      ErrorKind::input,
      fmt::format("{}: its limits were set at {}, which says nothing of scores at {}: use "
                  "--precision {}, or inspect the calibration images with --precision {} "
                  "--for-calibration and give the result to evaluate calibrate --model",
                  package.folder.string(), precision_name(package.precision), precision_name(asked),
                  precision_name(package.precision), precision_name(asked)));
}

}  // namespace zeromiss
