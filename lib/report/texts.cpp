#include "assets.hpp"

#include <zeromiss/report/texts.hpp>

#include <nlohmann/json.hpp>

#include <stdexcept>

namespace zeromiss {
namespace {

using Json = nlohmann::ordered_json;

const Json& tables() {
  static const Json all = Json::parse(assets::kTextsJson);
  return all;
}

}  // namespace

std::string_view language_code(Language language) {
  return language == Language::english ? "en" : "ko";
}

std::string text(Language language, std::string_view key) {
  return text(language, key, Json::object());
}

std::string text(Language language, std::string_view key, const Json& values) {
  const Json& table = tables().at(std::string(language_code(language)));
  const auto found = table.find(std::string(key));
  if (found == table.end()) throw std::logic_error("i18n.json has no text " + std::string(key));
  const auto& pattern = found->get_ref<const std::string&>();
  std::string filled;
  for (std::size_t at = 0; at < pattern.size();) {
    const auto open = pattern.find('{', at);
    const auto close = open == std::string::npos ? open : pattern.find('}', open);
    if (close == std::string::npos) return filled + pattern.substr(at);
    filled += pattern.substr(at, open - at);
    const auto value = values.find(pattern.substr(open + 1, close - open - 1));
    filled +=
        value == values.end() ? pattern.substr(open, close - open + 1) : value->get<std::string>();
    at = close + 1;
  }
  return filled;
}

}  // namespace zeromiss
