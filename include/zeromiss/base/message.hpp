#pragma once

#include <string_view>

namespace zeromiss {

/// Text for people, on stderr. Messages decide nothing: a stderr that is closed or full stops no
/// run.
void print_message(std::string_view text) noexcept;

}  // namespace zeromiss
