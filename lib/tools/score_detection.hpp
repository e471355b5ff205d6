#pragma once

#include <zeromiss/tools/score.hpp>

namespace zeromiss {

/// The rest of score() for labels of objects in images: boxes and masks. @throws Error
int score_detection(const ScoreOptions& options, std::ostream& out);

}  // namespace zeromiss
