#pragma once

#include <zeromiss/base/error.hpp>

#include <string>
#include <vector>

namespace zeromiss {

/// Refuses names that people read as one class and machines as two, of which then only one would be
/// a defect: they differ only by case, Unicode form, or blanks before and behind.
/// @param place  what the error begins with
/// @throws Error of that kind naming two of them
void require_distinct_classes(const std::vector<std::string>& classes, const std::string& place,
                              ErrorKind kind = ErrorKind::input);

}  // namespace zeromiss
