#pragma once

#include <zeromiss/base/error.hpp>

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zeromiss {

/// "No such file or directory" for an errno value. Thread-safe.
std::string errno_text(int error_number);

/// A whole regular file. Never hangs: FIFOs, sockets, devices and folders are refused unopened.
/// @throws Error(kind) naming the file; also when it is larger than max_bytes
std::string read_text(const std::filesystem::path& file, ErrorKind kind, std::uintmax_t max_bytes);
std::vector<std::uint8_t> read_bytes(const std::filesystem::path& file, ErrorKind kind,
                                     std::uintmax_t max_bytes);

/// All of standard input, to its end. @throws Error(kind)
std::string read_stdin_text(ErrorKind kind, std::uintmax_t max_bytes);

/// The modification time in nanoseconds since 1970; beyond the years 1677 to 2262 it wraps round.
std::int64_t modified_ns(const struct stat& status);

/// One image file as it was at one moment.
struct FileContent {
  std::vector<std::uint8_t> bytes;
  std::int64_t modified_ns = 0;  ///< modification time, nanoseconds since 1970
};

/// Reads an image for inspection.
/// @throws ItemError image.unreadable (missing, no permission, not a regular file, I/O error,
/// larger
///         than 4 GiB), image.changed (size or time differ before and after the read)
FileContent read_image_file(const std::filesystem::path& file);

/// Writes the whole file under a temporary name, syncs it, renames it over `file`, syncs the
/// folder: afterwards either the old or the new content is there, never a part. @throws
/// Error(output)
void write_file_atomically(const std::filesystem::path& file, std::string_view content);

/// Append-only file whose sync() means "on the disk". fsync errors are fatal and never retried.
/// All members throw Error(output) naming the file.
class DurableFile {
 public:
  /// Opens or creates, cut to `keep_bytes`, positioned at the end.
  DurableFile(const std::filesystem::path& file, std::uintmax_t keep_bytes);
  ~DurableFile();
  DurableFile(const DurableFile&) = delete;
  DurableFile& operator=(const DurableFile&) = delete;

  void append(std::string_view text);
  void sync();
  /// Syncs and closes; the destructor only closes.
  void close();

 private:
  std::string name_;
  int descriptor_ = -1;
};

/// Holds DIR/.zeromiss.lock while it lives; the kernel lets go when the process ends, however it
/// ends.
class FolderLock {
 public:
  /// @throws Error(output) when another process holds it
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  /// The file in the folder is still the locked one: the folder was not removed or replaced.
  [[nodiscard]] bool in_place() const;

  static constexpr const char* kFileName = ".zeromiss.lock";

 private:
  std::filesystem::path file_;
  int descriptor_ = -1;
};

/// Makes a folder and those above it, where they are not there yet. @throws Error(output)
void make_folder(const std::filesystem::path& folder);

/// Makes a folder's entries durable after files were created or renamed in it. @throws
/// Error(output)
void sync_folder(const std::filesystem::path& folder);

}  // namespace zeromiss
