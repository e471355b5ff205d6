#pragma once

#include <filesystem>

namespace zeromiss {

/// A package that is copied to a place inside itself would be copied again with every copy.
/// @throws Error(usage)
void refuse_inside_package(const std::filesystem::path& package,
                           const std::filesystem::path& output);

}  // namespace zeromiss
