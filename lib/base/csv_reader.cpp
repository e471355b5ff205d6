// Our own, because the one CSV library of the distribution (libcsv) trims unquoted fields, reads a
// lone CR as a line end and tells neither line nor field: a label could change unseen.
#include <zeromiss/base/csv_reader.hpp>
#include <zeromiss/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace zeromiss {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kSeparators = ",;\t";
constexpr std::size_t kLongestField = 1U << 20U;
constexpr std::size_t kMostFields = 100'000;

/// How often each separator stands outside quotes in the first line.
std::array<std::size_t, 3> separators_in(std::string_view header) {
  std::array<std::size_t, 3> counts{};
  bool quoted = false;
  for (const char c : header) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '\n' || c == '\r') break;
    if (const auto which = kSeparators.find(c); which != std::string_view::npos) ++counts.at(which);
  }
  return counts;
}

}  // namespace

CsvReader::CsvReader(const std::filesystem::path& file, ErrorKind kind)
    : file_(file, kind), kind_(kind), block_(file_.next()) {
  if (block_.substr(0, 2) == "\xFF\xFE" || block_.substr(0, 2) == "\xFE\xFF")
    fail("is UTF-16; save it as UTF-8");
  if (block_.substr(0, kByteOrderMark.size()) == kByteOrderMark)
    block_.remove_prefix(kByteOrderMark.size());
  find_separator(block_);
  read_header();
}

void CsvReader::find_separator(std::string_view beginning) {
  const auto counts = separators_in(beginning);
  const auto kinds = std::count_if(counts.begin(), counts.end(), [](auto n) { return n > 0; });
  if (kinds > 1)
    fail(
        "the header holds more than one of comma, semicolon and tab, so which of them separates "
        "cannot be told; quote the names that contain one");
  const auto used = std::find_if(counts.begin(), counts.end(), [](auto n) { return n > 0; });
  if (used != counts.end())
    separator_ = kSeparators[static_cast<std::size_t>(used - counts.begin())];
}

void CsvReader::read_header() {
  if (!read_row()) fail("is empty; expected a header row with the names of the columns");
  header_.assign(fields_.begin(), fields_.begin() + static_cast<std::ptrdiff_t>(used_));
  std::set<std::string> names;
  for (std::size_t i = 0; i < header_.size(); ++i) {
    if (header_[i].empty()) fail(fmt::format("column {} has no name", i + 1));
    if (!names.insert(header_[i]).second)
      fail(fmt::format("column \"{}\" is there twice", printable(header_[i])));
  }
}

std::optional<std::size_t> CsvReader::column(std::string_view name) const {
  const std::string wanted = lower_ascii(name);
  for (std::size_t i = 0; i < header_.size(); ++i)
    if (lower_ascii(header_[i]) == wanted) return i;
  return std::nullopt;
}

bool CsvReader::next() {
  if (!read_row()) return false;
  if (used_ != header_.size())
    fail(fmt::format("expected {} fields as in the header, found {}", header_.size(), used_));
  return true;
}

bool CsvReader::read_row() {
  for (;;) {
    row_line_ = line_;
    used_ = 0;
    state_ = State::field_start;
    bool ended = false, any = false;
    while (!ended) {
      if (block_.empty()) block_ = file_.next();
      if (block_.empty()) break;
      any = true;
      ended = use(block_.front());
      block_.remove_prefix(1);
    }
    if (!any) return false;
    if (!ended) end_of_file();
    const bool blank = used_ == 1 && fields_[0].empty() && !was_quoted_;
    if (!blank) return true;
  }
}

/// The last row may lack its line end, but nothing else.
void CsvReader::end_of_file() {
  if (state_ == State::quoted) fail("a quoted field does not end");
  if (state_ == State::carriage_return) fail("a CR without an LF behind it");
  if (state_ == State::field_start) begin_field();
  end_field();
}

void CsvReader::begin_field() {
  if (used_ == kMostFields) fail("more than 100,000 fields in a row");
  if (used_ == fields_.size()) fields_.emplace_back();
  fields_[used_].clear();
  was_quoted_ = false;
}

void CsvReader::end_field() {
  if (!is_utf8(fields_[used_])) fail(fmt::format("field {} is not UTF-8", used_ + 1));
  ++used_;
}

/// Takes one byte; true when it ends the row.
bool CsvReader::use(char c) {
  if (c == '\0') fail("holds a NUL byte; it is no text");
  if (c == '\n') ++line_;
  switch (state_) {
    case State::field_start:
      begin_field();
      if (c == '"') {
        state_ = State::quoted;
        was_quoted_ = true;
        return false;
      }
      return use_plain(c);
    case State::plain:
      return use_plain(c);
    case State::quoted:
      if (c == '"')
        state_ = State::quote_in_quoted;
      else
        append(c);
      return false;
    case State::quote_in_quoted:
      if (c == '"') {
        append(c);
        state_ = State::quoted;
        return false;
      }
      if (c != separator_ && c != '\r' && c != '\n')
        fail(fmt::format("field {}: text behind the closing quote", used_ + 1));
      return use_plain(c);
    case State::carriage_return:
      if (c != '\n') fail("a CR without an LF behind it");
      end_field();
      return true;
  }
  return false;
}

bool CsvReader::use_plain(char c) {
  if (c == separator_) {
    end_field();
    state_ = State::field_start;
    return false;
  }
  if (c == '\n') {
    end_field();
    return true;
  }
  if (c == '"') fail(fmt::format("field {}: a quote inside an unquoted field", used_ + 1));
  if (c == '\r') {
    state_ = State::carriage_return;
  } else {
    append(c);
    state_ = State::plain;
  }
  return false;
}

void CsvReader::append(char c) {
  if (fields_[used_].size() == kLongestField)
    fail(fmt::format("field {} is longer than 1 MiB; is a quote missing?", used_ + 1));
  fields_[used_] += c;
}

const std::string& CsvReader::name(std::size_t column) const {
  if (text(column).empty()) fail(column, "is empty");
  return text(column);
}

double CsvReader::number(std::size_t column) const {
  const auto value = finite_number(text(column));
  if (!value)
    fail(column, fmt::format("expected a finite number such as 0.5, found \"{}\"",
                             printable(text(column))));
  return *value;
}

void CsvReader::fail(const std::string& problem) const {
  throw Error(kind_, fmt::format("{}:{}: {}", file_.name(), row_line_, problem));
}

void CsvReader::fail(std::size_t column, const std::string& problem) const {
  fail(fmt::format("column \"{}\": {}", printable(header_.at(column)), problem));
}

}  // namespace zeromiss
