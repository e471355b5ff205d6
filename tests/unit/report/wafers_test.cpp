#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/report/wafers.hpp>

#include <pugixml.hpp>

#include <algorithm>
#include <array>
#include <functional>

using namespace zeromiss;
using namespace zeromiss::test;
using Catch::Matchers::ContainsSubstring;

namespace {

Record die(const std::string& image, VerdictKind verdict) {
  Record record;
  record.image = image;
  record.verdict = verdict;
  if (verdict != VerdictKind::error) {
    record.score = 0.5;
    record.label = verdict == VerdictKind::pass ? "none" : "Scratch";
  }
  return record;
}

/// Two wafers of three by two places; the second lacks a die that the first one has.
///   W1, from the top:  y=1: PASS REJECT PASS      W2: y=1: PASS missing PASS
///                      y=0: PASS REVIEW ERROR         y=0: PASS PASS    PASS
std::vector<Wafer> two_wafers() {
  WaferRollUp wafers(NamePattern("{lot}_{wafer}_{x}_{y}"), {});
  constexpr auto kPass = VerdictKind::pass;
  wafers.add(die("L_W1_0_0.png", kPass));
  wafers.add(die("L_W1_1_0.png", VerdictKind::review));
  wafers.add(die("L_W1_2_0.png", VerdictKind::error));
  wafers.add(die("L_W1_0_1.png", kPass));
  wafers.add(die("L_W1_1_1.png", VerdictKind::reject));
  wafers.add(die("L_W1_2_1.png", kPass));
  for (const char* name :
       {"L_W2_0_0.png", "L_W2_1_0.png", "L_W2_2_0.png", "L_W2_0_1.png", "L_W2_2_1.png"})
    wafers.add(die(name, kPass));
  return wafers.finish();
}

std::vector<std::string> g85_rows(const std::string& xml) {
  pugi::xml_document document;
  REQUIRE(document.load_string(xml.c_str()));
  std::vector<std::string> rows;
  for (const auto& row : document.select_nodes("/Maps/Map/Device/Data/Row"))
    rows.emplace_back(row.node().child_value());
  return rows;
}

}  // namespace

TEST_CASE("a die that other wafers have is missing, not absent", "[wafers][law]") {
  const auto wafers = two_wafers();
  REQUIRE(wafers.size() == 2);
  CHECK(wafers[0].count(DieState::pass) == 3);
  CHECK(wafers[0].yield() == Approx(0.5));
  CHECK(wafers[1].count(DieState::pass) == 5);
  CHECK(wafers[1].count(DieState::missing) == 1);
  CHECK(wafers[1].yield() == Approx(5.0 / 6.0));
}

TEST_CASE("two images of one die make it ERROR, whatever they say", "[wafers][law]") {
  WaferRollUp wafers(NamePattern("{wafer}_{x}_{y}"), {});
  wafers.add(die("W_1_1.png", VerdictKind::pass));
  wafers.add(die("W_1_1.jpg", VerdictKind::pass));
  wafers.add(die("W_+1_01.bmp", VerdictKind::pass));
  const auto all = wafers.finish();
  REQUIRE(all.front().dies.size() == 1);
  CHECK(all.front().dies.front().state == DieState::error);
}

TEST_CASE("two wafers of one name make no whole wafer", "[wafers][law]") {
  const auto states = [](const char* pattern) {
    WaferRollUp wafers{NamePattern(pattern), {}};
    wafers.add(die("lot1/W_1_1.png", VerdictKind::pass));
    wafers.add(die("lot2/W_2_1.png", VerdictKind::pass));
    wafers.add(die("lot2/W_3_1.png", VerdictKind::reject));
    std::vector<DieState> found;
    const auto all = wafers.finish();
    for (const Die& one : all.front().dies) found.push_back(one.state);
    return found;
  };
  using enum DieState;
  CHECK(states("{wafer}_{x}_{y}") == std::vector{error, error, reject});
  CHECK(states("{folder}/{wafer}_{x}_{y}") == std::vector{pass, pass, reject});
  CHECK(states("{lot}/{wafer}_{x}_{y}") == std::vector{pass, missing, missing});
}

TEST_CASE("maps are neither removed nor written through a link", "[wafers][hostile]") {
  const TempFolder folder;
  namespace fs = std::filesystem;
  fs::create_directories(folder / "archive");
  write_file(folder / "archive/map.g85.xml", "kept");
  fs::create_directories(folder / "out/wafers");
  fs::create_directory_symlink(folder / "archive", folder / "out/wafers/L_W1");
  CHECK_THROWS_AS(remove_wafers(folder / "out"), Error);
  CHECK(read_file(folder / "archive/map.g85.xml") == "kept");
  fs::remove(folder / "out/wafers/L_W1");
  CHECK_NOTHROW(remove_wafers(folder / "out"));
  CHECK_FALSE(fs::exists(folder / "out/wafers"));
  fs::create_directory_symlink(folder / "archive", folder / "out/wafers");
  CHECK_THROWS_AS(remove_wafers(folder / "out"), Error);
}

