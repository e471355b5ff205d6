#include "support/catch.hpp"

#include <zeromiss/base/json.hpp>
#include <zeromiss/report/record.hpp>

#include <limits>
#include <stdexcept>
#include <string>

using Catch::Matchers::ContainsSubstring;
using zeromiss::ErrorKind;
using zeromiss::JsonDocument;
using zeromiss::parse_record;
using zeromiss::Record;
using zeromiss::record_line;
using zeromiss::VerdictKind;

namespace {

const std::string kSha = std::string(60, '0') + "beef";

// The lines below are written by hand from the contract of a record.
const std::string kReject =
    R"({"image":"lot1/w03.png","bytes":1234,"sha256":")" + kSha +
    R"(","width":64,"height":48,"verdict":"REJECT","score":0.93,"label":"Scratch",)" +
    R"("probabilities":[0.07,0.93]})";
const std::string kError = R"({"image":"lot1/w04.jpg","bytes":900,"sha256":")" + kSha +
                           R"(","verdict":"ERROR","score":null,"label":null,)" +
                           R"("error":{"code":"image.truncated","message":"ends early"}})";
const std::string kUnreadable =
    R"({"image":"a\ufffd.png","image_hex":"61ff2e706e67","bytes":null,"sha256":null,)"
    R"("verdict":"ERROR","score":null,"label":null,)"
    R"("error":{"code":"image.unreadable","message":"Permission denied"}})";
const std::string kAnomaly =
    R"({"image":"w.gif","bytes":5,"sha256":")" + kSha +
    R"(","width":1,"height":2,"frames":"first","verdict":"PASS","score":-12.5,"label":null})";

/// Reads the line key by key and in one go: both must agree, in refusals too.
Record parse(const std::string& line) {
  std::string refusal;
  Record record;
  try {
    record = parse_record(line, "results.jsonl", 7, ErrorKind::input);
  } catch (const zeromiss::Error& error) {
    refusal = error.what();
  }
  try {
    const Record slow =
        parse_record(JsonDocument(line, "results.jsonl:7", ErrorKind::input).root());
    CHECK(refusal.empty());
    if (refusal.empty()) CHECK(record_line(record) == record_line(slow));
  } catch (const zeromiss::Error& error) {
    CHECK(refusal == error.what());
    throw;
  }
  return record;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

Record passed() {
  Record record;
  record.image = "a.png";
  record.bytes = 1;
  record.sha256 = kSha;
  record.width = record.height = 3;
  record.verdict = VerdictKind::pass;
  record.score = 0.0;
  return record;
}

}  // namespace

TEST_CASE("a record reads back every field of a judged image") {
  const Record record = parse(kReject);
  CHECK(record.image == "lot1/w03.png");
  CHECK(record.bytes == 1234);
  CHECK(record.sha256 == kSha);
  CHECK(record.width == 64);
  CHECK(record.height == 48);
  CHECK(record.verdict == VerdictKind::reject);
  CHECK(record.score == 0.93);
  CHECK(record.label == "Scratch");
  CHECK(record.probabilities == std::vector<double>{0.07, 0.93});
  CHECK_FALSE(record.error);
  CHECK_FALSE(record.first_frame_only);
}

TEST_CASE("a record reads back code and message of a failed image") {
  const Record record = parse(kError);
  CHECK(record.verdict == VerdictKind::error);
  REQUIRE(record.error);
  CHECK(record.error->code == "image.truncated");
  CHECK(record.error->message == "ends early");
  CHECK_FALSE(record.score);
  CHECK_FALSE(record.width);
}

TEST_CASE("a record is written with the keys, the order and the bytes of the contract") {
  CHECK(record_line(parse(kReject)) == kReject);
  CHECK(record_line(parse(kError)) == kError);
  CHECK(record_line(parse(kAnomaly)) == kAnomaly);
  CHECK(record_line(parse(kUnreadable)) == replaced(kUnreadable, "\\ufffd", "\xEF\xBF\xBD"));
}

TEST_CASE("a score survives writing and reading without losing a bit") {
  Record record = passed();
  for (const double score :
       {0.1, 1.0 / 3, 5e-324, 1.7976931348623157e308, -0.0, 0.35 - 5.551115123125783e-17}) {
    record.score = score;
    CHECK(parse(record_line(record)).score == score);
  }
}

TEST_CASE("a record with keys of later versions is read") {
  const auto later =
      replaced(kReject, R"("probabilities")",
               R"("views":[{"label":"Scratch","area":17}],"novelty":0.2,"probabilities")");
  CHECK(parse(later).score == 0.93);
}

