#pragma once

#include <cstddef>
#include <functional>

namespace zeromiss {

/// Calls body(i) once for every i in [0, count) on up to `threads` threads, one i at a time: for
/// bodies of a millisecond and more. What was done before the call is seen by every body, and what
/// they did is seen behind it. A body must write nothing that another one reads.
/// @param threads  at least 1
/// @throws what a body threw, of several one; the rest may then be left out
void parallel_for(int threads, std::size_t count, const std::function<void(std::size_t)>& body);

}  // namespace zeromiss
