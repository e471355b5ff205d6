#include <zeromiss/base/atomic_file.hpp>
#include <zeromiss/base/error.hpp>
#include <zeromiss/base/files.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <utility>

namespace zeromiss {
namespace {

constexpr std::size_t kBufferBytes = 256U << 10U;

}  // namespace

AtomicFile::AtomicFile(const std::filesystem::path& file)
    : file_(file), temporary_(file.string() + ".tmp") {
  // A killed process may have left one; O_EXCL then never writes through a link.
  ::unlink(temporary_.c_str());
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail("create");
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!committed_) ::unlink(temporary_.c_str());
}

void AtomicFile::append(std::string_view text) {
  buffer_ += text;
  if (buffer_.size() >= kBufferBytes) flush();
}

void AtomicFile::commit() {
  flush();
  if (::fsync(descriptor_) != 0) fail("sync");
  // Closed before it takes its name: network file systems report a full disk here.
  if (::close(std::exchange(descriptor_, -1)) != 0) fail("close");
  if (::rename(temporary_.c_str(), file_.c_str()) != 0) fail("rename the finished file to");
  committed_ = true;
  sync_folder(file_.has_parent_path() ? file_.parent_path() : ".");
}

void AtomicFile::flush() {
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write");
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  buffer_.clear();
}

void AtomicFile::fail(const char* doing) const {
  const std::string reason = errno_text(errno);
  throw Error(ErrorKind::output,
              fmt::format("{}: cannot {} the file: {}", file_.string(), doing, reason));
}

}  // namespace zeromiss
