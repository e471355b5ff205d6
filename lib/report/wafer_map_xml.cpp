// SEMI G85 and E142 maps. The standards' texts are not public; element and attribute names and
// their values are those that readers of such files expect (reference: the packages g85 and
// wafer-view).
#include <zeromiss/base/text.hpp>
#include <zeromiss/base/version.hpp>
#include <zeromiss/report/wafers.hpp>

#include <fmt/format.h>
#include <pugixml.hpp>

#include <map>
#include <sstream>
#include <stdexcept>

namespace zeromiss {
namespace {

/// One character a die. None of the fail codes is among 0..9, which many tools take for good bins.
constexpr std::array<char, 5> kBinCodes{'1', 'A', 'B', 'C', 'D'};
constexpr char kNullBin = '.';

char code_of(DieState state) { return kBinCodes.at(static_cast<std::size_t>(state)); }

/// XML 1.0 cannot hold control characters in any form.
std::string plain(const std::string& text) { return printable(to_utf8(text)); }

std::vector<std::string> rows_of(const WaferGrid& grid) {
  std::vector<std::string> rows;
  for (const auto& row : grid.rows) {
    std::string& text = rows.emplace_back();
    for (const auto& state : row) text += state ? code_of(*state) : kNullBin;
  }
  return rows;
}

/// The map must hold every die exactly once before it may leave the house.
void require_all_dies(const Wafer& wafer, const std::vector<std::string>& rows) {
  std::map<char, std::uint64_t> counts;
  for (const std::string& row : rows)
    for (const char code : row) ++counts[code];
  for (std::size_t i = 0; i < kBinCodes.size(); ++i)
    if (counts[kBinCodes.at(i)] != wafer.count(static_cast<DieState>(i)))
      throw std::logic_error("the bins of a wafer map do not add up to its dies");
}

/// ORLOC of SEMI E5: 1 upper right, 2 upper left, 3 lower left, 4 lower right.
int origin_number(const std::string& origin) {
  if (origin == "upper-right") return 1;
  if (origin == "upper-left") return 2;
  return origin == "lower-left" ? 3 : 4;
}

/// "LowerLeft", and the direction in which x and y grow from there: "UpRight".
std::string origin_word(const std::string& origin) {
  return std::string(origin.rfind("lower", 0) == 0 ? "Lower" : "Upper") +
         (origin.find("left") != std::string::npos ? "Left" : "Right");
}
std::string direction_word(const std::string& origin) {
  return std::string(origin.rfind("lower", 0) == 0 ? "Up" : "Down") +
         (origin.find("left") != std::string::npos ? "Right" : "Left");
}

void add_bins(pugi::xml_node parent, const char* element, const Wafer& wafer) {
  for (std::size_t i = 0; i < kBinCodes.size(); ++i) {
    const auto state = static_cast<DieState>(i);
    auto bin = parent.append_child(element);
    bin.append_attribute("BinCode") = std::string(1, code_of(state)).c_str();
    bin.append_attribute("BinCount") = static_cast<unsigned long long>(wafer.count(state));
    bin.append_attribute("BinQuality") = state == DieState::pass ? "Pass" : "Fail";
    bin.append_attribute("BinDescription") = std::string(kDieStateNames.at(i)).c_str();
  }
}

std::string text_of(const pugi::xml_document& document) {
  std::ostringstream out;
  document.save(out, " ", pugi::format_default, pugi::encoding_utf8);
  return out.str();
}

void declare(pugi::xml_document& document) {
  auto declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
}

}  // namespace

std::string g85_xml(const Wafer& wafer, const WaferGeometry& geometry) {
  const WaferGrid grid = grid_of(wafer, geometry);
  const auto rows = rows_of(grid);
  require_all_dies(wafer, rows);
  pugi::xml_document document;
  declare(document);
  auto map = document.append_child("Maps").append_child("Map");
  map.append_attribute("xmlns:semi") = "http://www.semi.org";
  map.append_attribute("FormatRevision") = "G85-1101";
  map.append_attribute("SubstrateType") = "Wafer";
  map.append_attribute("SubstrateId") = plain(wafer.wafer).c_str();
  map.append_attribute("WaferId") = plain(wafer.wafer).c_str();
  auto device = map.append_child("Device");
  device.append_attribute("LotId") = plain(wafer.lot).c_str();
  device.append_attribute("Rows") = static_cast<unsigned>(rows.size());
  device.append_attribute("Columns") = static_cast<unsigned>(rows.front().size());
  device.append_attribute("Orientation") = geometry.orientation;
  device.append_attribute("OriginLocation") = origin_number(geometry.origin);
  device.append_attribute("DeviceSizeX") = geometry.pitch_x_um;
  device.append_attribute("DeviceSizeY") = geometry.pitch_y_um;
  device.append_attribute("BinType") = "Ascii";
  device.append_attribute("NullBin") = std::string(1, kNullBin).c_str();
  add_bins(device, "Bin", wafer);
  auto data = device.append_child("Data");
  data.append_attribute("MapName") = "zeromiss";
  for (const std::string& row : rows)
    data.append_child("Row").append_child(pugi::node_cdata).set_value(row.c_str());
  return text_of(document);
}

std::string e142_xml(const Wafer& wafer, const WaferGeometry& geometry) {
  const WaferGrid grid = grid_of(wafer, geometry);
  const auto rows = rows_of(grid);
  require_all_dies(wafer, rows);
  pugi::xml_document document;
  declare(document);
  auto root = document.append_child("MapData");
  root.append_attribute("xmlns") = "urn:semi-org:xsd.E142-1.V1005.SubstrateMap";
  auto layout = root.append_child("Layouts").append_child("Layout");
  layout.append_attribute("LayoutId") = "WaferLayout";
  layout.append_attribute("DefaultUnits") = "microns";
  auto dimension = layout.append_child("Dimension");
  dimension.append_attribute("X") = static_cast<unsigned>(rows.front().size());
  dimension.append_attribute("Y") = static_cast<unsigned>(rows.size());
  auto size = layout.append_child("DeviceSize");
  size.append_attribute("X") = geometry.pitch_x_um;
  size.append_attribute("Y") = geometry.pitch_y_um;
  auto substrate = root.append_child("Substrates").append_child("Substrate");
  substrate.append_attribute("SubstrateType") = "Wafer";
  substrate.append_attribute("SubstrateId") = plain(wafer.wafer).c_str();
  substrate.append_child("LotId").text() = plain(wafer.lot).c_str();
  substrate.append_child("GoodDevices").text() =
      static_cast<unsigned long long>(wafer.count(DieState::pass));
  auto map = root.append_child("SubstrateMaps").append_child("SubstrateMap");
  map.append_attribute("SubstrateType") = "Wafer";
  map.append_attribute("SubstrateId") = plain(wafer.wafer).c_str();
  map.append_attribute("LayoutSpecifier") = "WaferLayout";
  map.append_attribute("Orientation") = geometry.orientation;
  map.append_attribute("OriginLocation") = origin_word(geometry.origin).c_str();
  map.append_attribute("AxisDirection") = direction_word(geometry.origin).c_str();
  auto overlay = map.append_child("Overlay");
  overlay.append_attribute("MapName") = "zeromiss";
  overlay.append_attribute("MapVersion") = std::string(kVersion).c_str();
  auto bins = overlay.append_child("BinCodeMap");
  bins.append_attribute("BinType") = "Ascii";
  bins.append_attribute("NullBin") = std::string(1, kNullBin).c_str();
  add_bins(bins.append_child("BinDefinitions"), "BinDefinition", wafer);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto row = bins.append_child("BinCode");
    row.append_attribute("X") = grid.left_x;  // of the first die of the row: nothing to guess
    row.append_attribute("Y") = grid.top_y + static_cast<int>(i) * grid.step_y;
    row.append_child(pugi::node_cdata).set_value(rows[i].c_str());
  }
  return text_of(document);
}

}  // namespace zeromiss
