#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace zeromiss {

/// A file that appears whole or not at all, for content too large to hold in memory: written in
/// pieces under a temporary name beside the target, which commit() syncs and renames. Without
/// commit() the temporary file is removed and the target stays what it was.
/// All members throw Error(output) naming the file.
class AtomicFile {
 public:
  explicit AtomicFile(const std::filesystem::path& file);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void append(std::string_view text);
  /// Once, and last.
  void commit();

 private:
  void flush();
  [[noreturn]] void fail(const char* doing) const;

  std::filesystem::path file_, temporary_;
  std::string buffer_;
  int descriptor_ = -1;
  bool committed_ = false;
};

}  // namespace zeromiss