TEST_CASE("a record that is not of the contract is refused") {
  const std::string missing[] = {R"("image":"lot1/w03.png",)", R"("bytes":1234,)",
                                 R"("verdict":"REJECT",)",     R"("score":0.93,)",
                                 R"("label":"Scratch",)",      R"("width":64,)",
                                 R"("width":64,"height":48,)"};
  for (const auto& key : missing) {
    CAPTURE(key);
    CHECK_THROWS_AS(parse(replaced(kReject, key, "")), zeromiss::Error);
  }
  const std::pair<std::string, std::string> changes[] = {
      {R"("REJECT")", R"("OK")"},
      {R"("REJECT")", R"("pass")"},
      {R"("score":0.93)", R"("score":null)"},
      {R"("score":0.93)", R"("score":"0.93")"},
      {R"("bytes":1234)", R"("bytes":-1)"},
      {R"("bytes":1234)", R"("bytes":null)"},
      {R"("width":64)", R"("width":0)"},
      {R"("width":64)", R"("width":4294967360)"},
      {R"("image":"lot1/w03.png")", R"("image":"")"},
      {kSha, "BEEF"},
      {R"([0.07,0.93])", R"([0.07,1.5])"},
      {R"("label":"Scratch")", R"("label":7)"},
      {R"("probabilities")", R"("frames":"all","probabilities")"},
      {R"("probabilities")", R"("image_hex":"6","probabilities")"},
      {R"("probabilities")", R"("error":{"code":"a","message":"b"},"probabilities")"}};
  for (const auto& [from, to] : changes) {
    CAPTURE(from, to);
    CHECK_THROWS_AS(parse(replaced(kReject, from, to)), zeromiss::Error);
  }
}

TEST_CASE("an ERROR record without a reason, or with a score, is refused") {
  CHECK_THROWS_AS(
      parse(replaced(kError, R"(,"error":{"code":"image.truncated","message":"ends early"})", "")),
      zeromiss::Error);
  CHECK_THROWS_AS(parse(replaced(kError, R"("score":null)", R"("score":0.0)")), zeromiss::Error);
  CHECK_THROWS_AS(parse(replaced(kError, R"("label":null)", R"("label":"none")")), zeromiss::Error);
  CHECK_THROWS_AS(parse(replaced(kError, R"("image.truncated")", R"("")")), zeromiss::Error);
  CHECK_THROWS_AS(parse(replaced(kError, R"("ERROR")", R"("PASS")")), zeromiss::Error);
}

TEST_CASE("a line that is no strict JSON is no record") {
  const std::pair<std::string, std::string> changes[] = {
      {R"("bytes":1234)", R"("bytes":1234,"bytes":1234)"},
      {R"("bytes":1234)", R"("bytes":1234.0)"},
      {R"("bytes":1234)", R"("bytes":18446744073709551615)"},
      {R"("score":0.93)", R"("score":1e400)"},
      {R"("score":0.93)", R"("score":NaN)"},
      {R"("score":0.93)", R"("score":.93)"},
      {R"("score":0.93)", R"("score":0.93,"later":{"a":1,"a":1})"},
      {R"("score":0.93)", R"("score":0.93,)"},
      {R"([0.07,0.93])", R"([0.07,-0.5])"},
      {R"("Scratch")", R"("\ud800")"},
      {R"("Scratch")", R"("\udc00")"},
      {R"("Scratch")", "\"\xFF\""},
      {R"("Scratch")", "\"\xED\xA0\x80\""},
      {R"("Scratch")", "\"\t\""},
      {R"([0.07,0.93]})", R"([0.07,0.93]} {})"},
      {R"([0.07,0.93]})", "[0.07,0.93]}" + std::string("\0junk", 5)}};
  for (const auto& [from, to] : changes) {
    CAPTURE(from, to);
    CHECK_THROWS_AS(parse(replaced(kReject, from, to)), zeromiss::Error);
  }
  CHECK(parse(replaced(kReject, "Scratch", "\\uD83D\\uDE00")).label == "\xF0\x9F\x98\x80");
}

TEST_CASE("a refused record names file, line and key") {
  CHECK_THROWS_WITH(parse(replaced(kReject, R"("bytes":1234)", R"("bytes":-1)")),
                    ContainsSubstring("results.jsonl:7: bytes: "));
}

TEST_CASE("a PASS without a score, a hash or a picture cannot be written") {
  CHECK_NOTHROW(record_line(passed()));
  Record record = passed();
  record.score.reset();
  CHECK_THROWS_AS(record_line(record), std::logic_error);
  record = passed();
  record.sha256.reset();
  CHECK_THROWS_AS(record_line(record), std::logic_error);
  record = passed();
  record.width.reset();
  CHECK_THROWS_AS(record_line(record), std::logic_error);
  record = passed();
  record.score = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(record_line(record), std::logic_error);
  record = passed();
  record.error = {"image.empty", "x"};
  CHECK_THROWS_AS(record_line(record), std::logic_error);
  CHECK_THROWS_AS(record_line(Record{}), std::logic_error);
}

TEST_CASE("reasons for review are written and read back, and are no PASS's") {
  const std::string line =
      replaced(kReject, R"("probabilities":[0.07,0.93])",
               R"("probabilities":[0.07,0.93],"reasons":["contrast 3 is outside 4 to 5","x"])");
  const Record record = parse(line);
  CHECK(record.reasons == std::vector<std::string>{"contrast 3 is outside 4 to 5", "x"});
  CHECK(record_line(record) == line);
  CHECK_THROWS_AS(parse(replaced(line, "REJECT", "PASS")), zeromiss::Error);
  CHECK_THROWS_AS(parse(replaced(line, R"(,"x"])", ",1]")), zeromiss::Error);
  Record pass = passed();
  pass.reasons = {"x"};
  CHECK_THROWS_AS(record_line(pass), std::logic_error);
}

