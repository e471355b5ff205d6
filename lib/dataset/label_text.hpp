#pragma once
// Label files, the same in every format.

#include <filesystem>
#include <string_view>
#include <vector>

namespace zeromiss {

/// Cuts at each of the separators; empty parts are left out.
std::vector<std::string_view> label_parts(std::string_view text, std::string_view separators);

/// The files of a folder with this extension, any case, sorted; not below it.
/// @throws Error(input) when there are none
std::vector<std::filesystem::path> label_files(const std::filesystem::path& folder,
                                               std::string_view extension);

}  // namespace zeromiss
