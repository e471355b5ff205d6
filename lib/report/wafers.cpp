#include <zeromiss/base/csv_reader.hpp>
#include <zeromiss/base/error.hpp>
#include <zeromiss/base/files.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/report/csv.hpp>
#include <zeromiss/report/wafers.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <system_error>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWafersTable = "wafers.csv";
constexpr std::array<const char*, 4> kWaferFiles{"map.png", "map.g85.xml", "map.e142.xml",
                                                 "defects.001"};

/// A whole number with or without a sign that fits; no value otherwise.
std::optional<int> whole(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  int value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  constexpr int kFarthest = 1'000'000;
  if (problem != std::errc() || end != text.data() + text.size() || std::abs(value) > kFarthest)
    return std::nullopt;
  return value;
}

DieState state_of(VerdictKind verdict) {
  switch (verdict) {
    case VerdictKind::pass:
      return DieState::pass;
    case VerdictKind::review:
      return DieState::review;
    case VerdictKind::reject:
      return DieState::reject;
    case VerdictKind::error:
      break;
  }
  return DieState::error;
}

std::string folder_name(const Wafer& wafer) {
  return wafer.lot.empty() ? short_file_name(safe_file_name(wafer.wafer), kLongestFileName)
                           : wafer_file_name(wafer.lot, wafer.wafer);
}

/// Through a link maps of another folder would be removed and written.
void refuse_link(const fs::path& path, const fs::file_status& status) {
  if (status.type() == fs::file_type::symlink)
    throw Error(
        ErrorKind::output,
        fmt::format("{}: is a link, so the maps would lie elsewhere; remove it", path.string()));
}

/// An old map must not stay beside the new ones.
void remove_file(const fs::path& file) {
  std::error_code problem;
  fs::remove(file, problem);
  if (problem)
    throw Error(ErrorKind::output,
                fmt::format("{}: cannot be removed: {}", file.string(), problem.message()));
}

std::string wafers_csv(const std::vector<Wafer>& wafers) {
  std::string text = "lot,wafer,slot,dies,pass,review,reject,error,missing,yield,folder\n";
  for (const Wafer& wafer : wafers)
    text +=
        fmt::format("{},{},{},{},{},{},{},{},{},{},{}\n", csv_text(wafer.lot),
                    csv_text(wafer.wafer), wafer.slot ? fmt::format("{}", *wafer.slot) : "",
                    wafer.dies.size(), wafer.count(DieState::pass), wafer.count(DieState::review),
                    wafer.count(DieState::reject), wafer.count(DieState::error),
                    wafer.count(DieState::missing), wafer.yield(), csv_text(folder_name(wafer)));
  return text;
}

}  // namespace

std::string wafer_file_name(const std::string& lot, const std::string& wafer) {
  // safe_file_name() makes no tilde, so each name can be read back in one way only.
  const char* joint = lot.find('_') == std::string::npos ? "_" : "~";
  return short_file_name(safe_file_name(lot) + joint + safe_file_name(wafer), kLongestFileName);
}

std::uint64_t Wafer::count(DieState state) const {
  return static_cast<std::uint64_t>(
      std::count_if(dies.begin(), dies.end(), [&](const Die& die) { return die.state == state; }));
}

double Wafer::yield() const {
  return dies.empty()
             ? 0
             : static_cast<double>(count(DieState::pass)) / static_cast<double>(dies.size());
}

void check_geometry(const WaferGeometry& geometry) {
  constexpr std::array<std::string_view, 4> kOrigins{"lower-left", "lower-right", "upper-left",
                                                     "upper-right"};
  if (std::find(kOrigins.begin(), kOrigins.end(), geometry.origin) == kOrigins.end())
    throw Error(ErrorKind::usage,
                fmt::format("--die-origin {}: expected lower-left, lower-right, upper-left or "
                            "upper-right",
                            printable(geometry.origin)));
  constexpr int kQuarter = 90, kTurn = 360;
  if (geometry.orientation % kQuarter != 0 || geometry.orientation < 0 ||
      geometry.orientation >= kTurn)
    throw Error(ErrorKind::usage,
                fmt::format("--notch {}: expected 0, 90, 180 or 270", geometry.orientation));
  if (!(geometry.pitch_x_um > 0) || !(geometry.pitch_y_um > 0))
    throw Error(ErrorKind::usage, "--die-pitch-um: expected two numbers above 0");
}

WaferRollUp::WaferRollUp(NamePattern pattern, std::set<std::pair<int, int>> expected)
    : pattern_(std::move(pattern)), expected_given_(!expected.empty()) {
  for (const char* field : {"wafer", "x", "y"})
    if (!pattern_.has(field))
      throw Error(ErrorKind::usage, fmt::format("--id-pattern: it must have {{{}}}", field));
  for (const auto& [x, y] : expected) expected_.insert({y, x});
}

void WaferRollUp::add(const Record& record) {
  const std::string image = image_bytes(record);  // two names may be alike in UTF-8
  const auto fields = pattern_.match(image);
  const auto x = fields ? whole(fields->at("x")) : std::nullopt;
  const auto y = fields ? whole(fields->at("y")) : std::nullopt;
  const bool has_slot = fields && fields->count("slot") > 0;
  const auto slot = has_slot ? whole(fields->at("slot")) : std::nullopt;
  if (!x || !y || (has_slot && !slot))
    throw Error(ErrorKind::input,
                fmt::format("image \"{}\" does not fit --id-pattern \"{}\": its die would be "
                            "missing; mend the pattern or the name",
                            printable(record.image), printable(pattern_.text())));
  const auto lot = fields->find("lot");
  Found& wafer = wafers_[{lot == fields->end() ? "" : lot->second, fields->at("wafer")}];
  wafer.sources.insert(pattern_.source_of(image, *fields));
  if (slot) wafer.slot = slot;
  const Die die{*x, *y, state_of(record.verdict), record.label.value_or(""), record.image};
  const auto [at, is_new] = wafer.dies.emplace(Place{*y, *x}, die);
  if (!is_new) at->second.state = DieState::error;
  if (!expected_given_) expected_.insert({*y, *x});
}

