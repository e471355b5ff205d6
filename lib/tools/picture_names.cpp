#include "picture_names.hpp"

#include <zeromiss/base/error.hpp>

#include <fmt/format.h>

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

std::string without_extension(const std::string& name) {
  const auto dot = name.rfind('.');
  const auto slash = name.rfind('/');
  const std::size_t first = slash == std::string::npos ? 0 : slash + 1;
  return dot == std::string::npos || dot <= first ? name : name.substr(0, dot);
}

}  // namespace

std::string PictureNames::stem(std::string_view image) {
  const std::string whole = inside(image);
  std::string name = without_extension(whole);
  if (taken_.insert(name).second) return name;
  name = whole;
  // Two images of one whole name: only where "..", "//" or broken UTF-8 was replaced.
  for (int number = 2; !taken_.insert(name).second; ++number)
    name = fmt::format("{}_{}", whole, number);
  return name;
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
