#include "support/catch.hpp"

#include <zeromiss/metrics/parts.hpp>

#include <algorithm>

using namespace zeromiss;

namespace {

constexpr std::size_t kDent = 0, kHole = 1, kGood = 2;

struct Shown {
  std::uint32_t part;
  std::size_t truth;
  Decision decision;
};

PartCounts count(const std::vector<Shown>& images) {
  std::vector<std::uint32_t> part;
  std::uint32_t parts = 0;
  for (const Shown& image : images) {
    part.push_back(image.part);
    parts = std::max(parts, image.part + 1);
  }
  return count_parts(
      part, parts, {true, true, false}, [&](std::size_t i) { return images[i].truth; },
      [&](std::size_t i) { return images[i].decision; });
}

std::uint64_t escapes(const PartCounts::Defective& parts) {
  return parts.decisions.passed + parts.decisions.missing;
}

}  // namespace

TEST_CASE("a part is missed as soon as one of its images with a defect passes") {
  const auto flagged = Decision::flagged, passed = Decision::passed, missing = Decision::missing;
  const PartCounts counts = count({{0, kDent, flagged},
                                   {0, kDent, flagged},  // found
                                   {1, kDent, flagged},
                                   {1, kDent, passed},  // missed, but stopped as a whole
                                   {2, kDent, passed},
                                   {2, kGood, passed},  // missed as a whole
                                   {3, kDent, missing},
                                   {3, kGood, flagged},  // another view stopped it
                                   {4, kGood, passed}});
  CHECK(counts.parts == 5);
  CHECK(counts.defective.decisions.total() == 4);
  CHECK(escapes(counts.defective) == 3);
  CHECK(counts.defective.escaped_whole == 1);
}

TEST_CASE("images in ERROR are found by nobody, and stop the part") {
  const PartCounts counts = count({{0, kDent, Decision::not_judged},
                                   {1, kDent, Decision::not_judged},
                                   {1, kDent, Decision::flagged},
                                   {2, kDent, Decision::not_judged},
                                   {2, kDent, Decision::passed}});
  CHECK(counts.defective.decisions.not_judged == 1);
  CHECK(counts.defective.decisions.flagged == 1);
  CHECK(escapes(counts.defective) == 1);
  CHECK(counts.defective.escaped_whole == 0);
}

TEST_CASE("a part with several kinds of defects counts in each, and once in all") {
  const PartCounts counts = count(
      {{0, kDent, Decision::flagged}, {0, kHole, Decision::passed}, {1, kHole, Decision::flagged}});
  CHECK(counts.defective.decisions.total() == 2);
  CHECK(escapes(counts.defective) == 1);
  CHECK(counts.classes[kDent].decisions.total() == 1);
  CHECK(escapes(counts.classes[kDent]) == 0);
  CHECK(counts.classes[kHole].decisions.total() == 2);
  CHECK(escapes(counts.classes[kHole]) == 1);
  CHECK(counts.classes[kGood].decisions.total() == 0);
}
