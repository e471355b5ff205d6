#pragma once

#include <zeromiss/base/error.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace zeromiss {

/// A regular file, read in blocks of bounded memory; never hangs on a FIFO.
class BlockReader {
 public:
  /// @throws Error(kind) naming the file
  BlockReader(const std::filesystem::path& file, ErrorKind kind);
  ~BlockReader();
  BlockReader(const BlockReader&) = delete;
  BlockReader& operator=(const BlockReader&) = delete;

  /// The next part of the file, valid until the next call; empty at its end. @throws Error(kind)
  std::string_view next();
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  [[noreturn]] void fail(const std::string& reason) const;
  std::string name_;
  ErrorKind kind_;
  std::vector<char> block_;
  int descriptor_ = -1;
};

}  // namespace zeromiss
