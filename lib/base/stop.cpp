#include <zeromiss/base/stop.hpp>

#include <unistd.h>

#include <atomic>
#include <csignal>

namespace zeromiss {
namespace {

std::atomic<int> g_signal{0};
static_assert(std::atomic<int>::is_always_lock_free,
              "a signal handler may only touch lock-free atomics");

extern "C" void on_stop(int signal) {
  if (g_signal.exchange(signal) != 0) ::_exit(signal_exit_code(signal));
}

}  // namespace

void install_stop_signals() {
  struct sigaction action {};
  action.sa_handler = on_stop;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
}

int stop_signal() { return g_signal.load(); }

}  // namespace zeromiss
