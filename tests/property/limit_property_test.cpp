// The limit picker beside a brute-force twin, and the promise it makes.
#include "support/catch.hpp"

#include <zeromiss/metrics/intervals.hpp>
#include <zeromiss/metrics/limit.hpp>

#include <algorithm>
#include <random>

using namespace zeromiss;

namespace {

/// Tries every score as the limit, and counts by hand.
std::optional<double> twin(const std::vector<double>& scores, double target, double confidence) {
  std::optional<double> best;
  for (const double limit : scores) {
    const auto escapes = static_cast<std::uint64_t>(
        std::count_if(scores.begin(), scores.end(), [&](double s) { return s < limit; }));
    if (*upper_bound(escapes, scores.size(), confidence) <= target && limit > best.value_or(-1.0))
      best = limit;
  }
  return best;
}

}  // namespace

TEST_CASE("the limit is the one that trying all of them finds, ties or not") {
  std::mt19937_64 random(20261124);
  for (int round = 0; round < 400; ++round) {
    const std::size_t n = 1 + random() % 150;
    const std::uint64_t levels = round % 2 == 0 ? 8 : 1000;
    std::vector<double> scores(n);
    for (double& score : scores)
      score = static_cast<double>(random() % levels) / static_cast<double>(levels);
    const double target = 0.01 + static_cast<double>(random() % 30) / 100.0;
    INFO("round " << round << ", n " << n << ", target " << target);
    CHECK(risk_limit(scores, target, 0.95) == twin(scores, target, 0.95));
  }
}

// Scores uniform on [0, 1): the true miss rate of a limit is the limit itself.
TEST_CASE("the promised miss rate holds in at least the promised share of 2,000 lots") {
  std::mt19937_64 random(20261124);
  std::uniform_real_distribution<double> uniform;
  constexpr int kLots = 2000;
  constexpr double kTarget = 0.02, kConfidence = 0.95;
  int held = 0;
  for (int lot = 0; lot < kLots; ++lot) {
    std::vector<double> scores(500);
    for (double& score : scores) score = uniform(random);
    if (risk_limit(scores, kTarget, kConfidence).value() <= kTarget) ++held;
  }
  CHECK(held >= kConfidence * kLots);
  CHECK(held < kLots);  // and does not promise less than it could: some lots fail
}
