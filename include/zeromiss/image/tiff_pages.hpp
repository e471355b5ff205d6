#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

namespace zeromiss {

/// Copies pages of a TIFF into files of one page each: the stored strips or tiles, not decoded, and
/// the tags that say what they mean. Reads the file once, whatever the number of pages.
/// @param wanted  page numbers from 1, ascending, each once
/// @param target  the file for a page, overwritten
/// @return the pages that the file does not have
/// @throws Error(input) for what is no TIFF or is damaged, Error(output)
std::vector<std::uint64_t> copy_tiff_pages(
    const std::filesystem::path& file, const std::vector<std::uint64_t>& wanted,
    const std::function<std::filesystem::path(std::uint64_t)>& target);

}  // namespace zeromiss
