#include "picture_names.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <system_error>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

/// "/lots/../a.png" becomes "lots/__/a.png".
std::string inside(std::string_view image) {
  std::string safe;
  while (!image.empty()) {
    const auto slash = image.find('/');
    const std::string_view part = image.substr(0, slash);
    image = slash == std::string_view::npos ? "" : image.substr(slash + 1);
    if (part.empty() || part == ".") continue;
    if (!safe.empty()) safe += '/';
    safe += part == ".." ? "__" : part;
  }
  return safe.empty() ? "__" : safe;
}

std::string_view without_extension(std::string_view name) {
  const auto dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? name : name.substr(0, dot);
}

/// Of the files that are written for a stem, the last ones for the time of their writing.
constexpr std::array<std::string_view, 4> kEndings{".png", ".jpg", ".png.tmp", ".jpg.tmp"};
constexpr std::size_t kLongestStem = kLongestFileName - kEndings.back().size();

bool is_called_like_a_picture(std::string_view path) {
  return std::any_of(kEndings.begin(), kEndings.end(),
                     [&](std::string_view ending) { return path.ends_with(ending); });
}

}  // namespace

std::string PictureNames::stem(std::string_view image) {
  const std::string whole = inside(image);
  const auto slash = whole.rfind('/');
  const std::size_t first = slash == std::string::npos ? 0 : slash + 1;
  const std::string folder = folder_of(std::string_view(whole).substr(0, first));
  const std::string own = whole.substr(first);
  std::string name = folder + short_file_name(without_extension(own), kLongestStem);
  if (take(name)) return name;
  name = folder + short_file_name(own, kLongestStem);
  // Two images of one whole name: only where "..", "//" or broken UTF-8 was replaced, or a folder
  // has it.
  for (int number = 2; !take(name); ++number)
    name = folder + short_file_name(fmt::format("{}_{}", own, number), kLongestStem);
  return name;
}

/// The folders of an image ("lot/a.png/") under names that no picture has yet.
std::string PictureNames::folder_of(std::string_view path) {
  std::string way;
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(part.size() + 1);
    std::string next = way + short_file_name(part, kLongestFileName);
    for (int number = 2; is_picture(next); ++number)
      next = way + short_file_name(fmt::format("{}_{}", part, number), kLongestFileName);
    if (is_called_like_a_picture(next)) folders_.insert(next);
    way = next + '/';
  }
  return way;
}

bool PictureNames::take(const std::string& stem) {
  const auto is_folder = [&](std::string_view end) {
    return folders_.contains(stem + std::string(end));
  };
  if (!folders_.empty() && std::any_of(kEndings.begin(), kEndings.end(), is_folder)) return false;
  return taken_.insert(stem).second;
}

bool PictureNames::is_picture(std::string_view path) const {
  return std::any_of(kEndings.begin(), kEndings.end(), [&](std::string_view ending) {
    return path.ends_with(ending) &&
           taken_.contains(std::string(path.substr(0, path.size() - ending.size())));
  });
}

bool leads_inside(const fs::path& root, const fs::path& relative, bool make) {
  fs::path place = root;
  const auto is_real = [&] {
    std::error_code problem;
    const auto status = fs::symlink_status(place, problem);
    if (fs::is_directory(status)) return true;
    if (fs::exists(status) || !make) return false;
    fs::create_directory(place, problem);
    if (problem)
      throw Error(ErrorKind::output, fmt::format("{}: cannot create the folder: {}", place.string(),
                                                 problem.message()));
    return true;
  };
  if (!is_real()) return false;
  for (const fs::path& part : relative.parent_path()) {
    place /= part;
    if (!is_real()) return false;
  }
  return true;
}

}  // namespace zeromiss
