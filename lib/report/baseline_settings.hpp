#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace zeromiss {

/// Why a figure of two metrics.json cannot be compared: both say what it was measured with (a
/// size's unit, a bound's confidence, an overlap), and not the same. Empty: it can.
/// @param path  the figure's from the root on: "pod.a90_95"
std::string other_setting(const nlohmann::ordered_json& baseline, const nlohmann::ordered_json& now,
                          const std::string& path);

}  // namespace zeromiss
