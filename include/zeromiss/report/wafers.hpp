#pragma once

#include <zeromiss/report/name_pattern.hpp>
#include <zeromiss/report/record.hpp>

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zeromiss {

inline constexpr const char* kWafersFolder = "wafers";

/// What is known of one die. Only `pass` may ever get a pass bin.
enum class DieState { pass, review, reject, error, missing };
inline constexpr std::array<std::string_view, 5> kDieStateNames{"PASS", "REVIEW", "REJECT", "ERROR",
                                                                "MISSING"};

struct Die {
  int x = 0, y = 0;  ///< column and row as the names say
  DieState state = DieState::missing;
  std::string label;  ///< predicted class, where there is one
  std::string image;  ///< empty for a missing die
};

struct Wafer {
  std::string lot, wafer;
  std::optional<int> slot;
  std::vector<Die> dies;  ///< by y, then x
  /// Its images' folders where the pattern names neither lot nor folders: more than one, and these
  /// may be several wafers of one name.
  std::set<std::string> sources;
  [[nodiscard]] std::uint64_t count(DieState state) const;
  /// PASS dies / all dies that there should be; ERROR and missing ones count as not good.
  [[nodiscard]] double yield() const;
};

/// Which way the coordinates of the names run on the wafer, notch orientation and die size. Written
/// into every map: a turned map ships bad dies.
struct WaferGeometry {
  /// Corner where x and y are smallest: lower-left, lower-right, upper-left, upper-right.
  std::string origin = "lower-left";
  int orientation = 0;  ///< of the notch or flat: 0 bottom, 90 left, 180 top, 270 right
  double pitch_x_um = 1, pitch_y_um = 1;  ///< size of a die; 1: lengths are in dies
};
/// @throws Error(usage)
void check_geometry(const WaferGeometry& geometry);

/// Rolls images up to wafers by a pattern with {wafer}, {x} and {y}, and perhaps {lot} and {slot}.
class WaferRollUp {
 public:
  /// @param expected  dies that every wafer should have; empty: those that any wafer of the run has
  /// @throws Error(usage) for a pattern without the three fields
  WaferRollUp(NamePattern pattern, std::set<std::pair<int, int>> expected);
  /// Two images of one die make it ERROR: nobody knows which one is true. Images of several
  /// folders, where the pattern names no lot, make all dies ERROR that are not REJECT.
  /// @throws Error(input) for a name that does not fit: its die would be missing
  void add(const Record& record);
  /// All wafers by lot and wafer.
  std::vector<Wafer> finish();

 private:
  using Place = std::pair<int, int>;  ///< y, x: the order of the dies
  struct Found {
    std::optional<int> slot;
    std::map<Place, Die> dies;
    std::set<std::string> sources;
  };
  NamePattern pattern_;
  std::set<Place> expected_;
  bool expected_given_;
  std::map<std::pair<std::string, std::string>, Found> wafers_;
};

/// Dies of a CSV with the columns x and y. @throws Error(input) naming file and line
std::set<std::pair<int, int>> read_die_list(const std::filesystem::path& file);

/// The wafer as seen: rows from top to bottom, columns from left to right; no value where there is
/// no die.
struct WaferGrid {
  int left_x = 0, top_y = 0;    ///< coordinates of the upper left place
  int step_x = 1, step_y = -1;  ///< from one column to the next, from one row to the next
  std::vector<std::vector<std::optional<DieState>>> rows;
};
WaferGrid grid_of(const Wafer& wafer, const WaferGeometry& geometry);

/// SEMI G85 (Maps/Map/Device) and SEMI E142 substrate map as XML. One bin with quality Pass, for
/// PASS alone; orientation and origin explicit; the bins add up to all dies (checked).
std::string g85_xml(const Wafer& wafer, const WaferGeometry& geometry);
std::string e142_xml(const Wafer& wafer, const WaferGeometry& geometry);

/// KLARF 1.2: every die that is not PASS as a defect in the middle of its die; dies in ERROR or
/// missing are not in the sample test plan.
/// @param timestamp  "MM-DD-YY hh:mm:ss"
std::string klarf_text(const Wafer& wafer, const WaferGeometry& geometry,
                       const std::string& timestamp);

/// "LOT_WAFER", or "LOT~WAFER" for a lot with an underscore: no two pairs have the same name, and
/// each holds only letters, digits, '.', '_', '-', '~' and %XX. A long one ends with its hash.
std::string wafer_file_name(const std::string& lot, const std::string& wafer);

/// Draws a wafer as seen, as PNG bytes.
using WaferPainter = std::function<std::string(const WaferGrid&)>;

/// Writes DIR/wafers/wafers.csv and for every wafer map.png, map.g85.xml, map.e142.xml and
/// defects.001 in a folder of its own (wafer_file_name()). @throws Error(output)
void write_wafers(const std::filesystem::path& folder, const std::vector<Wafer>& wafers,
                  const WaferGeometry& geometry, const std::string& timestamp,
                  const WaferPainter& paint);

/// Removes what write_wafers() wrote into DIR, and nothing else. @throws Error(output)
void remove_wafers(const std::filesystem::path& folder);

}  // namespace zeromiss
