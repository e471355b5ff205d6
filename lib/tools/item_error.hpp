#pragma once

#include <zeromiss/report/record.hpp>

namespace zeromiss {

/// What the exception in hand means for the one image that it was thrown for: internal.memory, or
/// internal.exception where nothing else is known. Call it in a catch.
RecordError current_item_error();

}  // namespace zeromiss
