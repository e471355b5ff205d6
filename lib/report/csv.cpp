#include <zeromiss/base/atomic_file.hpp>
#include <zeromiss/report/csv.hpp>
#include <zeromiss/report/results_file.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace zeromiss {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kHeader =
    "image,verdict,score,label,defects,error_code,error_message,width,height,bytes,sha256\n";

/// What spreadsheets take for the beginning of a formula; the last four are the full-width forms
/// that East Asian editions accept.
constexpr std::array<std::string_view, 8> kFormulaStarts = {
    "=", "+", "-", "@", "\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D", "\xEF\xBC\xA0"};

bool is_formula(std::string_view text) {
  return std::any_of(kFormulaStarts.begin(), kFormulaStarts.end(),
                     [&](std::string_view start) { return text.starts_with(start); });
}

/// What some editions pass over before a formula.
bool is_passed_over(char c) { return c == '\t' || c == '\r' || c == '\n'; }

/// Where an edition whose separator is ';' begins a new cell: quotes count for it only where a cell
/// begins, and for it these begin elsewhere.
bool splits(char c) { return c == ';' || is_passed_over(c); }

template <class T>
std::string number_or_nothing(const std::optional<T>& value) {
  return value ? fmt::format("{}", *value) : "";
}

std::string csv_row(const Record& record) {
  const auto error = record.error.value_or(RecordError{});
  // Column "defects" is the number of defects found; tasks without places of defects leave it
  // empty.
  return fmt::format(
      "{},{},{},{},{},{},{},{},{},{},{}\n", csv_text(record.image), verdict_name(record.verdict),
      number_or_nothing(record.score), csv_text(record.label.value_or("")),
      record.defects ? std::to_string(record.defects->size()) : "", csv_text(error.code),
      csv_text(error.message), number_or_nothing(record.width), number_or_nothing(record.height),
      number_or_nothing(record.bytes), record.sha256.value_or(""));
}

constexpr std::string_view kHeldHeader =
    "image,verdict,score,own_verdict,cause,other_verdict,other_score,reason\n";

/// What the image would be without the guard is not recorded, and its score says it.
std::string held_rows(const Record& record) {
  const std::string image =
      fmt::format("{},{},{}", csv_text(record.image), verdict_name(record.verdict),
                  number_or_nothing(record.score));
  std::string rows;
  for (const std::string& reason : record.reasons)
    rows += fmt::format("{},,{},,,{}\n", image, is_of_guard(reason) ? "guard" : "for-calibration",
                        csv_text(reason));
  if (!record.stability) return rows;
  for (const RecordFlip& flip : record.stability->flips)
    rows += fmt::format("{},{},{},{},{},\n", image, verdict_name(record.stability->verdict),
                        csv_text(flip.cause), verdict_name(flip.verdict),
                        number_or_nothing(flip.score));
  return rows;
}

}  // namespace

std::string csv_text(std::string_view text) {
  const bool formula = is_formula(text) || (!text.empty() && is_passed_over(text.front()));
  const bool quoted = text.find_first_of(",;\t\"\r\n") != std::string_view::npos;
  if (!formula && !quoted) return std::string(text);
  std::string cell = quoted ? "\"" : "";
  if (formula) cell += '\'';
  for (std::size_t i = 0; i < text.size(); ++i) {
    cell.append(quoted && text[i] == '"' ? 2 : 1, text[i]);
    if (splits(text[i]) && is_formula(text.substr(i + 1))) cell += '\'';
  }
  if (quoted) cell += '"';
  return cell;
}

void write_results_csv(const std::filesystem::path& folder, bool bom) {
  const auto begin = [&](AtomicFile& file, std::string_view header) {
    if (bom) file.append(kByteOrderMark);
    file.append(header);
  };
  AtomicFile file(folder / kCsvFile);
  begin(file, kHeader);
  std::optional<AtomicFile> held;
  for_each_record(folder / kResultsFile, ErrorKind::input, [&](const Record& record) {
    file.append(csv_row(record));
    const std::string rows = held_rows(record);
    if (rows.empty()) return;
    if (!held) begin(held.emplace(folder / kHeldCsvFile), kHeldHeader);
    held->append(rows);
  });
  if (held) held->commit();
  file.commit();
}

}  // namespace zeromiss
