#pragma once

#include "run_main.hpp"

#include <zeromiss/tools/score.hpp>

namespace zeromiss::app {

// Options that the commands of evaluate share, by concern.
void bind_what(CLI::App& app, ScoreOptions& o);
void bind_point(CLI::App& app, ScoreOptions& o);
void bind_parts(CLI::App& app, ScoreOptions& o);
void bind_gates(CLI::App& app, ScoreOptions& o);
void bind_detection(CLI::App& app, ScoreOptions& o);
void bind_segmentation(CLI::App& app, ScoreOptions& o);
void bind_messages(CLI::App& app, ScoreOptions& o);

}  // namespace zeromiss::app
