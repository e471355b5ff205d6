#include <zeromiss/base/files.hpp>
#include <zeromiss/base/json.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <set>

namespace zeromiss {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kMaxDepth = 64;

/// Parses without building anything, to find what a DOM parser hides: duplicate keys and deep
/// nesting.
class StrictChecker : public nlohmann::json_sax<Json> {
 public:
  std::string problem;

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t value, const string_t& text) override {
    return std::isfinite(value) || fail("number " + text + " is out of range");
  }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override {
    keys_.emplace_back();
    return deeper();
  }
  bool key(string_t& name) override {
    return keys_.back().insert(name).second || fail("duplicate key \"" + name + "\"");
  }
  bool end_object() override {
    keys_.pop_back();
    --depth_;
    return true;
  }
  bool start_array(std::size_t) override { return deeper(); }
  bool end_array() override {
    --depth_;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const Json::exception& error) override {
    std::string what = error.what();
    // "[json.exception.parse_error.101] parse error at line 3, column 5: …" -> from "line 3" on
    if (const auto at = what.find("line "); at != std::string::npos) what.erase(0, at);
    return fail("not valid JSON: " + what);
  }

 private:
  bool deeper() { return ++depth_ <= kMaxDepth || fail("nested deeper than 64 levels"); }
  bool fail(std::string text) {
    problem = std::move(text);
    return false;
  }
  std::vector<std::set<std::string>> keys_;
  int depth_ = 0;
};

std::string shown(const Json& value) {
  constexpr std::size_t kLongest = 60;
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > kLongest) text = text.substr(0, kLongest) + "…";
  return text;
}

void require_finite(const Json& value) {
  if (value.is_number_float() && !std::isfinite(value.get<double>()))
    throw std::logic_error("a number that is not finite reached the JSON writer");
  if (value.is_structured())
    for (const auto& child : value) require_finite(child);
}

}  // namespace

JsonNode::JsonNode(const Json& value, std::shared_ptr<const std::string> file, std::string path,
                   ErrorKind kind)
    : value_(&value), file_(std::move(file)), path_(std::move(path)), kind_(kind) {}

bool JsonNode::is_object() const { return value_->is_object(); }
bool JsonNode::is_array() const { return value_->is_array(); }
bool JsonNode::is_string() const { return value_->is_string(); }
bool JsonNode::is_null() const { return value_->is_null(); }

void JsonNode::fail(const std::string& problem) const {
  throw Error(kind_,
              path_.empty() ? *file_ + ": " + problem : *file_ + ": " + path_ + ": " + problem);
}

void JsonNode::only(std::initializer_list<std::string_view> allowed) const {
  if (!is_object()) fail("expected an object, found " + shown(*value_));
  for (const auto& [name, value] : value_->items()) {
    if (std::find(allowed.begin(), allowed.end(), name) == allowed.end())
      fail(fmt::format("unknown key \"{}\" (known here: {})", name, fmt::join(allowed, ", ")));
  }
}

std::optional<JsonNode> JsonNode::find(std::string_view key) const {
  if (!is_object()) fail("expected an object, found " + shown(*value_));
  const auto found = value_->find(std::string(key));
  if (found == value_->end()) return std::nullopt;
  return JsonNode(*found, file_, path_.empty() ? std::string(key) : path_ + "." + std::string(key),
                  kind_);
}

JsonNode JsonNode::at(std::string_view key) const {
  auto found = find(key);
  if (!found) fail(fmt::format("key \"{}\" is missing", key));
  return *found;
}

std::vector<std::string> JsonNode::keys() const {
  if (!is_object()) fail("expected an object, found " + shown(*value_));
  std::vector<std::string> names;
  for (const auto& [name, value] : value_->items()) names.push_back(name);
  return names;
}

std::size_t JsonNode::size() const {
  if (!is_array()) fail("expected a list, found " + shown(*value_));
  return value_->size();
}

JsonNode JsonNode::at(std::size_t index) const {
  if (index >= size()) fail(fmt::format("expected more than {} elements", size()));
  return JsonNode((*value_)[index], file_, fmt::format("{}[{}]", path_, index), kind_);
}

std::string JsonNode::string() const {
  if (!is_string()) fail("expected a text, found " + shown(*value_));
  return value_->get<std::string>();
}

std::size_t JsonNode::one_of(std::span<const std::string_view> allowed) const {
  const std::string text = string();
  const auto found = std::find(allowed.begin(), allowed.end(), text);
  if (found == allowed.end())
    fail(fmt::format("expected one of {}, found \"{}\"", fmt::join(allowed, ", "), text));
  return static_cast<std::size_t>(found - allowed.begin());
}

bool JsonNode::boolean() const {
  if (!value_->is_boolean()) fail("expected true or false, found " + shown(*value_));
  return value_->get<bool>();
}

double JsonNode::number() const {
  if (!value_->is_number()) fail("expected a finite number, found " + shown(*value_));
  return value_->get<double>();  // finite: the checker refused the rest
}

double JsonNode::number(double lowest, double highest) const {
  const double value = number();
  if (value < lowest || value > highest)
    fail(fmt::format("expected a number from {} to {}, found {}", lowest, highest, value));
  return value;
}

std::int64_t JsonNode::integer(std::int64_t lowest, std::int64_t highest) const {
  const bool fits = value_->is_number_integer() &&
                    (!value_->is_number_unsigned() || value_->get<std::uint64_t>() <= INT64_MAX);
  const std::int64_t value = fits ? value_->get<std::int64_t>() : 0;
  if (!fits || value < lowest || value > highest)
    fail(fmt::format("expected a whole number from {} to {}, found {}", lowest, highest,
                     shown(*value_)));
  return value;
}

std::vector<double> JsonNode::numbers() const {
  std::vector<double> values;
  for (std::size_t i = 0; i < size(); ++i) values.push_back(at(i).number());
  return values;
}

JsonDocument::JsonDocument(std::string_view text, const std::string& name, ErrorKind kind)
    : name_(std::make_shared<const std::string>(name)), kind_(kind) {
  // The parser takes a NUL for the end of the text, whatever follows.
  if (text.find('\0') != std::string_view::npos)
    throw Error(kind, name + ": not valid JSON: holds a NUL byte");
  StrictChecker checker;
  if (!Json::sax_parse(text, &checker)) throw Error(kind, name + ": " + checker.problem);
  value_ = std::make_shared<const Json>(Json::parse(text));
}

JsonDocument JsonDocument::read(const std::filesystem::path& file, ErrorKind kind,
                                std::uintmax_t max_bytes) {
  return JsonDocument(read_text(file, kind, max_bytes), file.string(), kind);
}

JsonNode JsonDocument::root() const { return JsonNode(*value_, name_, "", kind_); }

std::string json_line(const Json& value) {
  require_finite(value);
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string json_pretty(const Json& value) {
  require_finite(value);
  return value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace zeromiss
