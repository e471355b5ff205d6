#pragma once

#include <string>
#include <utility>
#include <vector>

namespace zeromiss {

/// Name and version of every library that touches pixels (of libraries that cannot be
/// asked at run time, the one compiled against): "which lots were read by the
/// faulty decoder?" must be answerable from a report.
std::vector<std::pair<std::string, std::string>> image_library_versions();

}  // namespace zeromiss
