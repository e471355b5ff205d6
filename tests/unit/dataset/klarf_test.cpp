#include "support/catch.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/dataset/klarf.hpp>

using namespace zeromiss;
using Catch::Matchers::ContainsSubstring;

namespace {

/// As real tools write it: rows that wrap, lower-case keywords, a wafer without defects.
const std::string kHead = R"(FileVersion 1 2;
FileTimestamp 03-14-24 10:22:31;
LotID "LOT 123";
WaferID "W07";
Slot 7;
tifffilename LOT123_W07.tif;
ClassLookup 2
 0 "Unclassified; still"
 1 "Particle";
DefectRecordSpec 7 DEFECTID XINDEX YINDEX XREL CLASSNUMBER IMAGECOUNT IMAGELIST;
)";
const std::string kList = R"(DefectList
 1 0 -1 12.5 0 2 2 1 0
   2 1
 2 3 4 1.0e3 1 0 0
 5 3 5 1.0e3 1 0
 6 3 6 1.0e3 1 1 1 9 0;
)";

std::string problem_of(const std::string& text) {
  try {
    parse_klarf(text, "lot.001");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("KLARF: pictures of defects, by the columns that the file names", "[klarf]") {
  const Klarf klarf =
      parse_klarf(kHead + kList + "WaferID W08; DefectList;\nEndOfFile;\n", "lot.001");
  CHECK(klarf.defects == 4);
  CHECK(klarf.without_image == 2);
  REQUIRE(klarf.images.size() == 3);
  const KlarfImage& first = klarf.images[0];
  CHECK(first.lot == "LOT 123");
  CHECK(first.wafer == "W07");
  CHECK(first.slot == 7);
  CHECK(first.tiff == "LOT123_W07.tif");
  CHECK(first.defect == 1);
  CHECK(first.x == 0);
  CHECK(first.y == -1);
  CHECK(first.page == 1);
  CHECK(klarf.images[1].page == 2);
  CHECK(klarf.images[2].defect == 6);
  CHECK(klarf.images[2].page == 9);
  CHECK(klarf.images[2].class_number == 1);
}

TEST_CASE("KLARF: a file without its end is an incomplete transfer, not fewer defects",
          "[klarf][law]") {
  CHECK_THAT(problem_of(kHead + kList), ContainsSubstring("no EndOfFile"));
  const std::string whole = kHead + kList + "EndOfFile;\n";
  // Cut anywhere before the last statement: always refused.
  for (std::size_t length = 0; length + 2 < whole.size(); ++length)
    CHECK(!problem_of(whole.substr(0, length)).empty());
}

TEST_CASE("KLARF: what cannot be meant is refused, with its line", "[klarf]") {
  const std::string end = "EndOfFile;\n";
  CHECK_THAT(problem_of("FileVersion 2 0;" + end),
             ContainsSubstring("lot.001:1: expected FileVersion 1"));
  CHECK_THAT(problem_of("hello"), ContainsSubstring("inside"));
  CHECK_THAT(problem_of("FileVersion 1 2;\nTiffFilename ../x.tif;" + end),
             ContainsSubstring("lot.001:2: TiffFileName"));
  CHECK_THAT(problem_of("FileVersion 1 2;\nTiffFilename C:\\x.tif;" + end),
             ContainsSubstring("no path"));
  CHECK_THAT(problem_of("FileVersion 1 2; DefectRecordSpec 2 DEFECTID;" + end),
             ContainsSubstring("number of columns"));
  CHECK_THAT(problem_of("FileVersion 1 2; DefectList 1 2;" + end),
             ContainsSubstring("before any DefectRecordSpec"));
  CHECK_THAT(problem_of(kHead + "DefectList 1 0 0 1 0 1 1;" + end),
             ContainsSubstring("fewer values"));
  CHECK_THAT(problem_of(kHead + "DefectList 1 0 0 1 0 1 2 1 0 2 0;" + end),
             ContainsSubstring("IMAGECOUNT"));
  CHECK_THAT(problem_of(kHead + "DefectList 1 0 0 1 0 1 1 0 0;" + end),
             ContainsSubstring("count from 1"));
  CHECK_THAT(problem_of(kHead + "DefectList 1 0 0 1 0 2 2 3 0 3 0;" + end),
             ContainsSubstring("page 3 twice"));
  CHECK_THAT(problem_of(kHead + "DefectList x 0 0 1 0 0 0;" + end),
             ContainsSubstring("whole number"));
  // A ';' behind the first row: the second must not get lost.
  CHECK_THAT(problem_of(kHead + "DefectList 1 0 0 1 0 0 0;\n 2 0 0 1 0 0 0;" + end),
             ContainsSubstring("begins with a number"));
  CHECK_THAT(problem_of(kHead + end + "LotID x;"), ContainsSubstring("behind EndOfFile"));
}
