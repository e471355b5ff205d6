#pragma once
// What the two readers of a record's line share.

#include <zeromiss/report/record.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace zeromiss {

/// Lower-case hex digits only.
bool is_hex(std::string_view text);

/// What is wrong with a mask's counts; empty when nothing is.
std::string mask_problem(const RecordMask& mask);

/// The quick reader: an image that was judged, with the keys of that and no others. No value for
/// every line that is anything else, right or wrong: parse_record() then reads it key by key and
/// knows what to say. It accepts nothing that the other reader refuses.
std::optional<Record> read_plain_record(std::string_view line);

}  // namespace zeromiss
