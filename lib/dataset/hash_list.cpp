#include <zeromiss/base/error.hpp>
#include <zeromiss/base/hash.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/dataset/hash_list.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace zeromiss {
namespace {

constexpr std::size_t kHexDigits = 64;

/// Of a line that begins with a backslash: coreutils writes such names so.
std::string unescaped(std::string_view path) {
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const bool escape = path[i] == '\\' && i + 1 < path.size();
    if (!escape) {
      out += path[i];
      continue;
    }
    const char next = path[++i];
    out += next == 'n' ? '\n' : next == 'r' ? '\r' : next;
  }
  return out;
}

bool is_hash(std::string_view text) {
  return text.size() == kHexDigits &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

HashList HashList::parse(std::string_view text, const std::string& name) {
  HashList list;
  list.sha256_ = sha256_hex(text);
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view row = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!row.empty() && row.back() == '\r') row.remove_suffix(1);
    if (row.empty() || row.front() == '#') continue;  // a comment, for sha256sum -c too
    const auto fail = [&](const std::string& problem) {
      throw Error(ErrorKind::input, fmt::format("{}:{}: {}", name, line, problem));
    };
    const bool escaped = row.front() == '\\';
    if (escaped) row.remove_prefix(1);
    constexpr std::size_t kGap = 2;  // "  " or " *"
    const std::string hash = lower_ascii(row.substr(0, kHexDigits));
    if (row.size() <= kHexDigits + kGap || !is_hash(hash) || row[kHexDigits] != ' ')
      fail("expected a SHA-256 in 64 hex digits, two blanks and a path, as sha256sum writes them");
    std::string path = escaped ? unescaped(row.substr(kHexDigits + kGap))
                               : std::string(row.substr(kHexDigits + kGap));
    if (path.starts_with("./")) path.erase(0, 2);
    if (path.empty()) fail("\"./\" is no path of an image");
    if (path.find('\0') != std::string::npos)
      fail("the path holds a NUL byte: another would be read");
    if (!list.hashes_.emplace(path, hash).second)
      fail(fmt::format("\"{}\" is there twice", printable(path)));
  }
  if (list.hashes_.empty()) throw Error(ErrorKind::input, fmt::format("{}: no hashes in it", name));
  return list;
}

const std::string* HashList::find(std::string_view path) const {
  const auto found = hashes_.find(path);
  return found == hashes_.end() ? nullptr : &found->second;
}

}  // namespace zeromiss
