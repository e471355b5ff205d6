#pragma once

#include <string>
#include <vector>

namespace zeromiss {

/// The names of --classes: "a,b,c", or a file with one name a line (LF or CRLF, UTF-8 with or
/// without byte order mark). Empty for an empty text.
/// @throws Error(usage) for a name that is empty or there twice, Error(input) for an unreadable
/// file
std::vector<std::string> class_list(const std::string& text);

}  // namespace zeromiss