TEST_CASE("G85: rows from the top, one pass bin, bins that add up", "[wafers][law]") {
  const std::string xml = g85_xml(two_wafers()[0], {});
  CHECK(g85_rows(xml) == std::vector<std::string>{"1B1", "1AC"});
  pugi::xml_document document;
  document.load_string(xml.c_str());
  const auto device = document.child("Maps").child("Map").child("Device");
  CHECK(device.attribute("OriginLocation").as_int() == 3);
  CHECK(device.attribute("Orientation").as_int() == 0);
  CHECK(device.attribute("NullBin").as_string() == std::string("."));
  int total = 0, passing = 0;
  for (const auto& bin : device.children("Bin")) {
    total += bin.attribute("BinCount").as_int();
    if (bin.attribute("BinQuality").as_string() != std::string("Pass")) continue;
    ++passing;
    CHECK(bin.attribute("BinCode").as_string() == std::string("1"));
    CHECK(bin.attribute("BinCount").as_int() == 3);
  }
  CHECK(total == 6);
  CHECK(passing == 1);
  CHECK(g85_rows(g85_xml(two_wafers()[1], {})) == std::vector<std::string>{"1D1", "111"});
}

TEST_CASE("every corner as origin, written and read back", "[wafers]") {
  // By hand: the map as seen turns over with the origin, the dies' own coordinates do not.
  const auto wafer = two_wafers()[0];
  const auto rows = [&](const char* origin) {
    WaferGeometry geometry;
    geometry.origin = origin;
    return g85_rows(g85_xml(wafer, geometry));
  };
  CHECK(rows("lower-left") == std::vector<std::string>{"1B1", "1AC"});
  CHECK(rows("lower-right") == std::vector<std::string>{"1B1", "CA1"});
  CHECK(rows("upper-left") == std::vector<std::string>{"1AC", "1B1"});
  CHECK(rows("upper-right") == std::vector<std::string>{"CA1", "1B1"});
}

TEST_CASE("E142: each row says where it begins", "[wafers]") {
  for (const auto& [origin, word, direction] : {std::array{"lower-left", "LowerLeft", "UpRight"},
                                                {"lower-right", "LowerRight", "UpLeft"},
                                                {"upper-left", "UpperLeft", "DownRight"},
                                                {"upper-right", "UpperRight", "DownLeft"}})
    for (const int notch : {0, 90, 180, 270}) {
      CAPTURE(origin, notch);
      WaferGeometry geometry;
      geometry.origin = origin;
      geometry.orientation = notch;
      pugi::xml_document document;
      REQUIRE(document.load_string(e142_xml(two_wafers()[0], geometry).c_str()));
      const auto map = document.child("MapData").child("SubstrateMaps").child("SubstrateMap");
      CHECK(map.attribute("OriginLocation").as_string() == std::string(word));
      CHECK(map.attribute("AxisDirection").as_string() == std::string(direction));
      CHECK(map.attribute("Orientation").as_int() == notch);
      // Read back by the coordinates alone: x grows along AxisDirection, so against it in a row as
      // seen where it says Left.
      std::map<std::pair<int, int>, char> found;
      for (const auto& row : map.child("Overlay").child("BinCodeMap").children("BinCode")) {
        int x = row.attribute("X").as_int();
        const int step = std::string(direction).find("Right") != std::string::npos ? 1 : -1;
        for (const char code : std::string(row.child_value())) {
          found[{x, row.attribute("Y").as_int()}] = code;
          x += step;
        }
      }
      const std::map<std::pair<int, int>, char> expected{
          {{0, 0}, '1'}, {{1, 0}, 'A'}, {{2, 0}, 'C'}, {{0, 1}, '1'}, {{1, 1}, 'B'}, {{2, 1}, '1'}};
      CHECK(found == expected);
    }
}

TEST_CASE("KLARF: what is not PASS is a defect, what was not inspected is not in the plan",
          "[wafers][law]") {
  WaferGeometry geometry;
  geometry.pitch_x_um = 2000;
  geometry.pitch_y_um = 1000;
  const std::string text = klarf_text(two_wafers()[0], geometry, "03-14-24 10:22:31");
  CHECK_THAT(text, ContainsSubstring(
                       "ClassLookup 3\n 0 \"Unclassified\"\n 1 \"ERROR\"\n 2 \"Scratch\";\n"));
  CHECK_THAT(text,
             ContainsSubstring("SampleTestPlan 5\n 0 0\n 1 0\n 0 1\n 1 1\n 2 1;\n"));  // not 2 0
  CHECK_THAT(text, ContainsSubstring("DefectList\n 1 1000.000 500.000 1 0 "));
  CHECK_THAT(text,
             ContainsSubstring("\n 2 1000.000 500.000 2 0 0.000 0.000 0.000 0.000 1 1 0 3 0 0\n"));
  CHECK_THAT(text,
             ContainsSubstring("\n 3 1000.000 500.000 1 1 0.000 0.000 0.000 0.000 2 1 0 2 0 0;\n"));
  CHECK(text.rfind("EndOfFile;\n") == text.size() - 11);
  // From the right, column 0 is the last one.
  geometry.origin = "lower-right";
  CHECK_THAT(klarf_text(two_wafers()[0], geometry, "03-14-24 10:22:31"),
             ContainsSubstring("\n 2 1000.000 500.000 0 0 "));
}

