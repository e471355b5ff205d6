#pragma once

#include <zeromiss/model/package.hpp>
#include <zeromiss/tools/inspect.hpp>

namespace zeromiss {

/// @throws Error(usage) for options that are missing, out of range or exclude each other
void check_options(const InspectOptions& options);

/// The package's limits, but for those of the options. @throws Error(usage)
Limits limits_in_force(const InspectOptions& options, const ModelPackage& package);

}  // namespace zeromiss
