#include <zeromiss/base/error.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/report/name_pattern.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace zeromiss {
namespace {

bool is_number_field(std::string_view name) { return name == "x" || name == "y" || name == "slot"; }

/// Length of a whole number at the beginning of `text`, with or without a sign; 0 for none.
std::size_t number_length(std::string_view text) {
  const std::size_t sign = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  std::size_t end = sign;
  while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
  return end > sign ? end : 0;
}

/// The path, or only its last part, without the extension.
std::string_view stem_of(std::string_view image, bool whole_path) {
  const auto slash = image.rfind('/');
  if (!whole_path && slash != std::string_view::npos) image.remove_prefix(slash + 1);
  const auto name = image.rfind('/') == std::string_view::npos ? 0 : image.rfind('/') + 1;
  const auto dot = image.rfind('.');
  return dot != std::string_view::npos && dot > name ? image.substr(0, dot) : image;
}

}  // namespace

NamePattern::NamePattern(const std::string& text) : text_(text) {
  const auto refuse = [&](const std::string& why) {
    throw Error(
        ErrorKind::usage,
        fmt::format("pattern \"{}\": {}; a pattern looks like {{lot}}_{{wafer}}_{{x}}_{{y}}",
                    printable(text), why));
  };
  std::string_view rest = text_;
  while (!rest.empty()) {
    const auto open = std::min(rest.find('{'), rest.size());
    if (open > 0) tokens_.push_back({std::string(rest.substr(0, open)), false});
    rest.remove_prefix(open);
    if (rest.empty()) break;
    const auto close = rest.find('}');
    if (close == std::string_view::npos) refuse("a { without its }");
    const std::string name(rest.substr(1, close - 1));
    if (name.empty() || name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") != std::string::npos)
      refuse(fmt::format("a field is named with small letters, found {{{}}}", printable(name)));
    if (has(name)) refuse(fmt::format("{{{}}} is there twice", name));
    if (!tokens_.empty() && tokens_.back().field)
      refuse(fmt::format("nothing stands between {{{}}} and {{{}}}", tokens_.back().text, name));
    tokens_.push_back({name, true});
    rest.remove_prefix(close + 1);
  }
  if (std::none_of(tokens_.begin(), tokens_.end(), [](const Token& t) { return t.field; }))
    refuse("it has no field");
}

bool NamePattern::has(std::string_view field) const {
  return std::any_of(tokens_.begin(), tokens_.end(),
                     [&](const Token& token) { return token.field && token.text == field; });
}

std::optional<std::map<std::string, std::string>> NamePattern::match(std::string_view image) const {
  std::string_view rest = stem_of(image, text_.find('/') != std::string::npos);
  std::map<std::string, std::string> fields;
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    const Token& token = tokens_[i];
    if (!token.field) {
      if (rest.substr(0, token.text.size()) != token.text) return std::nullopt;
      rest.remove_prefix(token.text.size());
      continue;
    }
    std::string stop = "/";
    if (i + 1 < tokens_.size()) stop += tokens_[i + 1].text.front();
    const std::size_t length = is_number_field(token.text)
                                   ? number_length(rest)
                                   : std::min(rest.find_first_of(stop), rest.size());
    if (length == 0) return std::nullopt;
    fields[token.text] = std::string(rest.substr(0, length));
    rest.remove_prefix(length);
  }
  if (!rest.empty()) return std::nullopt;
  return fields;
}

std::string NamePattern::source_of(std::string_view image,
                                   const std::map<std::string, std::string>& fields) const {
  if (const auto lot = fields.find("lot"); lot != fields.end()) return lot->second;
  const auto slash = image.rfind('/');
  if (slash == std::string_view::npos || text_.find('/') != std::string::npos) return "";
  return std::string(image.substr(0, slash));
}

std::string shown_name(const std::string& bytes) {
  return is_utf8(bytes) ? bytes : safe_file_name(bytes);
}

}  // namespace zeromiss
