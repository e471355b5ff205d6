#pragma once

#include <zeromiss/report/metrics_report.hpp>
#include <zeromiss/tools/score.hpp>

#include <ostream>
#include <string>

namespace zeromiss {

struct Baseline;

/// Throws Error(usage).
[[noreturn]] void refuse_usage(const std::string& problem);

/// One line on stderr, unless --quiet.
void note(const ScoreOptions& options, const std::string& message);

/// Before any work: what publish() would not be allowed to write. @throws Error(output)
void refuse_existing_outputs(const ScoreOptions& options);

/// Holds the gates against what was found, writes the files of --output, if there is one, and the
/// page for the terminal. @return the exit code. @throws Error(output), Error(usage)
/// @param baseline  of --baseline; may be null
int publish(Evaluation& evaluation, const Baseline* baseline, const ScoreOptions& options,
            std::ostream& out);

}  // namespace zeromiss
