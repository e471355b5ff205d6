#pragma once

namespace zeromiss {

/// SIGINT and SIGTERM ask the run to finish what it has in hand; a second one ends the process at
/// once (128 + signal). SIGPIPE and SIGXFSZ are ignored: what a write cannot do is an error of that
/// write, with its own exit code.
void install_stop_signals();

/// What a shell calls the exit code of a process that a signal ended.
constexpr int signal_exit_code(int signal) { return 128 + signal; }

/// The signal that asked for a stop, 0 when none did. Safe from any thread.
int stop_signal();

}  // namespace zeromiss
