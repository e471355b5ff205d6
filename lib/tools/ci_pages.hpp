#pragma once

#include <zeromiss/report/metrics_report.hpp>
#include <zeromiss/tools/score.hpp>

#include <ostream>

namespace zeromiss {

/// What a CI server wants besides files: appends the Markdown summary to the file that
/// $GITHUB_STEP_SUMMARY names, and, where $GITHUB_ACTIONS is "true", writes annotations to `out`
/// (to stderr when stdout is the Markdown). Does nothing elsewhere. @throws Error(output)
void publish_to_ci(const Evaluation& evaluation, const ScoreOptions& options, std::ostream& out);

}  // namespace zeromiss
