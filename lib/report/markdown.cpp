#include "markdown.hpp"

#include <zeromiss/base/text.hpp>

#include <fmt/format.h>

#include <array>
#include <utility>

namespace zeromiss {
namespace {

/// Every one of `signs` is a numeric entity, and what does not show or turns the text around is
/// spelt out.
std::string escaped(std::string_view name, std::string_view signs) {
  std::string text;
  for (const char c : printable(name)) {
    if (signs.find(c) == std::string_view::npos)
      text += c;
    else
      text += fmt::format("&#{};", static_cast<int>(c));
  }
  // U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069: E2 80 8E …, E2 81 A6 …
  for (std::size_t at = text.find('\xE2'); at != std::string::npos;
       at = text.find('\xE2', at + 1)) {
    if (at + 2 >= text.size()) break;
    const auto second = static_cast<unsigned char>(text[at + 1]);
    const auto third = static_cast<unsigned char>(text[at + 2]);
    const unsigned code = 0x2000U | (second & 0x3FU) << 6U | (third & 0x3FU);
    const bool hidden = (code >= 0x200B && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
                        (code >= 0x2060 && code <= 0x206F);
    if (hidden) text.replace(at, 3, fmt::format("‹U+{:04X}›", code));
  }
  // U+00AD, U+061C, U+FEFF, U+FFF9 to U+FFFB
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kOthers{
      {{"\xC2\xAD", "‹U+00AD›"},
       {"\xD8\x9C", "‹U+061C›"},
       {"\xEF\xBB\xBF", "‹U+FEFF›"},
       {"\xEF\xBF\xB9", "‹U+FFF9›"},
       {"\xEF\xBF\xBA", "‹U+FFFA›"},
       {"\xEF\xBF\xBB", "‹U+FFFB›"}}};
  for (const auto& [bytes, spelt] : kOthers)
    for (std::size_t at = text.find(bytes); at != std::string::npos; at = text.find(bytes, at))
      text.replace(at, bytes.size(), spelt);
  return text;
}

}  // namespace

std::string markdown_name(std::string_view name) {
  return escaped(name, "\\`*_{}[]<>()#+-.!|~&@:\"'=$^");
}

std::string markdown_cell(std::string_view text) { return escaped(text, "\\`*_[]<>|~&$"); }

}  // namespace zeromiss
