#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zeromiss {

/// Reads lot, wafer, die or part out of an image's name: "{lot}_{wafer}_{x}_{y}".
///
/// A field is one or more characters, none of them '/' or the one that follows the field in the
/// pattern, so that a name has one reading only; x, y and slot are whole numbers, with or without a
/// sign. The pattern is held against the file's name without its extension, or against the whole
/// path without it when the pattern has a '/'.
class NamePattern {
 public:
  /// @throws Error(usage) for a pattern without fields, two fields in a row, or one twice
  explicit NamePattern(const std::string& text);

  /// Field values by name; no value for a name that does not fit as a whole.
  [[nodiscard]] std::optional<std::map<std::string, std::string>> match(
      std::string_view image) const;
  [[nodiscard]] bool has(std::string_view field) const;
  /// What tells parts and wafers of one name apart: {lot}, or the folder where the pattern names
  /// neither it nor folders; else nothing.
  /// @param fields  what match() found in `image`
  [[nodiscard]] std::string source_of(std::string_view image,
                                      const std::map<std::string, std::string>& fields) const;
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  struct Token {
    std::string text;  ///< a field's name, or the characters themselves
    bool field = false;
  };
  std::string text_;
  std::vector<Token> tokens_;
};

/// A name for tables and maps, whose bytes need not be UTF-8: then letters, digits and %XX, so that
/// no two of them look alike.
std::string shown_name(const std::string& bytes);

}  // namespace zeromiss
