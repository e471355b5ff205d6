#include "run_statement.hpp"
#include "wafer_picture.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/base/files.hpp>
#include <zeromiss/base/json.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/report/name_pattern.hpp>
#include <zeromiss/report/parts.hpp>
#include <zeromiss/report/results_file.hpp>
#include <zeromiss/report/sqlite_export.hpp>
#include <zeromiss/tools/roll_up.hpp>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ostream.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

std::optional<PartRule> part_rule(const RollUpOptions& options) {
  if (options.part_pattern.empty()) return std::nullopt;
  return PartRule{NamePattern(options.part_pattern), options.part_images, options.part_views};
}

/// When the records were complete, UTC: the same however often they are exported.
std::string timestamp_of(const fs::path& results) {
  struct stat status {};
  if (::stat(results.c_str(), &status) != 0)
    throw Error(ErrorKind::input, results.string() + ": cannot be read");
  return fmt::format("{:%m-%d-%y %H:%M:%S}", fmt::gmtime(status.st_mtime));
}

/// Why parts or wafers are ERROR although each of their images was judged.
template <class Unit>
void print_mixed(const std::vector<Unit>& all, const std::string& what,
                 const std::function<std::string(const Unit&)>& name, std::ostream& out) {
  const auto is_mixed = [](const Unit& unit) { return unit.sources.size() > 1; };
  const auto count = std::count_if(all.begin(), all.end(), is_mixed);
  if (count == 0) return;
  const Unit& first = *std::find_if(all.begin(), all.end(), is_mixed);
  std::vector<std::string> sources;
  for (const std::string& source : first.sources) sources.push_back(printable(source));
  fmt::print(
      out,
      "{} {} with images of several lots or folders, so ERROR, the first is \"{}\" ({}): one "
      "name for several, or name the folders in the pattern, as in {{folder}}/{{part}}_{{view}}\n",
      count, what, printable(name(first)), fmt::join(sources, ", "));
}

bool roll_up_parts(const fs::path& folder, const fs::path& output, PartRule rule,
                   std::ostream& out) {
  PartRollUp parts(std::move(rule));
  for_each_record(folder / kResultsFile, ErrorKind::input,
                  [&](const Record& record) { parts.add(record); });
  const auto all = parts.finish();
  write_parts_csv(output, all);
  std::uint64_t pass = 0, review = 0, reject = 0, error = 0;
  for (const Part& part : all) {
    pass += part.verdict == VerdictKind::pass ? 1 : 0;
    review += part.verdict == VerdictKind::review ? 1 : 0;
    reject += part.verdict == VerdictKind::reject ? 1 : 0;
    error += part.verdict == VerdictKind::error ? 1 : 0;
  }
  fmt::print(out, "{} parts: {} PASS, {} REVIEW, {} REJECT, {} ERROR or incomplete ({})\n",
             all.size(), pass, review, reject, error, kPartsFile);
  print_mixed<Part>(
      all, "parts", [](const Part& part) { return part.name; }, out);
  return error > 0;
}

WaferRollUp wafer_roll_up(const RollUpOptions& options) {
  return {NamePattern(options.id_pattern), options.die_list.empty()
                                               ? std::set<std::pair<int, int>>()
                                               : read_die_list(options.die_list)};
}

bool roll_up_wafers(const fs::path& folder, const fs::path& output, const RollUpOptions& options,
                    std::ostream& out) {
  WaferRollUp wafers = wafer_roll_up(options);
  for_each_record(folder / kResultsFile, ErrorKind::input,
                  [&](const Record& record) { wafers.add(record); });
  const auto all = wafers.finish();
  remove_wafers(output);  // of an earlier pattern, whose names nobody lists any more
  write_wafers(output, all, options.geometry, timestamp_of(folder / kResultsFile), yield_map_png);
  std::uint64_t dies = 0, pass = 0, unknown = 0;
  for (const Wafer& wafer : all) {
    dies += wafer.dies.size();
    pass += wafer.count(DieState::pass);
    unknown += wafer.count(DieState::error) + wafer.count(DieState::missing);
  }
  constexpr double kPercent = 100;
  fmt::print(out,
             "{} wafers, {} dies: {} PASS ({:.2f} %), {} ERROR or missing; maps in {}/, origin {}, "
             "notch at {} degrees\n",
             all.size(), dies, pass,
             dies == 0 ? 0.0 : kPercent * static_cast<double>(pass) / static_cast<double>(dies),
             unknown, kWafersFolder, options.geometry.origin, options.geometry.orientation);
  print_mixed<Wafer>(
      all, "wafers", [](const Wafer& wafer) { return wafer.wafer; }, out);
  return unknown > 0;
}

