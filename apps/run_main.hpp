#pragma once

#include <CLI/CLI.hpp>

#include <functional>

namespace zeromiss::app {

/// Adds --version, --config and --print-config, the same for every tool.
void add_common(CLI::App& app);

/// Parses the command line, runs `body`, and turns whatever happens into one line on stderr and an
/// exit code: the only place of a tool that catches.
int run_main(CLI::App& app, int argc, char** argv, const std::function<int()>& body);

}  // namespace zeromiss::app
