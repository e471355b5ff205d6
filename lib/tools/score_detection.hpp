#pragma once

#include <zeromiss/tools/score.hpp>

namespace zeromiss {

/// Whether the labels are of objects in images: --gt-format coco, or a file that looks like it.
bool is_detection(const ScoreOptions& options);

/// The rest of score() for objects. @throws Error
int score_detection(const ScoreOptions& options, std::ostream& out);

}  // namespace zeromiss
