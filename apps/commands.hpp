#pragma once

#include <algorithm>
#include <span>
#include <string_view>

namespace zeromiss::app {

/// A command of a tool, `evaluate compare …`: a program of its own, whose options, --help and
/// --config are no other's.
struct Command {
  std::string_view name;
  int (*run)(int argc, char** argv);  ///< argv[0] is the command's name
};

/// The command that the first argument names; null where it is none.
inline const Command* find_command(std::span<const Command> commands, int argc, char** argv) {
  if (argc < 2) return nullptr;
  const auto found = std::find_if(commands.begin(), commands.end(),
                                  [&](const Command& c) { return c.name == argv[1]; });
  return found == commands.end() ? nullptr : &*found;
}

}  // namespace zeromiss::app
