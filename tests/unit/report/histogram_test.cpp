#include "histogram.hpp"

#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <limits>

using zeromiss::axis_around;
using zeromiss::Limits;
using zeromiss::ScoreHistogram;
using zeromiss::ScoreRange;
using zeromiss::VerdictKind;

TEST_CASE("every score falls into one bin, also on and beyond the ends of the axis") {
  ScoreHistogram histogram({0, 1});  // 50 bins of 0.02
  for (const double score : {0.0, 0.019, -5.0}) histogram.add(score, VerdictKind::pass);
  histogram.add(0.021, VerdictKind::review);
  for (const double score : {0.5, 1.0, 7.0, 1e300}) histogram.add(score, VerdictKind::reject);
  const auto json = histogram.json();
  CHECK(json["counts"]["PASS"][0] == 3);
  CHECK(json["counts"]["REVIEW"][1] == 1);
  CHECK(json["counts"]["REJECT"][25] == 1);
  CHECK(json["counts"]["REJECT"][49] == 3);
  CHECK(json["below"] == 1);
  CHECK(json["above"] == 2);
  CHECK(json["counts"]["PASS"].size() == 50);
}

TEST_CASE("an axis holds all scores and both limits") {
  ScoreRange range;
  for (const double score : {3.0, -1.0, 7.0}) range.add(score);
  CHECK(axis_around(range, {4, 6}).from == -1);
  CHECK(axis_around(range, {4, 6}).to == 7);
  CHECK(axis_around(range, {8, 9}).to == 9);
  CHECK(axis_around(range, {-3, 9}).from == -3);
}

TEST_CASE("one extreme score does not flatten the rest of the axis") {
  ScoreRange range;
  for (const double score : {0.0, 1.0, 1e30}) range.add(score);
  CHECK(axis_around(range, {1, 2}).to == 10);  // reject_at + 4 x (2 - 0)
}

TEST_CASE("an axis has a width even where scores and limits are all the same, or there are none") {
  ScoreRange range;
  CHECK(axis_around(range, {2, 2}).to > axis_around(range, {2, 2}).from);
  range.add(2);
  CHECK(axis_around(range, {2, 2}).to > axis_around(range, {2, 2}).from);
}

TEST_CASE("an axis over the whole range of doubles still counts") {
  constexpr double kHuge = std::numeric_limits<double>::max();
  ScoreRange range;
  range.add(-kHuge);
  range.add(kHuge);
  ScoreHistogram histogram(axis_around(range, {0, 0}));
  histogram.add(-kHuge, VerdictKind::pass);
  histogram.add(kHuge, VerdictKind::reject);
  CHECK(histogram.json()["counts"]["PASS"][0] == 1);
  CHECK(histogram.json()["counts"]["REJECT"][49] == 1);
}
