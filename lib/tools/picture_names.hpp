#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_set>

namespace zeromiss {

/// Names of derived pictures: the image's path with another extension. Where two images would share
/// one ("a.png", "a.jpg"), the later keeps its own extension before the new one; where a picture
/// would stand in the place of a folder ("a.jpg", "a.png/b.jpg"), the later gets a number. What is
/// too long for a file system ends with its hash. Give every image of a run, in order: the names
/// are then always the same.
class PictureNames {
 public:
  /// @return without extension, relative, '/' between parts, never leading out of its folder
  std::string stem(std::string_view image);

 private:
  std::string folder_of(std::string_view path);
  bool take(const std::string& stem);
  [[nodiscard]] bool is_picture(std::string_view path) const;

  std::unordered_set<std::string> taken_;
  std::unordered_set<std::string> folders_;  ///< those that are called like a picture
};

/// Whether every folder on the way from root to root/relative is a real one, no link that leads
/// away.
/// @param make  the folders that are not there
/// @throws Error(output) when a folder cannot be made
bool leads_inside(const std::filesystem::path& root, const std::filesystem::path& relative,
                  bool make);

}  // namespace zeromiss
