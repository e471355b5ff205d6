#pragma once

#include <zeromiss/report/wafers.hpp>

#include <string>

namespace zeromiss {

/// Picture of a wafer as PNG, a square a die: green PASS, orange REVIEW, red REJECT, violet ERROR,
/// framed white missing.
std::string yield_map_png(const WaferGrid& grid);

}  // namespace zeromiss
