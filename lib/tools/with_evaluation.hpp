#pragma once

#include <zeromiss/report/metrics_report.hpp>
#include <zeromiss/tools/score.hpp>

#include <functional>

namespace zeromiss {

/// What is done with an evaluation once it is whole; the result is the exit code.
using EvaluationSink = std::function<int(Evaluation&)>;

/// Reads and scores by the options of what and how, and hands the whole evaluation over; it is
/// valid during the call. @return what `use` returned. @throws Error
int with_evaluation(const ScoreOptions& options, const EvaluationSink& use);

}  // namespace zeromiss
