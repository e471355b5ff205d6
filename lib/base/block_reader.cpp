#include <zeromiss/base/block_reader.hpp>
#include <zeromiss/base/files.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace zeromiss {
namespace {

constexpr std::size_t kBlockBytes = 256U << 10U;

}  // namespace

BlockReader::BlockReader(const std::filesystem::path& file, ErrorKind kind)
    : name_(file.string()), kind_(kind), block_(kBlockBytes) {
  descriptor_ = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor_ < 0) fail(errno_text(errno));
  struct stat status {};
  const bool known = ::fstat(descriptor_, &status) == 0;
  if (known && S_ISREG(status.st_mode)) return;
  ::close(descriptor_);
  fail("not a regular file");
}

BlockReader::~BlockReader() { ::close(descriptor_); }

std::string_view BlockReader::next() {
  for (;;) {
    const ssize_t got = ::read(descriptor_, block_.data(), block_.size());
    if (got >= 0) return {block_.data(), static_cast<std::size_t>(got)};
    if (errno != EINTR) fail(errno_text(errno));
  }
}

void BlockReader::fail(const std::string& reason) const {
  throw Error(kind_, name_ + ": cannot be read: " + reason);
}

}  // namespace zeromiss
