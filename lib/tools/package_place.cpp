#include "package_place.hpp"

#include <zeromiss/base/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

/// Without links, as far as the path is there; none of its parts is empty.
fs::path real(const fs::path& path) {
  std::error_code problem;
  const fs::path found = fs::weakly_canonical(path, problem);
  const fs::path known = problem ? fs::absolute(path).lexically_normal() : found;
  return known.has_filename() ? known : known.parent_path();
}

}  // namespace

void refuse_inside_package(const fs::path& package, const fs::path& output) {
  const fs::path outer = real(package), inner = real(output);
  if (outer == inner) return;  // refused as what exists
  const auto [rest, place] = std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end());
  if (rest != outer.end()) return;
  throw Error(ErrorKind::usage,
              fmt::format("--output {}: is inside the package {}, which would be copied into "
                          "itself; choose a folder beside it",
                          output.string(), package.string()));
}

}  // namespace zeromiss
