#pragma once
// The words of the reports in English and Korean (data/report/i18n.json), for files that are not
// HTML.

#include <nlohmann/json_fwd.hpp>

#include <array>
#include <string>
#include <string_view>

namespace zeromiss {

enum class Language { english, korean };
inline constexpr std::array kLanguages{Language::english, Language::korean};
/// "en", "ko".
std::string_view language_code(Language language);

/// The text of a key, with {name} replaced by the string `name` of `values`; what is in a value
/// stays as it is.
/// @throws std::logic_error for a key that the table does not have
std::string text(Language language, std::string_view key);
std::string text(Language language, std::string_view key, const nlohmann::ordered_json& values);

}  // namespace zeromiss
