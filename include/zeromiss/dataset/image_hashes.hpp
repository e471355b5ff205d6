#pragma once

#include <zeromiss/base/error.hpp>
#include <zeromiss/base/hash.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace zeromiss {

/// A set of images by the SHA-256 of their files and nothing else: it names no image and can be
/// given away with a model. Which images chose its limit is written down so.
class ImageHashes {
 public:
  explicit ImageHashes(std::vector<Digest> digests);

  /// Text: one hash a line in lower-case hex, sorted, none twice.
  /// @throws Error(kind) naming the line
  static ImageHashes parse(std::string_view text, const std::string& name, ErrorKind kind);
  /// Reads the file and holds it against the hash of its text. @throws Error(kind)
  static ImageHashes read(const std::filesystem::path& file, const std::string& text_sha256,
                          ErrorKind kind);

  [[nodiscard]] bool contains(const Digest& digest) const;
  [[nodiscard]] std::size_t size() const { return digests_.size(); }
  [[nodiscard]] std::string text() const;

 private:
  std::vector<Digest> digests_;  ///< sorted, none twice
};

}  // namespace zeromiss
