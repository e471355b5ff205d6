#include "score_messages.hpp"

#include <zeromiss/base/text.hpp>

#include <fmt/format.h>

#include <cstdio>

namespace zeromiss {

void refuse_usage(const std::string& problem) { throw Error(ErrorKind::usage, problem); }

void note(const ScoreOptions& options, const std::string& message) {
  if (!options.quiet) fmt::print(stderr, "evaluate: {}\n", message);
}

void publish(const Evaluation& evaluation, const ScoreOptions& options, std::ostream& out) {
  if (!options.output.empty()) write_metrics_report(options.output, evaluation, options.overwrite);
  out << metrics_text(evaluation);
  if (!options.output.empty())
    out << "\nWritten: " << printable((options.output / kMetricsFile).string()) << "\n";
}

}  // namespace zeromiss
