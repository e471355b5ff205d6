#pragma once

#include "match.hpp"

#include <zeromiss/tools/score.hpp>

#include <vector>

namespace zeromiss {

struct LabelledScores {
  GroundTruth truth;
  PredictedRun run;
  Matched matched;
  std::vector<bool> defects;  ///< one a class of `matched`
};

/// What `evaluate` reads, for commands that need the scores and nothing else. @throws Error
LabelledScores read_labelled_scores(const ScoreOptions& options);

}  // namespace zeromiss
