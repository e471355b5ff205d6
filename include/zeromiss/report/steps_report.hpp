#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace zeromiss {

/// The page of `inspect show-steps`, in English and Korean. Its pictures are files beside it.
/// @param steps  image, model, and steps: op, file, width, height, and where they apply json (the
///               manifest's own words), color, tile {number, of, x, y}, channels (true: shown side
///               by side)
std::string steps_html(const nlohmann::ordered_json& steps);

}  // namespace zeromiss
