#pragma once
// Label files, the same in every format.

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace zeromiss {

/// Cuts at each of the separators; empty parts are left out.
std::vector<std::string_view> label_parts(std::string_view text, std::string_view separators);

/// The files of a folder with this extension, any case, sorted; not below it.
/// @throws Error(input) when there are none
std::vector<std::filesystem::path> label_files(const std::filesystem::path& folder,
                                               std::string_view extension);

/// A row of a text file: its fields, and "FILE:LINE" for errors.
using LabelRow = std::function<void(const std::vector<std::string_view>&, const std::string&)>;

/// Hands over every row that is not empty; fields are separated by blanks or tabs. LF, CRLF and a
/// byte order mark are all right. @throws Error(input)
void for_each_label_row(const std::filesystem::path& file, const LabelRow& use);

/// A finite number. @param field  from 1, for the error
/// @throws Error(input) "PLACE: field 3: expected …"
double label_number(const std::vector<std::string_view>& fields, std::size_t field,
                    const std::string& place);

}  // namespace zeromiss
