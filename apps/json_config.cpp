#include "json_config.hpp"

#include <zeromiss/base/json.hpp>

#include <nlohmann/json.hpp>

#include <iterator>

namespace zeromiss::app {
namespace {

using Json = nlohmann::ordered_json;

/// Options that say how to configure, not what.
bool is_about_configuration(const std::string& name) {
  return name == "help" || name == "version" || name == "config" || name == "print-config" ||
         name == "dry-run";
}

/// A number or a text, as the user would write it in JSON; a number only where it is written back
/// as it was: a folder 1.10 is no folder 1.1.
Json value_of(const std::string& text) {
  const Json parsed = Json::parse(text, nullptr, false);
  return parsed.is_number() && parsed.dump() == text ? parsed : Json(text);
}

Json option_value(const CLI::Option& option) {
  if (option.get_items_expected_max() == 0) return option.count() > 0 && option.as<bool>();
  const std::vector<std::string> given =
      option.count() > 0 ? option.results() : std::vector<std::string>{option.get_default_str()};
  if (option.get_items_expected_max() == 1) return value_of(given.front());
  Json list = Json::array();
  for (const std::string& text : given)
    if (!text.empty()) list.push_back(text);
  return list;
}

std::string text_of(const JsonNode& node) {
  if (node.is_string()) {
    const std::string text = node.string();
    if (is_list_like(text)) node.fail(list_like_problem(text));
    if (text.find('\0') != std::string::npos)
      node.fail("holds a NUL character: a path would end there");
    return text;
  }
  if (node.is_object() || node.is_array() || node.is_null())
    node.fail("expected a text, a number, true or false");
  return node.raw().dump();
}

}  // namespace

bool is_list_like(std::string_view text) { return text.starts_with('[') && text.ends_with(']'); }

std::string list_like_problem(const std::string& text) {
  return "would be read as a list; write ./" + text;
}

std::string JsonConfig::to_config(const CLI::App* app, bool, bool, std::string) const {
  Json config = Json::object();
  for (const CLI::Option* option : app->get_options()) {
    if (option->get_lnames().empty() || is_about_configuration(option->get_lnames().front()))
      continue;
    const bool unset = option->count() == 0 && option->get_default_str().empty();
    if (unset && option->get_items_expected_max() != 0) continue;
    config[option->get_lnames().front()] = option_value(*option);
  }
  return json_pretty(config);
}

std::vector<CLI::ConfigItem> JsonConfig::from_config(std::istream& input) const {
  const std::string text{std::istreambuf_iterator<char>(input), std::istreambuf_iterator<char>()};
  const JsonDocument document(text, "--config", ErrorKind::usage);
  const JsonNode root = document.root();
  std::vector<CLI::ConfigItem> found;
  for (const std::string& key : root.keys()) {
    const JsonNode node = root.at(key);
    CLI::ConfigItem item;
    item.name = key;
    if (node.is_array()) {
      // Like an empty text: as if the option were not there, be it a hash list or a limit.
      if (node.size() == 0) node.fail("the list is empty; give a value, or leave the option out");
      for (std::size_t i = 0; i < node.size(); ++i) item.inputs.push_back(text_of(node.at(i)));
    } else {
      item.inputs.push_back(text_of(node));
    }
    found.push_back(item);
  }
  return found;
}

}  // namespace zeromiss::app
