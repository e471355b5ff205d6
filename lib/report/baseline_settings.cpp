#include "baseline_settings.hpp"

#include <zeromiss/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

namespace zeromiss {
namespace {

using Json = nlohmann::ordered_json;

/// What figures were made with, and which figures.
struct Setting {
  const char* section;  ///< the figure's path begins with it
  const char* part;     ///< and one of the path's parts with this; "": any
  const char* pointer;  ///< where metrics.json says the setting
};
constexpr std::array kSettings{
    Setting{"pod", "", "/pod/unit"}, Setting{"pod", "", "/pod/pixel_size_um"},
    Setting{"pod", "", "/pod/sizes_from"}, Setting{"pod", "", "/pod/target"},
    Setting{"pod", "", "/pod/hit"}, Setting{"pod", "", "/segmentation/region_overlap"},
    Setting{"pod", "", "/detection/iou_type"}, Setting{"pod", "recall_lower", "/pod/confidence"},
    // The same labels have the same sizes; older files do not say their hash.
    Setting{"pod", "", "/test_set/sizes_sha256"}, Setting{"pod", "", "/pod/targets"},
    Setting{"pod", "", "/pod/smallest"}, Setting{"pod", "", "/pod/largest"},
    Setting{"operating_point", "escape_rate_upper", "/operating_point/confidence"},
    Setting{"operating_point", "overkill_per_1000", "/operating_point/defect_rate"},
    Setting{"operating_point", "outgoing_ppm", "/operating_point/defect_rate"},
    Setting{"certificate", "", "/certificate/confidence"},
    Setting{"certificate", "", "/certificate/unit"},
    Setting{"certificate", "", "/certificate/groups"},
    Setting{"detection", "", "/detection/iou_type"},
    Setting{"detection", "voc", "/detection/voc/iou"},
    Setting{"segmentation", "regions", "/segmentation/region_overlap"},
    Setting{"segmentation", "", "/segmentation/pixels"},  // other ones were left out
};

/// Both have it, and they differ.
bool differs(const Json& a, const Json& b, const char* pointer) {
  const Json::json_pointer at(pointer);
  if (!a.contains(at) || !b.contains(at)) return false;
  return !a.at(at).is_null() && !b.at(at).is_null() && a.at(at) != b.at(at);
}

bool belongs(const std::string& path, const Setting& setting) {
  if (!path.starts_with(setting.section + std::string("."))) return false;
  return path.find(std::string(".") + setting.part) != std::string::npos;
}

/// The models that one way of fitting had to choose from; --pod-model fixes them, the data do not.
std::set<std::string> models(const Json& metrics, std::string_view estimator) {
  const Json::json_pointer at("/pod/candidates");
  std::set<std::string> names;
  if (!metrics.contains(at)) return names;
  for (const Json& fit : metrics.at(at))
    if (fit.value("estimator", "") == estimator)
      names.insert(fit.value("link", "") + "-" + fit.value("axis", ""));
  return names;
}

bool other_models(const Json& a, const Json& b) {
  for (const char* estimator : {"maximum_likelihood", "firth"}) {
    const auto then = models(a, estimator), now = models(b, estimator);
    if (!then.empty() && !now.empty() && then != now) return true;
  }
  return false;
}

}  // namespace

std::string other_setting(const Json& baseline, const Json& now, const std::string& path) {
  for (const Setting& setting : kSettings) {
    if (!belongs(path, setting) || !differs(baseline, now, setting.pointer)) continue;
    const Json::json_pointer at(setting.pointer);
    std::string key(setting.pointer + 1);
    std::replace(key.begin(), key.end(), '/', '.');
    return fmt::format("{} was {} in the baseline and is {}; evaluate one of them again alike", key,
                       printable(baseline.at(at).dump()), printable(now.at(at).dump()));
  }
  if (path.starts_with("pod.") && other_models(baseline, now))
    return "another --pod-model than in the baseline; evaluate one of them again alike";
  return "";
}

}  // namespace zeromiss
