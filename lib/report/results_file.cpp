#include <zeromiss/base/block_reader.hpp>
#include <zeromiss/report/results_file.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace zeromiss {
namespace {

constexpr std::size_t kLongestLine = 64U << 20U;

}  // namespace

void Tally::add(const Record& record) {
  ++images;
  if (std::any_of(record.reasons.begin(), record.reasons.end(), is_of_guard)) ++outside_guard;
  if (const auto& stability = record.stability) {
    ++near_limit;
    if (!stability->flips.empty()) ++unstable;
    if (!stability->flips.empty() && stability->verdict == VerdictKind::reject) ++unstable_reject;
    for (const RecordFlip& flip : stability->flips) ++flips[flip.cause];
  }
  switch (record.verdict) {
    case VerdictKind::pass:
      ++pass;
      break;
    case VerdictKind::review:
      ++review;
      break;
    case VerdictKind::reject:
      ++reject;
      break;
    case VerdictKind::error:
      ++error;
      ++errors[record.error ? record.error->code : ""];
      break;
  }
}

void Tally::add(const Tally& other) {
  images += other.images;
  pass += other.pass;
  review += other.review;
  reject += other.reject;
  error += other.error;
  for (const auto& [code, count] : other.errors) errors[code] += count;
  outside_guard += other.outside_guard;
  near_limit += other.near_limit;
  unstable += other.unstable;
  unstable_reject += other.unstable_reject;
  for (const auto& [cause, count] : other.flips) flips[cause] += count;
}

std::uint64_t for_each_line(const std::filesystem::path& file, ErrorKind kind,
                            const std::function<void(std::string_view)>& use) {
  BlockReader reader(file, kind);
  std::uint64_t lines = 0;
  std::string line;  // a line's beginning, where the block ended before it did
  const auto fail = [&](std::string_view problem) {
    throw Error(kind, fmt::format("{}:{}: {}", file.string(), lines + 1, problem));
  };
  const auto grow = [&](std::string_view part) {
    if (line.size() + part.size() > kLongestLine) fail("the line is longer than 64 MiB");
    line += part;
  };
  for (auto block = reader.next(); !block.empty(); block = reader.next()) {
    for (auto end = block.find('\n'); end != std::string_view::npos; end = block.find('\n')) {
      grow(block.substr(0, end));
      use(line);
      ++lines;
      line.clear();
      block.remove_prefix(end + 1);
    }
    grow(block);
  }
  if (!line.empty())
    fail(
        "the last line has no end: the file was cut while it was written; finish the run with "
        "--resume");
  return lines;
}

std::uint64_t for_each_record(const std::filesystem::path& results, ErrorKind kind,
                              const std::function<void(const Record&)>& use) {
  std::uint64_t number = 0;
  const std::string file = results.string();
  return for_each_line(
      results, kind, [&](std::string_view line) { use(parse_record(line, file, ++number, kind)); });
}

}  // namespace zeromiss
