#pragma once

#include <cstdint>
#include <span>

namespace zeromiss {

/// Refuses an ONNX file that is not whole in itself: with a tensor whose numbers lie in another
/// file, or anywhere in memory (data_location, external_data). What is computed would then not be
/// what the package's SHA-256 names, and the runtime would read whatever lies in the current
/// folder.
/// @throws std::runtime_error saying why, also for bytes that are no ONNX file
void require_whole_onnx(std::span<const std::uint8_t> file);

}  // namespace zeromiss
