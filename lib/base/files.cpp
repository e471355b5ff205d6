#include <zeromiss/base/atomic_file.hpp>
#include <zeromiss/base/files.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace zeromiss {
namespace {

constexpr std::uintmax_t kMaxImageBytes = 4ULL << 30U;

/// A file descriptor that is closed when it goes out of scope.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  [[nodiscard]] int get() const { return value_; }

 private:
  int value_;
};

struct Opened {
  Descriptor descriptor;
  struct stat status;
};

/// What went wrong with a file, before it is known whether that ends the run or marks an image.
class ReadProblem : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

const char* kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a pipe (FIFO)";
  if (S_ISSOCK(mode)) return "a socket";
  if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device";
  return "not a regular file";
}

/// O_NONBLOCK: opening a FIFO without a writer would hang for ever. It means nothing for regular
/// files.
Opened open_regular(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0) throw ReadProblem(errno_text(errno));
  Opened opened{Descriptor(descriptor), {}};
  if (::fstat(descriptor, &opened.status) != 0) throw ReadProblem(errno_text(errno));
  if (!S_ISREG(opened.status.st_mode))
    throw ReadProblem(
        fmt::format("is {}, expected a regular file", kind_of(opened.status.st_mode)));
  return opened;
}

template <class Buffer>
Buffer read_all(const Opened& opened, std::uintmax_t max_bytes) {
  const auto size = static_cast<std::uintmax_t>(opened.status.st_size);
  if (size > max_bytes)
    throw ReadProblem(fmt::format("is {} bytes long, more than the limit of {}", size, max_bytes));
  Buffer content;
  content.resize(static_cast<std::size_t>(size));
  std::size_t done = 0;
  while (done < content.size()) {
    const ssize_t got =
        ::read(opened.descriptor.get(), content.data() + done, content.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw ReadProblem(errno_text(errno));
    if (got == 0) break;  // shorter than it was: the caller compares sizes
    done += static_cast<std::size_t>(got);
  }
  content.resize(done);
  return content;
}

template <class Buffer>
Buffer read_or_throw(const std::filesystem::path& file, ErrorKind kind, std::uintmax_t max_bytes) {
  try {
    return read_all<Buffer>(open_regular(file), max_bytes);
  } catch (const ReadProblem& problem) {
    throw Error(kind, fmt::format("{}: {}", file.string(), problem.what()));
  }
}

[[noreturn]] void fail_output(const std::string& name, const char* action, int error_number) {
  throw Error(ErrorKind::output,
              fmt::format("{}: cannot {}: {}", name, action, errno_text(error_number)));
}

void write_all(int descriptor, std::string_view text, const std::string& name) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_output(name, "write", errno);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

std::string errno_text(int error_number) {
  return std::error_code(error_number, std::generic_category()).message();
}

std::string read_text(const std::filesystem::path& file, ErrorKind kind, std::uintmax_t max_bytes) {
  return read_or_throw<std::string>(file, kind, max_bytes);
}

std::vector<std::uint8_t> read_bytes(const std::filesystem::path& file, ErrorKind kind,
                                     std::uintmax_t max_bytes) {
  return read_or_throw<std::vector<std::uint8_t>>(file, kind, max_bytes);
}

std::string read_stdin_text(ErrorKind kind, std::uintmax_t max_bytes) {
  std::string text;
  std::array<char, 1U << 16U> block{};
  for (;;) {
    const ssize_t got = ::read(STDIN_FILENO, block.data(), block.size());
    if (got == 0) return text;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error(kind, fmt::format("standard input: {}", errno_text(errno)));
    text.append(block.data(), static_cast<std::size_t>(got));
    if (text.size() > max_bytes)
      throw Error(kind, fmt::format("standard input: more than the limit of {} bytes", max_bytes));
  }
}

std::int64_t modified_ns(const struct stat& status) {
  constexpr std::uint64_t kNsPerSecond = 1'000'000'000;
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(status.st_mtim.tv_sec) *
                                       kNsPerSecond +
                                   static_cast<std::uint64_t>(status.st_mtim.tv_nsec));
}

FileContent read_image_file(const std::filesystem::path& file) {
  try {
    const Opened opened = open_regular(file);
    FileContent content{read_all<std::vector<std::uint8_t>>(opened, kMaxImageBytes),
                        modified_ns(opened.status)};
    struct stat after {};
    if (::fstat(opened.descriptor.get(), &after) != 0) throw ReadProblem(errno_text(errno));
    if (after.st_size != opened.status.st_size || modified_ns(after) != content.modified_ns ||
        content.bytes.size() != static_cast<std::size_t>(after.st_size))
      throw ItemError("image.changed", "the file changed while it was read; inspect it again");
    return content;
  } catch (const ReadProblem& problem) {
    throw ItemError("image.unreadable", problem.what());
  }
}

void write_file_atomically(const std::filesystem::path& file, std::string_view content) {
  AtomicFile out(file);
  out.append(content);
  out.commit();
}

DurableFile::DurableFile(const std::filesystem::path& file, std::uintmax_t keep_bytes)
    : name_(file.string()) {
  constexpr mode_t kMode = 0666;  // the user's umask decides
  descriptor_ = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, kMode);
  if (descriptor_ < 0) fail_output(name_, "open for writing", errno);
  if (::ftruncate(descriptor_, static_cast<off_t>(keep_bytes)) != 0 ||
      ::lseek(descriptor_, 0, SEEK_END) < 0) {
    const int problem = errno;
    ::close(descriptor_);
    fail_output(name_, "cut to its valid part", problem);
  }
}

DurableFile::~DurableFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void DurableFile::append(std::string_view text) { write_all(descriptor_, text, name_); }

void DurableFile::sync() {
  // Never retried: after a failed fsync the kernel may have dropped the dirty pages.
  if (::fdatasync(descriptor_) != 0) fail_output(name_, "sync to disk", errno);
}

void DurableFile::close() {
  if (::fsync(descriptor_) != 0) fail_output(name_, "sync to disk", errno);
  if (::close(std::exchange(descriptor_, -1)) != 0) fail_output(name_, "close", errno);
}

FolderLock::FolderLock(const std::filesystem::path& folder) : file_(folder / kFileName) {
  const std::string name = file_.string();
  constexpr mode_t kMode = 0666;
  descriptor_ = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kMode);
  if (descriptor_ < 0) fail_output(name, "open", errno);
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    const int problem = errno;
    ::close(descriptor_);
    if (problem != EWOULDBLOCK) fail_output(name, "lock", problem);
    throw Error(ErrorKind::output,
                folder.string() + ": in use by another run; wait for it or choose another output");
  }
}

FolderLock::~FolderLock() { ::close(descriptor_); }

bool FolderLock::in_place() const {
  struct stat held {
  }, there{};
  return ::fstat(descriptor_, &held) == 0 && ::stat(file_.c_str(), &there) == 0 &&
         held.st_dev == there.st_dev && held.st_ino == there.st_ino;
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem)
    throw Error(ErrorKind::output, fmt::format("{}: cannot create the folder: {}", folder.string(),
                                               problem.message()));
}

void sync_folder(const std::filesystem::path& folder) {
  const std::string name = folder.empty() ? "." : folder.string();
  const Descriptor descriptor(::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.get() < 0) fail_output(name, "open", errno);
  if (::fsync(descriptor.get()) != 0) fail_output(name, "sync to disk", errno);
}

}  // namespace zeromiss
