#pragma once

#include <nlohmann/json_fwd.hpp>

#include <map>
#include <string>

namespace zeromiss {

/// report.html of `evaluate audit`: audit.json itself, and the pictures of the pairs.
/// @param audit     what audit.json holds
/// @param pictures  JPEGs by the names of images in it; the rest have none
std::string audit_html(const nlohmann::ordered_json& audit,
                       const std::map<std::string, std::string>& pictures);

}  // namespace zeromiss
