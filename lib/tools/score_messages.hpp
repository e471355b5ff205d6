#pragma once

#include <zeromiss/report/metrics_report.hpp>
#include <zeromiss/tools/score.hpp>

#include <ostream>
#include <string>

namespace zeromiss {

/// Throws Error(usage).
[[noreturn]] void refuse_usage(const std::string& problem);

/// One line on stderr, unless --quiet.
void note(const ScoreOptions& options, const std::string& message);

/// Writes the files of --output, if there is one, and the page for the terminal. @throws
/// Error(output)
void publish(const Evaluation& evaluation, const ScoreOptions& options, std::ostream& out);

}  // namespace zeromiss