TEST_CASE("names of wafers cannot leave the folder or break the files", "[wafers][hostile]") {
  WaferRollUp wafers(NamePattern("{lot}/{wafer}_{x}_{y}"), {});
  wafers.add(die("../.._1_1.png", VerdictKind::pass));
  wafers.add(die("<b>\"&;/=cmd_1_1.png", VerdictKind::pass));
  const TempFolder folder;
  write_wafers(folder.path(), wafers.finish(), {}, "03-14-24 10:22:31",
               [](const WaferGrid&) { return "PNG"; });
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "wafers"))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  CHECK(names == std::vector<std::string>{"%2E._%2E.", "%3Cb%3E%22%26%3B_%3Dcmd", "wafers.csv"});
  CHECK_THAT(read_file(folder / "wafers/wafers.csv"), ContainsSubstring("\n\"<b>\"\"&;\",'=cmd,"));
  pugi::xml_document document;
  CHECK(document.load_file((folder / "wafers/%3Cb%3E%22%26%3B_%3Dcmd/map.e142.xml").c_str()));
  CHECK_THAT(read_file(folder / "wafers/%3Cb%3E%22%26%3B_%3Dcmd/defects.001"),
             ContainsSubstring("LotID \"<b>_&_\";\n"));
}

TEST_CASE("no two wafers share a folder", "[wafers][law]") {
  WaferRollUp wafers(NamePattern("{lot}/{wafer}/{x}_{y}"), {});
  wafers.add(die("A_B/C/1_1.png", VerdictKind::reject));
  wafers.add(die("A/B_C/1_1.png", VerdictKind::pass));
  const TempFolder folder;
  write_wafers(folder.path(), wafers.finish(), {}, "03-14-24 10:22:31",
               [](const WaferGrid&) { return "PNG"; });
  CHECK_THAT(read_file(folder / "wafers/A_B~C/defects.001"), ContainsSubstring("LotID \"A_B\";"));
  CHECK_THAT(read_file(folder / "wafers/A_B_C/defects.001"), ContainsSubstring("LotID \"A\";"));
  CHECK(wafer_file_name("A", "~_~") == "A_%7E_%7E");
  CHECK(wafer_file_name("", "A_B") == "_A_B");
}

TEST_CASE("a wafer's folder is short enough for a file system", "[wafers]") {
  std::string lot;
  for (int i = 0; i < 40; ++i) lot += "\xED\x95\x9C";  // %ED%95%9C
  const std::string name = wafer_file_name(lot, "W1");
  CHECK(name.size() <= 255);
  CHECK(name != wafer_file_name(lot, "W2"));
  CHECK((name.size() - 17) % 3 == 0);  // no %XX was cut
  WaferRollUp wafers(NamePattern("{wafer}_{x}_{y}"), {});
  wafers.add(die(lot + "_1_1.png", VerdictKind::pass));
  const TempFolder folder;
  write_wafers(folder.path(), wafers.finish(), {}, "03-14-24 10:22:31",
               [](const WaferGrid&) { return "PNG"; });
}

TEST_CASE("a die list says which dies there should be", "[wafers][law]") {
  const TempFolder folder;
  write_file(folder / "dies.csv", "x,y\n1,1\n2,1\n");
  WaferRollUp wafers(NamePattern("{wafer}_{x}_{y}"), read_die_list(folder / "dies.csv"));
  wafers.add(die("W_1_1.png", VerdictKind::pass));
  CHECK(wafers.finish().front().count(DieState::missing) == 1);
  for (const char* wrong : {"a,b\n1,1\n", "x,y\n", "x,y\n1\n", "x,y\n1,b\n", "x,y\n1,1\n1,1\n"}) {
    write_file(folder / "dies.csv", wrong);
    CHECK_THROWS_AS(read_die_list(folder / "dies.csv"), Error);
  }
}

TEST_CASE("a slot that is no number of one does not fit", "[wafers]") {
  WaferRollUp wafers(NamePattern("{wafer}_{slot}_{x}_{y}"), {});
  wafers.add(die("W_25_1_1.png", VerdictKind::pass));
  CHECK_THROWS_AS(wafers.add(die("W_99999999_1_2.png", VerdictKind::pass)), Error);
  CHECK(wafers.finish().front().slot == 25);
}

TEST_CASE("places that no wafer has are refused", "[wafers]") {
  WaferRollUp wafers(NamePattern("{wafer}_{x}_{y}"), {});
  wafers.add(die("W_0_0.png", VerdictKind::pass));
  wafers.add(die("W_900000_900000.png", VerdictKind::pass));
  CHECK_THROWS_AS(g85_xml(wafers.finish().front(), {}), Error);
  CHECK_THROWS_AS(check_geometry({"left", 0, 1, 1}), Error);
  CHECK_THROWS_AS(check_geometry({"lower-left", 45, 1, 1}), Error);
  CHECK_THROWS_AS(check_geometry({"lower-left", 0, 0, 1}), Error);
}
