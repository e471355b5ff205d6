#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/report/parts.hpp>

using namespace zeromiss;
using namespace zeromiss::test;

namespace {

Record record_of(const std::string& image, VerdictKind verdict, double score = 0.5) {
  Record record;
  record.image = image;
  record.verdict = verdict;
  if (verdict != VerdictKind::error)
    record.score = score;
  else
    record.error = RecordError{"image.truncated", "cut"};
  return record;
}

constexpr auto kPass = VerdictKind::pass, kReview = VerdictKind::review,
               kReject = VerdictKind::reject, kError = VerdictKind::error;

/// The verdict of the one part that these images make.
VerdictKind judged(const PartRule& rule,
                   const std::vector<std::pair<std::string, VerdictKind>>& images) {
  PartRollUp parts(rule);
  for (const auto& [name, verdict] : images) parts.add(record_of(name, verdict));
  const auto all = parts.finish();
  REQUIRE(all.size() == 1);
  return all.front().verdict;
}

const PartRule kViews{NamePattern("{part}_{view}"), 0, {"front", "back"}};
const PartRule kThree{NamePattern("{part}_{view}"), 3, {}};

}  // namespace

TEST_CASE("a part is PASS only when all its views are there, once, and PASS", "[parts][law]") {
  CHECK(judged(kViews, {{"A_front.png", kPass}, {"A_back.png", kPass}}) == kPass);
  CHECK(judged(kViews, {{"A_front.png", kPass}}) == kError);
  CHECK(judged(kViews, {{"A_front.png", kPass}, {"A_back.png", kError}}) == kError);
  CHECK(judged(kViews, {{"A_front.png", kPass}, {"A_back.png", kReview}}) == kReview);
  CHECK(judged(kViews, {{"A_front.png", kPass}, {"A_back.png", kReject}}) == kReject);
  // One view twice, in two formats: which is the part?
  CHECK(judged(kViews, {{"A_front.png", kPass}, {"A_front.jpg", kPass}, {"A_back.png", kPass}}) ==
        kError);
  // A view that nobody expected: perhaps a misspelt one.
  CHECK(judged(kViews, {{"A_front.png", kPass}, {"A_back.png", kPass}, {"A_bcak.png", kPass}}) ==
        kError);
}

TEST_CASE("parts of one name are no whole part together", "[parts][law]") {
  // Two lots, each with a part A that lacks a view.
  const std::vector<std::pair<std::string, VerdictKind>> lots{{"lot1/A_front.png", kPass},
                                                              {"lot2/A_back.png", kPass}};
  CHECK(judged(kViews, lots) == kError);
  CHECK(judged({NamePattern("{lot}/{part}_{view}"), 0, {"front", "back"}}, lots) == kError);
  CHECK(judged({NamePattern("{lot}_{part}_{view}"), 0, {"front", "back"}},
               {{"1_A_front.png", kPass}, {"2_A_back.png", kPass}}) == kError);
  // The pattern says that the folders are the views, or any: one part.
  CHECK(judged({NamePattern("{view}/{part}"), 0, {"front", "back"}},
               {{"front/A.png", kPass}, {"back/A.png", kPass}}) == kPass);
  CHECK(judged({NamePattern("{folder}/{part}_{view}"), 0, {"front", "back"}}, lots) == kPass);
  // One image in two formats does not stand for the one that is missing.
  CHECK(judged({NamePattern("{part}_{n}"), 2, {}}, {{"A_1.png", kPass}, {"A_1.bmp", kPass}}) ==
        kError);
}

TEST_CASE("names that are not UTF-8 stay apart", "[parts][law]") {
  // Parts B0 A1 and B3 AA in CP949, which both become U+FFFD U+FFFD in a record.
  PartRollUp parts({NamePattern("{part}_{n}"), 2, {}});
  for (const auto& [name, hex] : {std::pair("\uFFFD\uFFFD_1.png", "b0a15f312e706e67"),
                                  std::pair("\uFFFD\uFFFD_2.png", "b3aa5f322e706e67")}) {
    Record record = record_of(name, kPass);
    record.image_hex = hex;
    parts.add(record);
  }
  const auto all = parts.finish();
  REQUIRE(all.size() == 2);
  CHECK(all[0].verdict == kError);
  CHECK(all[0].name == "%B0%A1");
  CHECK(all[1].name == "%B3%AA");
}

TEST_CASE("a REJECT outweighs what is missing", "[parts]") {
  CHECK(judged(kViews, {{"A_front.png", kReject}}) == kReject);
  CHECK(judged(kViews, {{"A_front.png", kReject}, {"A_back.png", kError}}) == kReject);
  CHECK(judged(kViews, {{"A_front.png", kReview}, {"A_back.png", kError}}) == kError);
}

TEST_CASE("a part may be counted instead of named", "[parts][law]") {
  CHECK(judged(kThree, {{"A_1.png", kPass}, {"A_2.png", kPass}, {"A_3.png", kPass}}) == kPass);
  CHECK(judged(kThree, {{"A_1.png", kPass}, {"A_2.png", kPass}}) == kError);
  CHECK(judged(kThree,
               {{"A_1.png", kPass}, {"A_2.png", kPass}, {"A_3.png", kPass}, {"A_4.png", kPass}}) ==
        kError);
}

TEST_CASE("a name that fits no part ends the roll-up", "[parts][law]") {
  PartRollUp parts(kViews);
  CHECK_THROWS_AS(parts.add(record_of("stray.png", kReject)), Error);
}

TEST_CASE("a rule must say what is expected", "[parts]") {
  CHECK_THROWS_AS(check_part_rule({NamePattern("{part}"), 0, {}}), Error);
  CHECK_THROWS_AS(check_part_rule({NamePattern("{part}_{view}"), 2, {"front"}}), Error);
  CHECK_THROWS_AS(check_part_rule({NamePattern("{view}"), 2, {}}), Error);
  CHECK_THROWS_AS(check_part_rule({NamePattern("{part}"), 0, {"front"}}), Error);
  CHECK_THROWS_AS(check_part_rule({NamePattern("{part}_{view}"), 0, {"a", "a"}}), Error);
}

TEST_CASE("parts.csv names what is missing and what is worst", "[parts]") {
  PartRollUp parts(kViews);
  parts.add(record_of("=A_front.png", kPass, 0.25));
  parts.add(record_of("B_front.png", kReview, 0.5));
  parts.add(record_of("B_back.png", kReject, 0.75));
  const TempFolder folder;
  write_parts_csv(folder.path(), parts.finish());
  CHECK(read_file(folder / "parts.csv") ==
        "part,verdict,images,pass,review,reject,error,missing,worst_image,worst_score\n"
        "'=A,ERROR,1,1,0,0,0,back,'=A_front.png,0.25\n"
        "B,REJECT,2,0,1,1,0,,B_back.png,0.75\n");
}
