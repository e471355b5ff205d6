#pragma once

#include <zeromiss/dataset/objects.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zeromiss {

/// "a/b.v1.png" -> "a/b.v1": only an image's extension is taken off.
std::string without_image_extension(std::string_view name);

/// Finds labelled images by what other files call them.
class ImageNames {
 public:
  explicit ImageNames(const std::vector<ObjectImage>& images);

  /// By the whole name; else without its extension; else, when only one image has its last part and
  /// one of the two names is the end of the other ("b" and "x/a/b" for "a/b.png", not "c/b").
  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view name) const;
  /// An image whose name differs only in case or Unicode normal form, for errors; else empty.
  [[nodiscard]] std::string similar(std::string_view name) const;

 private:
  static constexpr std::uint32_t kSeveral = UINT32_MAX;
  std::map<std::string, std::uint32_t, std::less<>> whole_, stems_, last_;
  std::vector<std::string> stem_of_;  ///< names without extension, by image
  std::map<std::string, std::string> keys_;
};

}  // namespace zeromiss