/// What would end the run after its last image: the die list, and places that no wafer has.
void check_wafers(const RollUpOptions& options, const Listing& listing) {
  WaferRollUp wafers = wafer_roll_up(options);
  for (std::size_t i = 0; i < listing.images.size(); ++i) {
    const std::string_view name = listing.images[i];
    Record record;
    record.image = to_utf8(name);
    if (!is_utf8(name)) record.image_hex = to_hex(name);
    wafers.add(record);
  }
  for (const Wafer& wafer : wafers.finish()) static_cast<void>(grid_of(wafer, options.geometry));
}

/// Only a complete run, as it was written, may become a part's or a wafer's verdict.
void require_finished(const fs::path& folder) {
  const auto summary =
      JsonDocument::read(folder / kSummaryFile, ErrorKind::input, kMaxSummaryBytes);
  const auto expected = summary.root().at("results_sha256");
  if (results_sha256(folder / kResultsFile) != expected.string())
    expected.fail(fmt::format("{} was changed after the run", kResultsFile));
}

/// What one shard does not hold may be the part's other half.
void require_whole(const fs::path& folder) {
  const auto run = JsonDocument::read(folder / kRunFile, ErrorKind::input);
  if (const auto shard = run.root().find("shard"))
    shard->fail(
        "this is one shard, which may hold half a part; merge first (inspect merge), then export "
        "what it wrote");
}

}  // namespace

void check_roll_up(const RollUpOptions& options) {
  if (const auto rule = part_rule(options)) {
    check_part_rule(*rule);
  } else if (options.part_images > 0 || !options.part_views.empty()) {
    throw Error(ErrorKind::usage, "--part-images and --part-views need --part-pattern");
  }
  check_geometry(options.geometry);
  if (!options.id_pattern.empty())
    WaferRollUp(NamePattern(options.id_pattern), {});
  else if (!options.die_list.empty())
    throw Error(ErrorKind::usage, "--die-list needs --id-pattern");
}

void check_names(const RollUpOptions& options, const Listing& listing) {
  for (const std::string& text : {options.part_pattern, options.id_pattern}) {
    if (text.empty()) continue;
    const NamePattern pattern(text);
    for (std::size_t i = 0; i < listing.images.size(); ++i)
      if (!pattern.match(listing.images[i]))
        throw Error(ErrorKind::input,
                    fmt::format("image \"{}\" does not fit the pattern \"{}\": nothing was "
                                "inspected; mend the pattern or the name",
                                printable(listing.images[i]), printable(text)));
  }
  if (!options.id_pattern.empty()) check_wafers(options, listing);
}

bool roll_up(const fs::path& folder, const fs::path& output, const RollUpOptions& options,
             std::ostream& out) {
  bool incomplete = false;
  if (auto rule = part_rule(options))
    incomplete = roll_up_parts(folder, output, *std::move(rule), out);
  if (!options.id_pattern.empty())
    incomplete = roll_up_wafers(folder, output, options, out) || incomplete;
  return incomplete;
}

int export_run(const ExportOptions& options, std::ostream& out) {
  check_roll_up(options.roll_up);
  if (options.run.empty())
    throw Error(ErrorKind::usage, "say what to export: the output folder of inspect");
  if (options.sqlite.empty() && options.roll_up.part_pattern.empty() &&
      options.roll_up.id_pattern.empty())
    throw Error(ErrorKind::usage, "say what to write: --sqlite FILE, --part-pattern, --id-pattern");
  require_finished(options.run);
  if (!options.roll_up.part_pattern.empty() || !options.roll_up.id_pattern.empty())
    require_whole(options.run);
  if (!options.sqlite.empty())
    fmt::print(out, "{} records in {}\n", export_sqlite(options.run, options.sqlite),
               options.sqlite.string());
  const fs::path output = options.output.empty() ? options.run : options.output;
  make_folder(output);
  return roll_up(options.run, output, options.roll_up, out) ? kExitSomeImagesFailed : kExitDone;
}

}  // namespace zeromiss
