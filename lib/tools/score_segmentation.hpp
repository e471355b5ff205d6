#pragma once

#include "with_evaluation.hpp"

#include <zeromiss/tools/score.hpp>

namespace zeromiss {

/// Whether the ground truth is to be read as masks: by --task, --gt-format, or what is there.
bool is_segmentation(const ScoreOptions& options);

/// The rest of score() for masks. @throws Error
int score_segmentation(const ScoreOptions& options, const EvaluationSink& use);

}  // namespace zeromiss
