#pragma once

#include <zeromiss/base/error.hpp>

#include <filesystem>

namespace zeromiss {

/// Whether something has this name; a link counts, wherever it leads. "I cannot tell" is never
/// "no": an earlier run would be written over, a file that decides would be left out.
/// @throws Error(kind) when it cannot be looked at
bool is_there(const std::filesystem::path& path, ErrorKind kind);

}  // namespace zeromiss
