#pragma once

namespace zeromiss {

/// Version of the tools, "0.1.0"; one place, CMakeLists.txt.
extern const char* const kVersion;

}  // namespace zeromiss
