// Packages are measured in processes of their own: a peak of memory never goes down again, and a
// model is a program.
#include "run_folder.hpp"

#include <zeromiss/base/files.hpp>
#include <zeromiss/base/json.hpp>
#include <zeromiss/base/machine.hpp>
#include <zeromiss/base/stop.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/model/package.hpp>
#include <zeromiss/tools/benchmark.hpp>
#include <zeromiss/tools/choose.hpp>
#include <zeromiss/tools/inspect.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <sstream>
#include <thread>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMessagesFile = "messages.txt";
constexpr std::uintmax_t kMostMessages = 1U << 20U;

void require(int error_number, const char* what) {
  if (error_number != 0)
    throw Error(ErrorKind::output, fmt::format("{}: {}", what, errno_text(error_number)));
}

/// posix_spawn's file actions: nothing to read, nothing to print, messages into a file.
class Streams {
 public:
  explicit Streams(const fs::path& messages) {
    require(::posix_spawn_file_actions_init(&actions_), "posix_spawn");
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO})
      require(::posix_spawn_file_actions_addopen(&actions_, stream, "/dev/null", O_RDWR, 0),
              "posix_spawn");
    require(::posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, messages.c_str(),
                                               O_WRONLY | O_CREAT | O_TRUNC, 0644),
            "posix_spawn");
  }
  ~Streams() { ::posix_spawn_file_actions_destroy(&actions_); }
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

pid_t start(std::vector<std::string> words, const fs::path& messages) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const Streams streams(messages);
  pid_t process = -1;
  require(
      ::posix_spawn(&process, "/proc/self/exe", streams.get(), nullptr, arguments.data(), environ),
      "cannot start a process of its own for the package");
  return process;
}

/// A stop signal that reached this process alone is handed on; the child then ends by itself.
siginfo_t wait_for(pid_t process) {
  bool told = false;
  for (siginfo_t end{};;) {
    end.si_pid = 0;
    const int failed = ::waitid(P_PID, static_cast<id_t>(process), &end, WEXITED | WNOHANG);
    if (failed == 0 && end.si_pid == process) return end;
    if (failed != 0 && errno != EINTR) require(errno, "waitid");
    if (const int signal = stop_signal(); signal != 0 && !told) {
      ::kill(process, signal);
      told = true;
    }
    constexpr std::chrono::milliseconds kPause(5);
    std::this_thread::sleep_for(kPause);
  }
}

/// "benchmark package: error: model.json: …" without what stands before the message.
std::string last_message(const fs::path& file) {
  std::istringstream lines(read_text(file, ErrorKind::output, kMostMessages));
  std::string last;
  for (std::string line; std::getline(lines, line);)
    if (!line.empty()) last = line;
  constexpr std::string_view kMark = ": error: ";
  const auto at = last.find(kMark);
  return printable(at == std::string::npos ? last : last.substr(at + kMark.size()));
}

void write_memory(const fs::path& folder) {
  write_file_atomically(folder / "memory.json", json_pretty({{"peak_rss_mib", peak_rss_mib()}}));
}

}  // namespace

Measurer measure_in_child(
    const std::function<std::vector<std::string>(const PackageOrder&)>& words) {
  return [words](const PackageOrder& order) {
    const fs::path messages = order.folder / kMessagesFile;
    const siginfo_t end = wait_for(start(words(order), messages));
    MeasurementEnd result{end.si_status, last_message(messages)};
    if (end.si_code != CLD_EXITED) {
      result.exit_code = signal_exit_code(end.si_status);
      result.message = fmt::format(
          "its process was killed by signal {} ({}){}", end.si_status,
          ::sigdescr_np(end.si_status) == nullptr ? "unknown" : ::sigdescr_np(end.si_status),
          end.si_status == SIGKILL ? ": out of memory?" : "");
    }
    std::error_code ignored;
    fs::remove(messages, ignored);
    return result;
  };
}

int measure_package(const PackageOrder& order, const EngineLoader& load) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // nobody would read what it measures
  std::ostringstream page;
  const auto common = [&](auto& options, const char* folder) {
    options.model = order.package;
    options.inputs = order.inputs;
    options.output = order.folder / folder;
    options.device = order.device;
    options.batch = order.batch;
    options.threads = order.threads;
    options.precision = read_package(order.package).precision;  // its limits know no other
    options.quiet = options.overwrite = true;
  };
  if (order.what == Measurement::inspection) {
    InspectOptions options;
    common(options, "run");
    options.no_html = true;
    const int code = inspect(options, load, page);
    if (code == kExitDone || code == kExitSomeImagesFailed) write_memory(order.folder);
    return code;
  }
  BenchmarkOptions options;
  common(options, "speed");
  options.seconds = order.seconds;
  options.target_fps = order.target_fps;
  return benchmark(options, load, real_probes(), page);
}

}  // namespace zeromiss
