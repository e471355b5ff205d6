#include "calibration.hpp"

#include "support/catch.hpp"
#include "support/near.hpp"

using namespace zeromiss;

namespace {

CalibrationScores of(std::vector<double> defective, std::vector<double> good) {
  CalibrationScores scores;
  scores.defective = scores.units = std::move(defective);
  scores.good = std::move(good);
  return scores;
}

double review_at(const CalibrationScores& scores, const char* margin) {
  CalibrateOptions options;
  options.margin = margin;
  return choose_limits(options, scores).review_at;
}

}  // namespace

TEST_CASE("a margin is kept whole where scores go below 0") {
  const auto scores = of({0.1, 5, 6}, {-9, -8.5});
  CHECK(review_at(scores, "leave-one-out") == near(-4.8, 1e-12));
  CHECK(review_at(scores, "bootstrap") == near(-4.8, 1e-12));
  CHECK(review_at(of({0.1, 5, 6}, {0.05}), "leave-one-out") == near(-4.8, 1e-12));
}

TEST_CASE("a limit of shares ends at 0, as a package's must") {
  CHECK(review_at(of({0.25, 0.75}, {0.2}), "leave-one-out") == 0.0);
  CHECK(review_at(of({0.25, 0.75}, {}), "bootstrap") == 0.0);
}
