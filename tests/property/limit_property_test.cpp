// The limit picker beside a brute-force twin, and the promise it makes.
#include "support/catch.hpp"
#include "support/near.hpp"

#include <zeromiss/metrics/intervals.hpp>
#include <zeromiss/metrics/limit.hpp>
#include <zeromiss/metrics/risk_curve.hpp>

#include <algorithm>
#include <cmath>
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

double uniform(std::mt19937_64& random) {  // [0, 1), the same on every platform
  return static_cast<double>(random() >> 11U) * 0x1p-53;
}

std::vector<double> scores_with_ties(std::mt19937_64& random, std::size_t n, std::uint64_t levels) {
  std::vector<double> scores(n);
  for (double& score : scores)
    score = static_cast<double>(random() % levels) / static_cast<double>(levels);
  return scores;
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

TEST_CASE("the margins are what drawing and leaving out by hand give") {
  std::mt19937_64 random(5);
  for (int round = 0; round < 60; ++round) {
    const std::size_t n = 2 + random() % 60;
    const auto scores = scores_with_ties(random, n, round % 2 == 0 ? 6 : 100'000);
    INFO("round " << round << ", n " << n);
    // Leave each one out in turn: how far the limit of the rest would have missed it, at most.
    double worst = 0.0;
    for (std::size_t out = 0; out < n; ++out) {
      double limit = 2.0;
      for (std::size_t i = 0; i < n; ++i)
        if (i != out) limit = std::min(limit, scores[i]);
      worst = std::max(worst, limit - scores[out]);
    }
    const double lowest = *std::min_element(scores.begin(), scores.end());
    CHECK(leave_one_out_limit(scores).value() == near(lowest - worst, 1e-12));
    // Draw 4,000 resamples; their 95 % quantile is one of the scores, up to the luck of drawing.
    std::vector<double> lowests;
    for (int resample = 0; resample < 4000; ++resample) {
      double low = 2.0;
      for (std::size_t i = 0; i < n; ++i) low = std::min(low, scores[random() % n]);
      lowests.push_back(low);
    }
    std::sort(lowests.begin(), lowests.end());
    const double quantile = lowest + (lowest - bootstrap_limit(scores, 0.95).value());
    CHECK(lowests[static_cast<std::size_t>(0.935 * 4000)] <= quantile + 1e-12);
    CHECK(lowests[static_cast<std::size_t>(0.965 * 4000)] >= quantile - 1e-12);
  }
}

TEST_CASE("the review band is the one that trying all limits finds") {
  std::mt19937_64 random(6);
  for (int round = 0; round < 400; ++round) {
    const std::uint64_t levels = round % 2 == 0 ? 8 : 1000;
    const auto defective = scores_with_ties(random, 1 + random() % 60, levels);
    const auto good = scores_with_ties(random, random() % 60, levels);
    const double share = static_cast<double>(random() % 20) / 64.0;
    const double review_at = *std::min_element(defective.begin(), defective.end());
    const double limit = rejection_limit(defective, good, share, review_at);
    INFO("round " << round);
    const auto rejected = [&](double at) {
      return static_cast<double>(
          std::count_if(good.begin(), good.end(), [&](double s) { return s >= at; }));
    };
    const double allowed = share * static_cast<double>(good.size());
    CHECK(limit >= review_at);
    CHECK(rejected(limit) <= allowed);
    // No lower limit would reject more of the defects at that price.
    for (const double lower : defective)
      if (lower >= review_at && lower < limit) CHECK(rejected(lower) > allowed);
  }
}

TEST_CASE("the risk curve counts what counting by hand counts") {
  std::mt19937_64 random(7);
  for (int round = 0; round < 100; ++round) {
    RiskInput input;
    input.defective = scores_with_ties(random, 1 + random() % 80, round % 2 == 0 ? 8 : 1000);
    input.good = scores_with_ties(random, 1 + random() % 80, 8);
    input.always_escaped = random() % 3;
    input.never_escaped = random() % 3;
    input.always_overkilled = random() % 3;
    const auto n = input.defective.size() + input.always_escaped + input.never_escaped;
    const std::size_t most = 1 + random() % 100;
    const auto curve = risk_curve(input, 0.95, most);
    REQUIRE_FALSE(curve.empty());
    CHECK(curve.size() <= most);
    CHECK(curve.front().escapes == input.always_escaped);
    for (const RiskPoint& point : curve) {
      std::uint64_t escapes = input.always_escaped, overkills = input.always_overkilled;
      for (const double score : input.defective) escapes += score < point.limit ? 1 : 0;
      for (const double score : input.good) overkills += score >= point.limit ? 1 : 0;
      CHECK(point.escapes == escapes);
      CHECK(point.overkills == overkills);
      CHECK(point.escape_rate_upper == *upper_bound(escapes, n, 0.95));
    }
    for (std::size_t i = 1; i < curve.size(); ++i) CHECK(curve[i].limit > curve[i - 1].limit);
  }
}

// Scores uniform on [0, 1): the true miss rate of a limit is the limit itself. What the miss rate
// of a limit that counts ranks does is the same for every continuous distribution.
TEST_CASE("the promised miss rate holds in at least the promised share of 2,000 lots") {
  std::mt19937_64 random(20261124);
  constexpr int kLots = 2000;
  constexpr double kConfidence = 0.95;
  // 0, 4 and 16 escapes are allowed: metrics.md 9.5.
  for (const auto& [n, target] :
       {std::pair(500, 0.02), std::pair(1000, 0.01), std::pair(500, 0.05)}) {
    int held = 0;
    for (int lot = 0; lot < kLots; ++lot) {
      std::vector<double> scores(static_cast<std::size_t>(n));
      for (double& score : scores) score = uniform(random);
      if (risk_limit(scores, target, kConfidence).value() <= target) ++held;
    }
    INFO("n " << n << ", target " << target << ", held in " << held);
    CHECK(held >= kConfidence * kLots);
    CHECK(held < kLots);  // and does not promise less than it could: some lots fail
  }
}

TEST_CASE("with equal scores the promise holds, too") {
  std::mt19937_64 random(9);
  constexpr int kLots = 2000;
  constexpr double kLevels = 200.0;
  int held = 0;
  for (int lot = 0; lot < kLots; ++lot) {
    std::vector<double> scores(500);
    for (double& score : scores) score = std::floor(uniform(random) * kLevels) / kLevels;
    // P(score < t) of a limit that is one of the levels is the limit again.
    if (risk_limit(scores, 0.02, 0.95).value() <= 0.02) ++held;
  }
  CHECK(held >= 0.95 * kLots);
}

namespace {

struct Outcome {
  double mean_miss = 0.0;  ///< in units of 1 / (n + 1)
  double held = 0.0;       ///< share of lots whose miss rate is at most 1 %
};

/// 2,000 lots of 299 scores whose distribution is F(x) = x^power near the lowest ones: `power` 1
/// even, below 1 crowded at the lower end, above 1 with few faint defects far below the rest.
template <typename Rule>
Outcome simulate(double power, Rule rule) {
  constexpr int kLots = 2000;
  constexpr std::size_t kSize = 299;
  std::mt19937_64 random(4711);
  Outcome outcome;
  for (int lot = 0; lot < kLots; ++lot) {
    std::vector<double> scores(kSize);
    for (double& score : scores) score = std::pow(uniform(random), 1.0 / power);
    const double miss = std::pow(std::max(0.0, rule(scores)), power);
    outcome.mean_miss += miss * (kSize + 1) / kLots;
    outcome.held += (miss <= 0.01 ? 1.0 : 0.0) / kLots;
  }
  return outcome;
}

}  // namespace

// By hand for an even lower end: the lowest three scores are E1, E1 + E2, E1 + E2 + E3 over n with
// exponential gaps, so the mean miss rate is 1/n times E[E1] = 1, E[(E1 - E2)+] = 1/2 and
// E[(E1 - E2 - E3)+] = 1/4. The figures of the manual.
TEST_CASE("what the margins really give over 2,000 lots of 299 defects") {
  const auto none = [](const std::vector<double>& s) {
    return *std::min_element(s.begin(), s.end());
  };
  const auto loo = [](const std::vector<double>& s) { return leave_one_out_limit(s).value(); };
  const auto bootstrap = [](const std::vector<double>& s) {
    return bootstrap_limit(s, 0.95).value();
  };
  struct Expected {
    double power, loo, bootstrap;
  };
  // The other two by a simulation of another program (Python's random, 2,000 lots).
  for (const auto& [power, by_loo, by_bootstrap] :
       {Expected{1.0, 0.5, 0.25}, Expected{1.0 / 3.0, 0.30, 0.07}, Expected{3.0, 0.63, 0.41}}) {
    INFO("power " << power);
    CHECK(simulate(power, none).mean_miss == near(1.0, 0.08));
    CHECK(simulate(power, loo).mean_miss == near(by_loo, 0.07));
    CHECK(simulate(power, bootstrap).mean_miss == near(by_bootstrap, 0.07));
  }
  // 1 - 0.99^299 = 95.05 % without a margin (Wilks), whatever the distribution.
  for (const double power : {1.0 / 3.0, 1.0, 3.0}) {
    INFO("power " << power);
    CHECK(simulate(power, none).held == near(0.9505, 0.015));
    CHECK(simulate(power, loo).held >= simulate(power, none).held);
    CHECK(simulate(power, bootstrap).held >= simulate(power, loo).held);
  }
}
