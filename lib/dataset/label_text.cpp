#include "label_text.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/base/files.hpp>
#include <zeromiss/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace zeromiss {
namespace {

constexpr std::uintmax_t kLargestFile = 64U << 20U;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// Alone it is the line end of old systems, and several rows would be read as one.
void refuse_lone_return(std::string_view row, const std::string& place) {
  const auto at = row.find('\r');
  if (at != std::string_view::npos && at + 1 < row.size())
    throw Error(ErrorKind::input,
                fmt::format("{}: a carriage return (CR) inside the line, expected LF or CRLF "
                            "between the rows; convert the line ends",
                            place));
}

}  // namespace

std::vector<std::string_view> label_parts(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of(separators), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::vector<std::filesystem::path> label_files(const std::filesystem::path& folder,
                                               std::string_view extension) {
  std::vector<std::filesystem::path> files;
  std::error_code problem;
  for (std::filesystem::directory_iterator it(folder, problem), end; !problem && it != end;
       it.increment(problem))
    if (lower_ascii(it->path().extension().string()) == extension &&
        it->path().filename().string().front() != '.')
      files.push_back(it->path());
  if (problem)
    throw Error(ErrorKind::input,
                fmt::format("{}: cannot be read: {}", folder.string(), problem.message()));
  if (files.empty())
    throw Error(ErrorKind::input, fmt::format("{}: no {} files there", folder.string(), extension));
  std::sort(files.begin(), files.end());
  return files;
}

void for_each_label_row(const std::filesystem::path& file, const LabelRow& use) {
  const std::string content = read_text(file, ErrorKind::input, kLargestFile);
  std::string_view text = content;
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark)
    text.remove_prefix(kByteOrderMark.size());
  for (std::size_t line = 1; !text.empty(); ++line) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string place = fmt::format("{}:{}", file.string(), line);
    refuse_lone_return(text.substr(0, end), place);
    const auto fields = label_parts(text.substr(0, end), " \t\r");
    if (!fields.empty()) use(fields, place);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

double label_number(const std::vector<std::string_view>& fields, std::size_t field,
                    const std::string& place) {
  const auto number = finite_number(fields.at(field - 1));
  if (!number)
    throw Error(ErrorKind::input, fmt::format("{}: field {}: expected a number, found \"{}\"",
                                              place, field, printable(fields[field - 1])));
  return *number;
}

}  // namespace zeromiss
