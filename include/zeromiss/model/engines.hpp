#pragma once

#include <zeromiss/model/engine.hpp>

namespace zeromiss {

/// Loads a package's weights (read_weights) with the library that options.format needs. OpenVINO is
/// a plug-in beside the tools, opened when it is first needed, so that nobody else pays for it.
/// @throws Error(input) when the bytes are unusable or that library is not there; Error(device)
/// when the device is missing, or not one of that library
std::unique_ptr<Engine> load_engine(std::span<const std::uint8_t> weights,
                                    const EngineOptions& options);

/// Opens that library, so that load_engine() opens none. @throws Error(input)
void open_engine_library(const EngineOptions& options);

}  // namespace zeromiss