TEST_CASE("defects are written as the contract has them and read back") {
  // 64 x 48 with pixels (column 3, rows 4..5) inside: 3 columns of 48 and 4 rows before, as COCO's
  // text of 148, 2, 2922 (checked with pycocotools).
  const std::string defects =
      R"("defects":[{"label":"Scratch","score":0.93,"bbox":[3,4,1,2],"area":2,)"
      R"("segmentation":{"size":[48,64],"counts":"d42Zk2"},"width_um":2.5,"height_um":5.0,"area_um2":12.5},)"
      R"({"label":"Dust","score":0.5,"bbox":[0.5,1.25,10,2],"area":20}])";
  const std::string line = replaced(kReject, R"("probabilities":[0.07,0.93])", defects);
  const Record record = parse(line);
  REQUIRE(record.defects.value().size() == 2);
  const auto& first = record.defects->front();
  CHECK(first.label == "Scratch");
  CHECK(first.box == zeromiss::Box{3, 4, 1, 2});
  CHECK(first.area == 2.0);
  CHECK(first.mask.value().counts == "d42Zk2");
  CHECK(first.size.value().area_um2 == 12.5);
  CHECK_FALSE(record.defects->back().mask);
  CHECK(record_line(record) == line);
  CHECK(record_line(parse(replaced(kAnomaly, R"("label":null)", R"("label":null,"defects":[])"))) ==
        replaced(kAnomaly, R"("label":null)", R"("label":null,"defects":[])"));
}

TEST_CASE("defects that cannot be are refused by both readers") {
  const auto with = [](const std::string& defect) {
    return replaced(kReject, R"("probabilities":[0.07,0.93])", R"("defects":[)" + defect + "]");
  };
  const std::string good = R"({"label":"a","score":0.5,"bbox":[1,2,3,4],"area":12})";
  CHECK_NOTHROW(parse(with(good)));
  for (const std::string& bad :
       {replaced(good, R"("label":"a",)", ""), replaced(good, "[1,2,3,4]", "[1,2,3]"),
        replaced(good, "[1,2,3,4]", "[1,2,-3,4]"), replaced(good, R"("area":12)", R"("area":-1)"),
        replaced(good, R"("score":0.5)", R"("score":"0.5")"),
        replaced(good, "}", R"(,"segmentation":{"size":[64,48],"counts":"d42Zk2"}})"),
        replaced(good, "}", R"(,"segmentation":{"size":[48,64],"counts":"d42"}})"),
        replaced(good, "}", R"(,"segmentation":{"size":[48,64]}})"),
        replaced(good, "}", R"(,"width_um":1})")}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(parse(with(bad)), zeromiss::Error);
  }
  CHECK_THROWS_AS(parse(replaced(kError, R"("error")", R"("defects":[],"error")")),
                  zeromiss::Error);
}

TEST_CASE("what became of an image near a limit is read back as it was written") {
  const std::string line =
      R"({"image":"a.png","bytes":5,"sha256":")" + kSha +
      R"(","width":64,"height":48,"verdict":"REVIEW","score":0.93,"label":"Scratch",)" +
      R"("stability":{"verdict":"REJECT","runs":9,"flips":[{"cause":"grey+1","verdict":"PASS","score":0.01},)" +
      R"({"cause":"batch-1","verdict":"ERROR","score":null}]}})";
  const Record record = parse(line);
  CHECK(record_line(record) == line);
  REQUIRE(record.stability);
  CHECK(record.stability->verdict == VerdictKind::reject);
  CHECK(record.stability->runs == 9);
  REQUIRE(record.stability->flips.size() == 2);
  CHECK(record.stability->flips[0].cause == "grey+1");
  CHECK(record.stability->flips[0].verdict == VerdictKind::pass);
  CHECK(record.stability->flips[0].score == 0.01);
  CHECK(record.stability->flips[1].verdict == VerdictKind::error);
  CHECK_FALSE(record.stability->flips[1].score);
}

TEST_CASE("no record that is not stable passes or rejects") {
  const auto line = [](const std::string& verdict, const std::string& flips) {
    return R"({"image":"a.png","bytes":5,"sha256":")" + kSha +
           R"(","width":64,"height":48,"verdict":")" + verdict +
           R"(","score":0.93,"label":null,"stability":{"verdict":"PASS","runs":9,"flips":[)" +
           flips + "]}}";
  };
  const std::string flip = R"({"cause":"grey+1","verdict":"REVIEW","score":0.4})";
  CHECK_NOTHROW(parse(line("PASS", "")));
  CHECK_NOTHROW(parse(line("REVIEW", flip)));
  CHECK_THROWS_WITH(parse(line("PASS", flip)),
                    ContainsSubstring("verdict PASS that is not stable"));
  CHECK_THROWS_WITH(parse(line("REJECT", flip)),
                    ContainsSubstring("verdict REJECT that is not stable"));
}
