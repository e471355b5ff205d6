#pragma once

#include <nlohmann/json_fwd.hpp>

#include <filesystem>

namespace zeromiss {

/// FOLDER/report.html of a `benchmark choose`: what choose.json says, in English and Korean.
/// @throws Error(output)
void write_choose_html(const std::filesystem::path& folder, const nlohmann::ordered_json& choice);

}  // namespace zeromiss
