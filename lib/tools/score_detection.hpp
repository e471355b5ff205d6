#pragma once

#include "with_evaluation.hpp"

#include <zeromiss/tools/score.hpp>

namespace zeromiss {

/// The rest of score() for labels of objects in images: boxes and masks. @throws Error
int score_detection(const ScoreOptions& options, const EvaluationSink& use);

}  // namespace zeromiss
