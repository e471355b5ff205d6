#include <zeromiss/base/files.hpp>
#include <zeromiss/report/results_file.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace zeromiss {
namespace {

constexpr std::size_t kBlockBytes = 256U << 10U;
constexpr std::size_t kLongestLine = 64U << 20U;

/// A regular file, read in blocks; never hangs on a FIFO.
class BlockReader {
 public:
  BlockReader(const std::filesystem::path& file, ErrorKind kind)
      : name_(file.string()), kind_(kind), block_(kBlockBytes) {
    descriptor_ = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor_ < 0) fail(errno_text(errno));
    struct stat status {};
    const bool known = ::fstat(descriptor_, &status) == 0;
    if (known && S_ISREG(status.st_mode)) return;
    ::close(descriptor_);
    fail("not a regular file");
  }
  ~BlockReader() { ::close(descriptor_); }
  BlockReader(const BlockReader&) = delete;
  BlockReader& operator=(const BlockReader&) = delete;

  /// The next part of the file, valid until the next call; empty at its end.
  std::string_view next() {
    for (;;) {
      const ssize_t got = ::read(descriptor_, block_.data(), block_.size());
      if (got >= 0) return {block_.data(), static_cast<std::size_t>(got)};
      if (errno != EINTR) fail(errno_text(errno));
    }
  }

 private:
  [[noreturn]] void fail(const std::string& reason) const {
    throw Error(kind_, name_ + ": cannot be read: " + reason);
  }
  std::string name_;
  ErrorKind kind_;
  std::vector<char> block_;
  int descriptor_ = -1;
};

}  // namespace

void Tally::add(const Record& record) {
  ++images;
  switch (record.verdict) {
    case VerdictKind::pass:
      ++pass;
      break;
    case VerdictKind::review:
      ++review;
      break;
    case VerdictKind::reject:
      ++reject;
      break;
    case VerdictKind::error:
      ++error;
      ++errors[record.error ? record.error->code : ""];
      break;
  }
}

void Tally::add(const Tally& other) {
  images += other.images;
  pass += other.pass;
  review += other.review;
  reject += other.reject;
  error += other.error;
  for (const auto& [code, count] : other.errors) errors[code] += count;
}

std::uint64_t for_each_line(const std::filesystem::path& file, ErrorKind kind,
                            const std::function<void(std::string_view)>& use) {
  BlockReader reader(file, kind);
  std::uint64_t lines = 0;
  std::string line;  // a line's beginning, where the block ended before it did
  const auto fail = [&](std::string_view problem) {
    throw Error(kind, fmt::format("{}:{}: {}", file.string(), lines + 1, problem));
  };
  const auto grow = [&](std::string_view part) {
    if (line.size() + part.size() > kLongestLine) fail("the line is longer than 64 MiB");
    line += part;
  };
  for (auto block = reader.next(); !block.empty(); block = reader.next()) {
    for (auto end = block.find('\n'); end != std::string_view::npos; end = block.find('\n')) {
      grow(block.substr(0, end));
      use(line);
      ++lines;
      line.clear();
      block.remove_prefix(end + 1);
    }
    grow(block);
  }
  if (!line.empty())
    fail(
        "the last line has no end: the file was cut while it was written; finish the run with "
        "--resume");
  return lines;
}

std::uint64_t for_each_record(const std::filesystem::path& results, ErrorKind kind,
                              const std::function<void(const Record&)>& use) {
  std::uint64_t number = 0;
  const std::string file = results.string();
  return for_each_line(results, kind, [&](std::string_view line) {
    use(parse_record(line, file, ++number, kind));
  });
}

}  // namespace zeromiss
