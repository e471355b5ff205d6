#pragma once

namespace zeromiss {

/// SIGINT and SIGTERM ask the run to finish what it has in hand; a second one ends the process at
/// once (128 + signal). SIGPIPE is ignored: a closed stdout must not end a night's run.
void install_stop_signals();

/// The signal that asked for a stop, 0 when none did. Safe from any thread.
int stop_signal();

}  // namespace zeromiss
