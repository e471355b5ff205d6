#pragma once

#include <zeromiss/model/engine.hpp>

namespace zeromiss {

/// What the plug-in shows. Both sides are of one build: the two numbers tell when they are not.
struct OpenVinoPlugin {
  const char* version;        ///< kVersion
  std::size_t options_bytes;  ///< sizeof(EngineOptions)
  /// @throws as load_engine()
  std::unique_ptr<Engine> (*load)(std::span<const std::uint8_t> weights,
                                  const EngineOptions& options);
};

inline constexpr const char* kOpenVinoPluginFile = "libzeromiss_openvino.so";
inline constexpr const char* kOpenVinoPluginSymbol = "zeromiss_openvino_plugin";

}  // namespace zeromiss