std::vector<Wafer> WaferRollUp::finish() {
  std::vector<Wafer> all;
  for (auto& [name, found] : wafers_) {
    for (const auto& [y, x] : expected_)
      found.dies.emplace(Place{y, x}, Die{x, y, DieState::missing, "", ""});
    Wafer& wafer = all.emplace_back();
    wafer.lot = shown_name(name.first);
    wafer.wafer = shown_name(name.second);
    wafer.slot = found.slot;
    for (auto& [place, die] : found.dies) wafer.dies.push_back(std::move(die));
    wafer.sources = std::move(found.sources);
    if (wafer.sources.size() == 1) continue;
    for (Die& die : wafer.dies)
      if (die.state == DieState::pass || die.state == DieState::review) die.state = DieState::error;
  }
  wafers_.clear();
  return all;
}

std::set<std::pair<int, int>> read_die_list(const fs::path& file) {
  CsvReader table(file, ErrorKind::input);
  const auto column_x = table.column("x"), column_y = table.column("y");
  if (!column_x || !column_y)
    throw Error(
        ErrorKind::input,
        fmt::format("{}: expected the columns x and y: a line for each die", file.string()));
  std::set<std::pair<int, int>> dies;
  while (table.next()) {
    const auto x = whole(table.text(*column_x)), y = whole(table.text(*column_y));
    if (!x || !y) table.fail(x ? *column_y : *column_x, "expected a whole number");
    if (!dies.insert({*x, *y}).second) table.fail("this die is there twice");
  }
  if (dies.empty()) throw Error(ErrorKind::input, fmt::format("{}: no die in it", file.string()));
  return dies;
}

WaferGrid grid_of(const Wafer& wafer, const WaferGeometry& geometry) {
  int lowest_x = std::numeric_limits<int>::max(), lowest_y = lowest_x;
  int highest_x = std::numeric_limits<int>::min(), highest_y = highest_x;
  for (const Die& die : wafer.dies) {
    lowest_x = std::min(lowest_x, die.x);
    highest_x = std::max(highest_x, die.x);
    lowest_y = std::min(lowest_y, die.y);
    highest_y = std::max(highest_y, die.y);
  }
  const auto columns = static_cast<std::uint64_t>(highest_x - lowest_x) + 1;
  const auto lines = static_cast<std::uint64_t>(highest_y - lowest_y) + 1;
  constexpr std::uint64_t kMostPlaces = 4'000'000;
  if (wafer.dies.empty() || columns * lines > kMostPlaces)
    throw Error(ErrorKind::input,
                fmt::format("wafer \"{}\": dies from x {} to {}, y {} to {}: no wafer has so many "
                            "places; is --id-pattern right?",
                            printable(wafer.wafer), lowest_x, highest_x, lowest_y, highest_y));
  const bool from_left = geometry.origin == "lower-left" || geometry.origin == "upper-left";
  const bool from_top = geometry.origin == "upper-left" || geometry.origin == "upper-right";
  WaferGrid grid;
  grid.left_x = from_left ? lowest_x : highest_x;
  grid.step_x = from_left ? 1 : -1;
  grid.top_y = from_top ? lowest_y : highest_y;
  grid.step_y = from_top ? 1 : -1;
  grid.rows.assign(lines, std::vector<std::optional<DieState>>(columns));
  for (const Die& die : wafer.dies)
    grid.rows[static_cast<std::size_t>((die.y - grid.top_y) * grid.step_y)]
             [static_cast<std::size_t>((die.x - grid.left_x) * grid.step_x)] = die.state;
  return grid;
}

void remove_wafers(const fs::path& folder) {
  const fs::path all = folder / kWafersFolder;
  std::error_code problem;
  const fs::file_status status = fs::symlink_status(all, problem);
  if (status.type() == fs::file_type::not_found) return;
  refuse_link(all, status);
  if (status.type() != fs::file_type::directory) return;
  for (const auto& own : fs::directory_iterator(all)) {
    refuse_link(own.path(), own.symlink_status());
    if (!own.is_directory()) continue;
    for (const char* file : kWaferFiles) remove_file(own.path() / file);
    fs::remove(own.path(), problem);  // stays where somebody else's file is in it
  }
  remove_file(all / kWafersTable);
  fs::remove(all, problem);
}

void write_wafers(const fs::path& folder, const std::vector<Wafer>& wafers,
                  const WaferGeometry& geometry, const std::string& timestamp,
                  const WaferPainter& paint) {
  const fs::path all = folder / kWafersFolder;
  make_folder(all);
  for (const Wafer& wafer : wafers) {
    const fs::path own = all / folder_name(wafer);
    make_folder(own);
    write_file_atomically(own / kWaferFiles[0], paint(grid_of(wafer, geometry)));
    write_file_atomically(own / kWaferFiles[1], g85_xml(wafer, geometry));
    write_file_atomically(own / kWaferFiles[2], e142_xml(wafer, geometry));
    write_file_atomically(own / kWaferFiles[3], klarf_text(wafer, geometry, timestamp));
  }
  write_file_atomically(all / kWafersTable, wafers_csv(wafers));
}

}  // namespace zeromiss
