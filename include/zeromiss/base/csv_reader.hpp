#pragma once

#include <zeromiss/base/block_reader.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zeromiss {

/// A table with a header row, read row by row in bounded memory and strictly (RFC 4180): UTF-8 with
/// or without a byte order mark; LF or CRLF; quotes around whole fields only; every row as many
/// fields as the header. The separator is the one of , ; and tab that the header uses. Empty lines
/// are passed over. Nothing is trimmed, nothing guessed.
///
/// All members throw Error(kind): "labels.csv:7: column "label": ...".
class CsvReader {
 public:
  /// Reads the header. A name that is empty or there twice is refused.
  CsvReader(const std::filesystem::path& file, ErrorKind kind);

  [[nodiscard]] const std::vector<std::string>& header() const { return header_; }
  /// The column whose name is this; names are compared without regard to ASCII case.
  [[nodiscard]] std::optional<std::size_t> column(std::string_view name) const;

  /// Goes to the next row; false at the end.
  bool next();
  /// Of the current row, from 1; where it begins.
  [[nodiscard]] std::uint64_t line() const { return row_line_; }
  [[nodiscard]] const std::string& text(std::size_t column) const { return fields_.at(column); }
  /// As text(), but must not be empty.
  [[nodiscard]] const std::string& name(std::size_t column) const;
  /// A finite decimal number with a point, nothing around it.
  [[nodiscard]] double number(std::size_t column) const;

  /// Throws "FILE:LINE: `problem`", the second "FILE:LINE: column "NAME": `problem`".
  [[noreturn]] void fail(const std::string& problem) const;
  [[noreturn]] void fail(std::size_t column, const std::string& problem) const;

 private:
  enum class State { field_start, plain, quoted, quote_in_quoted, carriage_return };

  void find_separator(std::string_view beginning);
  void read_header();
  bool read_row();
  void end_of_file();
  bool use(char c);
  bool use_plain(char c);
  void append(char c);
  void begin_field();
  void end_field();

  BlockReader file_;
  ErrorKind kind_;
  std::string_view block_;
  std::vector<std::string> header_, fields_;
  std::size_t used_ = 0;  ///< of fields_; the rest keep their memory for later rows
  std::uint64_t line_ = 1, row_line_ = 1;
  char separator_ = ',';
  State state_ = State::field_start;
  bool was_quoted_ = false;  ///< the field at hand: "" is a field, nothing is a blank line
};

}  // namespace zeromiss
