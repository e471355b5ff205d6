// KLARF 1.2 as readers of the format expect it (reference/formats.md §2.1 in the design notes; held
// to the packages klarf-reader, klarfio and klarfrs by tests/interop/read_wafer_maps.py).
#include <zeromiss/base/text.hpp>
#include <zeromiss/base/version.hpp>
#include <zeromiss/report/wafers.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace zeromiss {
namespace {

/// A quoted text: quotes, semicolons and control characters would end it.
std::string quoted(const std::string& text) {
  std::string plain = printable(to_utf8(text));
  std::replace_if(
      plain.begin(), plain.end(), [](char c) { return c == '"' || c == ';'; }, '_');
  return '"' + plain + '"';
}

/// The class of a die in words: the model's own for a judged one.
std::string class_of(const Die& die) {
  if (die.state == DieState::error || die.state == DieState::missing || die.label.empty())
    return std::string(kDieStateNames.at(static_cast<std::size_t>(die.state)));
  return die.label;
}

bool was_inspected(const Die& die) {
  return die.state != DieState::error && die.state != DieState::missing;
}

/// Where the notch is: KLARF's words for the orientation of check_geometry().
std::string_view mark_location(int orientation) {
  constexpr int kLeft = 90, kTop = 180;
  if (orientation == 0) return "DOWN";
  if (orientation == kLeft) return "LEFT";
  return orientation == kTop ? "UP" : "RIGHT";
}

std::string head(const Wafer& wafer, const WaferGeometry& geometry, const std::string& timestamp) {
  std::string text;
  const auto add = [&](const std::string& line) { text += line + ";\n"; };
  add("FileVersion 1 2");
  add("FileTimestamp " + timestamp);
  add(fmt::format("InspectionStationID \"zeromiss\" \"inspect\" \"{}\"", kVersion));
  add("SampleType WAFER");
  add("ResultTimestamp " + timestamp);
  add("LotID " + quoted(wafer.lot));
  add("SampleSize 1 300");
  add("DeviceID \"\"");
  add(fmt::format("SetupID \"zeromiss\" {}", timestamp));
  add("StepID \"\"");
  add("SampleOrientationMarkType NOTCH");
  add(fmt::format("OrientationMarkLocation {}", mark_location(geometry.orientation)));
  add(fmt::format("DiePitch {:.10e} {:.10e}", geometry.pitch_x_um, geometry.pitch_y_um));
  add(fmt::format("DieOrigin {:.10e} {:.10e}", 0.0, 0.0));
  add("WaferID " + quoted(wafer.wafer));
  add(fmt::format("Slot {}", wafer.slot.value_or(0)));
  add(fmt::format("SampleCenterLocation {:.10e} {:.10e}", 0.0, 0.0));
  return text;
}

}  // namespace

std::string klarf_text(const Wafer& wafer, const WaferGeometry& geometry,
                       const std::string& timestamp) {
  // KLARF counts dies to the right and upwards from its origin, whatever the names do.
  const WaferGrid grid = grid_of(wafer, geometry);
  const int columns = static_cast<int>(grid.rows.front().size());
  const int lines = static_cast<int>(grid.rows.size());
  const bool from_left = grid.step_x > 0, from_bottom = grid.step_y < 0;
  const auto index_x = [&](const Die& die) {
    return from_left ? die.x : grid.left_x - die.x + (grid.left_x - columns + 1);
  };
  const auto index_y = [&](const Die& die) {
    return from_bottom ? die.y : grid.top_y - die.y + (grid.top_y + lines - 1);
  };

  std::map<std::string, int> classes;
  std::vector<const Die*> defects, inspected;
  for (const Die& die : wafer.dies) {
    if (was_inspected(die)) inspected.push_back(&die);
    if (die.state == DieState::pass) continue;
    defects.push_back(&die);
    classes.emplace(class_of(die), 0);
  }
  std::string text = head(wafer, geometry, timestamp);
  text += fmt::format("ClassLookup {}\n 0 \"Unclassified\"", classes.size() + 1);
  int number = 0;
  for (auto& [name, id] : classes) {
    id = ++number;
    text += fmt::format("\n {} {}", id, quoted(name));
  }
  text += ";\nInspectionTest 1;\n";
  text += fmt::format("SampleTestPlan {}", inspected.size());
  for (const Die* die : inspected) text += fmt::format("\n {} {}", index_x(*die), index_y(*die));
  const double area =
      geometry.pitch_x_um * geometry.pitch_y_um * static_cast<double>(inspected.size());
  text += fmt::format(";\nAreaPerTest {:.10e};\n", area);
  text +=
      "DefectRecordSpec 15 DEFECTID XREL YREL XINDEX YINDEX XSIZE YSIZE DEFECTAREA DSIZE "
      "CLASSNUMBER "
      "TEST CLUSTERNUMBER ROUGHBINNUMBER FINEBINNUMBER IMAGECOUNT ;\nDefectList\n";
  for (std::size_t i = 0; i < defects.size(); ++i) {
    const Die& die = *defects[i];
    text += fmt::format(" {} {:.3f} {:.3f} {} {} 0.000 0.000 0.000 0.000 {} 1 0 {} 0 0{}\n", i + 1,
                        geometry.pitch_x_um / 2, geometry.pitch_y_um / 2, index_x(die),
                        index_y(die), classes.at(class_of(die)), static_cast<int>(die.state),
                        i + 1 == defects.size() ? ";" : "");
  }
  if (defects.empty()) text += ";\n";
  const double density = area > 0 ? static_cast<double>(defects.size()) / area : 0;
  text += "SummarySpec 5 TESTNO NDEFECT DEFDENSITY NDIE NDEFDIE ;\nSummaryList\n";
  text += fmt::format(" 1 {} {:.10e} {} {};\n", defects.size(), density, inspected.size(),
                      defects.size());
  return text + "EndOfFile;\n";
}

}  // namespace zeromiss
