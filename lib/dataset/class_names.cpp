#include <zeromiss/base/text.hpp>
#include <zeromiss/dataset/class_names.hpp>

#include <fmt/format.h>

#include <array>
#include <map>
#include <string_view>

namespace zeromiss {
namespace {

/// Of ASCII, and those of other scripts that nobody sees: no-break, zero-width, ideographic space
/// and the byte order mark.
constexpr std::array<std::string_view, 10> kBlanks{
    " ", "\t", "\n", "\r", "\v", "\f", "\xC2\xA0", "\xE2\x80\x8B", "\xE3\x80\x80", "\xEF\xBB\xBF"};

std::string_view trimmed(std::string_view name) {
  for (bool again = true; again;) {
    again = false;
    for (const std::string_view blank : kBlanks) {
      if (name.starts_with(blank))
        name.remove_prefix(blank.size());
      else if (name.ends_with(blank))
        name.remove_suffix(blank.size());
      else
        continue;
      again = true;
    }
  }
  return name;
}

}  // namespace

void require_distinct_classes(const std::vector<std::string>& classes, const std::string& place,
                              ErrorKind kind) {
  std::map<std::string, std::string> known;
  for (const std::string& name : classes) {
    const auto [first, is_new] = known.emplace(name_key(trimmed(name)), name);
    if (!is_new)
      throw Error(kind, fmt::format("{}: the classes \"{}\" and \"{}\" differ at most by case, "
                                    "blanks or Unicode form, so that a defect could count as good; "
                                    "give one class one name",
                                    place, printable(first->second), printable(name)));
  }
}

}  // namespace zeromiss
