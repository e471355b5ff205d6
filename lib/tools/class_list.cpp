#include "class_list.hpp"

#include <zeromiss/base/files.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/dataset/class_names.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <system_error>

namespace zeromiss {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::uintmax_t kLargestFile = 16U << 20U;

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string> lines_of(const std::string& file) {
  const std::string content = read_text(file, ErrorKind::input, kLargestFile);
  std::string_view text = content;
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark)
    text.remove_prefix(kByteOrderMark.size());
  auto names = split(text, '\n');
  for (auto& name : names)
    if (!name.empty() && name.back() == '\r') name.pop_back();
  while (!names.empty() && names.back().empty()) names.pop_back();  // behind the last line end
  return names;
}

}  // namespace

std::vector<std::string> class_list(const std::string& text) {
  if (text.empty()) return {};
  std::error_code ignored;
  const bool is_file = std::filesystem::is_regular_file(text, ignored);
  auto names = is_file ? lines_of(text) : split(text, ',');
  for (auto name = names.begin(); name != names.end(); ++name) {
    const auto place = name - names.begin() + 1;
    if (name->empty())
      throw Error(ErrorKind::usage, fmt::format("--classes {}: name {} is empty", text, place));
    if (!is_utf8(*name))
      throw Error(ErrorKind::usage, fmt::format("--classes {}: name {} is not UTF-8", text, place));
    if (std::find(names.begin(), name, *name) != name)
      throw Error(ErrorKind::usage,
                  fmt::format("--classes {}: \"{}\" is there twice", text, printable(*name)));
  }
  if (names.empty())
    throw Error(ErrorKind::usage, fmt::format("--classes {}: no names in it", text));
  require_distinct_classes(names, "--classes " + text, ErrorKind::usage);
  return names;
}

}  // namespace zeromiss
