#include <zeromiss/base/presence.hpp>

#include <system_error>

namespace zeromiss {

bool is_there(const std::filesystem::path& path, ErrorKind kind) {
  std::error_code problem;
  const std::filesystem::file_status status = std::filesystem::symlink_status(path, problem);
  if (!std::filesystem::status_known(status))
    throw Error(kind, path.string() + ": cannot be looked at: " + problem.message());
  return std::filesystem::exists(status);
}

}  // namespace zeromiss
