#pragma once

#include <zeromiss/model/isolation.hpp>
#include <zeromiss/tools/inspect.hpp>

#include <chrono>

namespace zeromiss {

/// @throws Error(usage) for times that are none, or are given without --isolate
void check_isolation(const InspectOptions& options);

/// How the children of a run are started: one a worker.
IsolationOptions isolation_of(const InspectOptions& options, int threads);
/// One child more, with as much memory as each of these.
IsolationOptions isolation_of_one_more(const InspectOptions& options, int threads);

/// Seconds that an image may take, and the same for admit().
double image_timeout(const InspectOptions& options);
std::chrono::milliseconds image_limit(const InspectOptions& options);

}  // namespace zeromiss
