#pragma once

#include <zeromiss/base/error.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zeromiss {

/// Read-only view of one JSON value that knows its file and key path, so that every error names
/// both. Conversions are lossless or refused. Valid while its JsonDocument lives.
///
/// All members throw Error(kind given to the document): "model.json: input.mean[1]: expected a
/// finite number, found "0,5"".
class JsonNode {
 public:
  [[nodiscard]] bool is_object() const;
  [[nodiscard]] bool is_array() const;
  [[nodiscard]] bool is_string() const;
  [[nodiscard]] bool is_null() const;

  /// Refuses every key that is not listed (and anything that is not an object).
  void only(std::initializer_list<std::string_view> keys) const;
  /// Member of an object; a missing key is an error.
  [[nodiscard]] JsonNode at(std::string_view key) const;
  /// Member of an object, if it is there.
  [[nodiscard]] std::optional<JsonNode> find(std::string_view key) const;
  /// The keys of an object, in file order.
  [[nodiscard]] std::vector<std::string> keys() const;

  /// Number of elements; an error unless this is an array.
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] JsonNode at(std::size_t index) const;

  [[nodiscard]] std::string string() const;
  /// One of `allowed`; its index.
  std::size_t one_of(std::span<const std::string_view> allowed) const;
  [[nodiscard]] bool boolean() const;
  /// Finite; integers count as numbers.
  [[nodiscard]] double number() const;
  [[nodiscard]] double number(double lowest, double highest) const;
  /// A JSON integer in [lowest, highest]; 1.0 is refused.
  [[nodiscard]] std::int64_t integer(std::int64_t lowest, std::int64_t highest) const;
  [[nodiscard]] std::vector<double> numbers() const;

  /// The underlying value, for copying it through unread.
  [[nodiscard]] const nlohmann::ordered_json& raw() const { return *value_; }
  /// "input.steps[0].width"; empty for the root.
  [[nodiscard]] const std::string& path() const { return path_; }
  /// Throws "FILE: PATH: `problem`".
  [[noreturn]] void fail(const std::string& problem) const;

 private:
  friend class JsonDocument;
  JsonNode(const nlohmann::ordered_json& value, std::shared_ptr<const std::string> file,
           std::string path, ErrorKind kind);
  const nlohmann::ordered_json* value_;
  std::shared_ptr<const std::string> file_;
  std::string path_;
  ErrorKind kind_;
};

/// A whole JSON text, read strictly: UTF-8, no duplicate keys, at most 64 levels deep.
class JsonDocument {
 public:
  /// @param name  how errors call the text, usually the file's path
  /// @throws Error(kind)
  JsonDocument(std::string_view text, const std::string& name, ErrorKind kind);
  /// Reads a file of at most `max_bytes`. @throws Error(kind)
  static JsonDocument read(const std::filesystem::path& file, ErrorKind kind,
                           std::uintmax_t max_bytes = 64U << 20U);

  [[nodiscard]] JsonNode root() const;

 private:
  std::shared_ptr<const nlohmann::ordered_json> value_;
  std::shared_ptr<const std::string> name_;
  ErrorKind kind_;
};

/// JSON text, UTF-8; bytes that are not UTF-8 become U+FFFD. One line, or indented by two spaces.
/// @throws std::logic_error on a number that is not finite (it would become `null` silently)
std::string json_line(const nlohmann::ordered_json& value);
std::string json_pretty(const nlohmann::ordered_json& value);

}  // namespace zeromiss
