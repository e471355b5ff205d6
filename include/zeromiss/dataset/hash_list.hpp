#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace zeromiss {

/// SHA-256 of image files as they left the camera, in the format of `sha256sum`: what no decoder
/// can see (flipped bits in BMP, TIFF, WebP, PNM) and files that never arrived.
class HashList {
 public:
  /// Lines "HEX  PATH", "HEX *PATH", or "\HEX  PATH" with \\, \n and \r in the path (GNU
  /// coreutils); LF or CRLF; lines that begin with # are comments. Paths as records have them; a
  /// "./" in front is taken off.
  /// @param name  how errors call the text
  /// @throws Error(input) naming the line: no such line, a path twice, nothing at all
  static HashList parse(std::string_view text, const std::string& name);

  /// Lower-case hex; null when the list does not have the path.
  [[nodiscard]] const std::string* find(std::string_view path) const;
  /// Of the text itself: the same list or another one.
  [[nodiscard]] const std::string& sha256() const { return sha256_; }
  [[nodiscard]] const std::map<std::string, std::string, std::less<>>& entries() const {
    return hashes_;
  }

 private:
  std::string sha256_;
  std::map<std::string, std::string, std::less<>> hashes_;
};

}  // namespace zeromiss
