#include "label_text.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace zeromiss {

std::vector<std::string_view> label_parts(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of(separators), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::vector<std::filesystem::path> label_files(const std::filesystem::path& folder,
                                               std::string_view extension) {
  std::vector<std::filesystem::path> files;
  std::error_code problem;
  for (std::filesystem::directory_iterator it(folder, problem), end; !problem && it != end;
       it.increment(problem))
    if (lower_ascii(it->path().extension().string()) == extension &&
        it->path().filename().string().front() != '.')
      files.push_back(it->path());
  if (problem)
    throw Error(ErrorKind::input,
                fmt::format("{}: cannot be read: {}", folder.string(), problem.message()));
  if (files.empty())
    throw Error(ErrorKind::input, fmt::format("{}: no {} files there", folder.string(), extension));
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace zeromiss
