#include "support/catch.hpp"
#include "support/output_folder.hpp"

#include <zeromiss/report/csv.hpp>

#include <sys/stat.h>

#include <string>

using zeromiss::csv_text;
using zeromiss::write_results_csv;
using namespace zeromiss::test;

TEST_CASE("a cell is quoted where RFC 4180 asks for it, and only there") {
  CHECK(csv_text("plain name.png") == "plain name.png");
  CHECK(csv_text("") == "");
  CHECK(csv_text("a,b") == "\"a,b\"");
  CHECK(csv_text("say \"x\"") == "\"say \"\"x\"\"\"");
  CHECK(csv_text("two\r\nlines") == "\"two\r\nlines\"");
  CHECK(csv_text("a;b") == "\"a;b\"");
  CHECK(csv_text("웨이퍼.png") == "웨이퍼.png");
}

TEST_CASE("a text that a spreadsheet would run begins with an apostrophe") {
  CHECK(csv_text("=1+1") == "'=1+1");
  CHECK(csv_text("+1") == "'+1");
  CHECK(csv_text("-name.png") == "'-name.png");
  CHECK(csv_text("@SUM(A1)") == "'@SUM(A1)");
  CHECK(csv_text("\t=1") == "\"'\t'=1\"");
  CHECK(csv_text("\r=1") == "\"'\r'=1\"");
  CHECK(csv_text("＝1+1") == "'＝1+1");
  CHECK(csv_text("=cmd|' /C calc'!\"A0\",x") == "\"'=cmd|' /C calc'!\"\"A0\"\",x\"");
  CHECK(csv_text("a=b") == "a=b");
  // For an edition whose separator is ';' the quotes before a;=1 are inside a cell: it splits
  // there.
  CHECK(csv_text("a;=1;b") == "\"a;'=1;b\"");
  CHECK(csv_text("a\n@x") == "\"a\n'@x\"");
}

TEST_CASE("results.csv has the columns of the contract, a row an image, and numbers as they are") {
  const TempFolder folder;
  auto anomaly = judged_record("=c.png", "PASS", 0.5, "none");
  anomaly["score"] = -12.5;
  anomaly["label"] = nullptr;
  write_output_folder(folder.path(), {judged_record("lot1/w03.png", "REJECT", 0.93, "Scratch"),
                                      error_record("b,c.jpg", "image.truncated"), anomaly});
  write_results_csv(folder.path(), false);
  CHECK(read_file(folder.path() / "results.csv") ==
        "image,verdict,score,label,defects,error_code,error_message,width,height,bytes,sha256\n"
        "lot1/w03.png,REJECT,0.93,Scratch,,,,64,64,1234," +
            kSha +
            "\n"
            "\"b,c.jpg\",ERROR,,,,image.truncated,the data end after 812 of 900 bytes,,,900," +
            kSha +
            "\n"
            "'=c.png,PASS,-12.5,,,,,64,64,1234," +
            kSha + "\n");
}

TEST_CASE("a byte order mark comes first when it is asked for") {
  const TempFolder folder;
  write_output_folder(folder.path(), {});
  write_results_csv(folder.path(), true);
  CHECK(read_file(folder.path() / "results.csv").substr(0, 9) == "\xEF\xBB\xBFimage,");
}

TEST_CASE(
    "results.csv stays what it was, and nothing is left behind, when the records are damaged") {
  const TempFolder folder;
  write_output_folder(folder.path(), three_thousand_records());
  write_file(folder.path() / "results.csv", "old");
  std::filesystem::resize_file(folder.path() / "results.jsonl",
                               std::filesystem::file_size(folder.path() / "results.jsonl") - 1);
  CHECK_THROWS_AS(write_results_csv(folder.path(), false), zeromiss::Error);
  CHECK(read_file(folder.path() / "results.csv") == "old");
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.path()))
    ++files;
  CHECK(files == 4);  // run.json, results.jsonl, summary.json, results.csv
}

TEST_CASE("a folder that cannot be written is an output error that names the file") {
  const TempFolder folder;
  try {
    write_results_csv(folder.path() / "gone", false);
    FAIL("wrote into a folder that is not there");
  } catch (const zeromiss::Error& error) {
    CHECK(error.kind() == zeromiss::ErrorKind::output);
    CHECK_THAT(error.what(), Catch::Matchers::ContainsSubstring("results.csv"));
  }
}

TEST_CASE("held.csv has a row for each reason and each flip, and is not there without any") {
  const TempFolder folder;
  auto guarded = judged_record("a.png", "REVIEW", 0.01, "none");
  guarded["reasons"] = {"brightness 33 is outside 8 to 32", "width 9 is outside 8 to 8"};
  auto unstable = judged_record("b,c.png", "REVIEW", 0.36, "Scratch");
  unstable["stability"] = {{"verdict", "REJECT"},
                           {"runs", 9},
                           {"flips",
                            {{{"cause", "shift-left"}, {"verdict", "PASS"}, {"score", 0.015}},
                             {{"cause", "threads-2"}, {"verdict", "ERROR"}, {"score", nullptr}}}}};
  auto stable = judged_record("d.png", "PASS", 0.01, "none");
  stable["stability"] = {
      {"verdict", "PASS"}, {"runs", 9}, {"flips", nlohmann::ordered_json::array()}};
  write_output_folder(folder.path(), {guarded, unstable, stable});
  write_results_csv(folder.path(), false);
  CHECK(read_file(folder.path() / "held.csv") ==
        "image,verdict,score,own_verdict,cause,other_verdict,other_score,reason\n"
        "a.png,REVIEW,0.01,,guard,,,brightness 33 is outside 8 to 32\n"
        "a.png,REVIEW,0.01,,guard,,,width 9 is outside 8 to 8\n"
        "\"b,c.png\",REVIEW,0.36,REJECT,shift-left,PASS,0.015,\n"
        "\"b,c.png\",REVIEW,0.36,REJECT,threads-2,ERROR,,\n");
  // The contract's columns stay as they are.
  CHECK(read_file(folder.path() / "results.csv").find("brightness") == std::string::npos);

  const TempFolder other;
  write_output_folder(other.path(), {stable});
  write_results_csv(other.path(), false);
  CHECK_FALSE(std::filesystem::exists(other.path() / "held.csv"));
}
