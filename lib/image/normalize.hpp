#pragma once

#include <array>

namespace zeromiss {

/// (v * scale - mean) / std for v = 0..255 in float32; the arithmetic is in normalize.cpp.
std::array<float, 256> normalized_values(double scale, double mean, double std);

}  // namespace zeromiss
