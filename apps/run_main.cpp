#include "run_main.hpp"

#include "json_config.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/base/message.hpp>
#include <zeromiss/base/stop.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/base/version.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

namespace zeromiss::app {
namespace {

/// One line, whatever a library says (OpenCV ends its messages with a line end).
int report(const CLI::App& app, std::string message, int code) {
  std::replace(message.begin(), message.end(), '\n', ' ');
  print_message(fmt::format("{}: error: {}\n", app.get_name(), printable(message)));
  return code;
}

/// Needs no memory itself. Said once, also when the end of the program runs out of it again.
int report_no_memory() noexcept {
  static std::atomic_flag said = ATOMIC_FLAG_INIT;
  if (said.test_and_set()) {
    // Another thread has the word: ending the process at once would cut its line.
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return kExitBug;
  }
  std::array<char, 256> line{};
  std::snprintf(line.data(), line.size(),
                "%s: error: out of memory; use a smaller --batch or fewer --threads\n",
                program_invocation_short_name);
  print_message(line.data());
  return kExitBug;
}

/// What no catch can reach (an exception in a thread of a library) ends with our exit code, too:
/// a script must be able to tell it from a kill.
[[noreturn]] void on_terminate() {
  const auto report_bug = [](const char* what) {
    for (const char* part : {static_cast<const char*>(program_invocation_short_name),
                             ": error: internal error: ", what, "; please report it\n"})
      print_message(part);
  };
  try {
    if (const auto current = std::current_exception()) std::rethrow_exception(current);
    report_bug("terminated");  // also a library that got no memory where it cannot say so
  } catch (const std::bad_alloc&) {
    report_no_memory();
  } catch (const std::exception& error) {
    report_bug(error.what());
  } catch (...) {
    report_bug("an unknown exception");
  }
  std::_Exit(kExitBug);
}

/// Before main(): it may itself run out of memory while it lists its options.
[[maybe_unused]] const std::terminate_handler kEarlierHandler = std::set_terminate(on_terminate);

/// A closed stdin, stdout or stderr gives its number to the next file that is opened: messages
/// would be written into results.jsonl.
void keep_standard_streams() {
  int descriptor = 0;
  do {
    descriptor = ::open("/dev/null", O_RDWR);
  } while (descriptor >= 0 && descriptor <= STDERR_FILENO);
  if (descriptor > STDERR_FILENO) ::close(descriptor);
}

/// @return the first argument that would be read as a list, or nothing
std::string list_like_argument(const CLI::App* app, int argc, char** argv) {
  const CLI::Option* option = nullptr;  // whose values come next
  for (int i = 1; i < argc; ++i) {
    std::string_view value = argv[i];
    if (value.size() > 1 && value.front() == '-') {
      const bool is_long = value.starts_with("--");
      const auto end = std::min(is_long ? value.find('=') : 2, value.size());
      option = app->get_option_no_throw(std::string(value.substr(0, end)));
      value.remove_prefix(std::min(end + (is_long ? 1 : 0), value.size()));
      if (value.empty()) continue;
    } else if (option == nullptr) {
      const auto subcommands = app->get_subcommands(
          [&](const CLI::App* one) { return one->check_name(std::string(value)); });
      if (!subcommands.empty()) app = subcommands.front();
    }
    if (is_list_like(value) && (option == nullptr || option->get_allow_extra_args()))
      return std::string(value);
    if (option != nullptr && !option->get_allow_extra_args()) option = nullptr;
  }
  return "";
}

/// A value that is empty, as of a variable that a script did not set, would be as if the option
/// were not there: no hash list, no seal, no limit. @return the option's name, or nothing
std::string empty_option(const CLI::App& app) {
  for (const CLI::Option* option : app.get_options()) {
    const auto& values = option->results();
    if (option->get_items_expected_max() > 0 && option->count() > 0 &&
        std::any_of(values.begin(), values.end(), [](const auto& v) { return v.empty(); }))
      return option->get_name();
  }
  for (const CLI::App* one : app.get_subcommands())
    if (const std::string name = empty_option(*one); !name.empty()) return name;
  return "";
}

/// A command has its own options: those of the tool before it would be read and have no effect.
/// @return what is wrong, or nothing
std::string stray_problem(const CLI::App& app) {
  const auto commands = app.get_subcommands();  // those that were given
  if (commands.empty()) return "";
  const std::string command = commands.front()->get_name();
  if (commands.size() > 1)
    return fmt::format("{0} and {1} are both commands, expected one; write ./{1} for a file",
                       command, commands.back()->get_name());
  for (const CLI::Option* option : app.get_options())
    if (option->count() > 0)
      return fmt::format(
          "{0} before {1} would have no effect; give {1} its own options, see {2} "
          "{1} --help",
          option->get_name(), command, app.get_name());
  return "";
}

int parse(CLI::App& app, int argc, char** argv) {
  const auto refuse = [&](const std::string& what) {
    return report(app, what, exit_code(ErrorKind::usage));
  };
  if (const std::string found = list_like_argument(&app, argc, argv); !found.empty())
    return refuse(fmt::format("\"{}\" {}", found, list_like_problem(found)));
  try {
    app.parse(argc, argv);
    if (const std::string name = empty_option(app); !name.empty())
      return refuse(name + ": its value is empty; is a variable not set?");
    if (const std::string problem = stray_problem(app); !problem.empty()) return refuse(problem);
  } catch (const CLI::Success& success) {  // --help, --version
    return app.exit(success), kExitDone;
  } catch (const CLI::ConfigError& error) {
    // CLI11 speaks of INI files whatever the format is: "INI was not able to parse NAME".
    const std::string text = error.what();
    const std::string name = text.substr(text.rfind(' ') + 1);
    return report(app,
                  "--config: unknown option \"" + name + "\"; see " + app.get_name() + " --help",
                  exit_code(ErrorKind::usage));
  } catch (const CLI::ParseError& error) {
    return report(app, std::string(error.what()) + "; see " + app.get_name() + " --help",
                  exit_code(ErrorKind::usage));
  } catch (const Error& error) {  // from the configuration file
    return report(app, error.what(), exit_code(error.kind()));
  }
  return -1;
}

/// Results that did not reach stdout are not done.
int flushed(const CLI::App& app, int code) {
  std::cout.flush();
  if (std::cout.good() && std::fflush(stdout) == 0) return code;
  const int failed = exit_code(ErrorKind::output);
  return report(app, "cannot write to stdout", code == kExitDone ? failed : code);
}

}  // namespace

void add_common(CLI::App& app) {
  app.set_version_flag("--version", std::string(kVersion), "Print the version");
  app.config_formatter(std::make_shared<JsonConfig>());
  app.set_config("--config", "", "Read options from a JSON file; the command line wins over it");
  app.allow_config_extras(CLI::config_extras_mode::error);
  app.add_flag("--print-config")
      ->description("Print the options in force as JSON for --config, and end");
}

int run_main(CLI::App& app, int argc, char** argv, const std::function<int()>& body) {
  keep_standard_streams();
  install_stop_signals();
  if (const int code = parse(app, argc, argv); code >= 0) return flushed(app, code);
  try {
    if (app.count("--print-config") > 0 && app.get_option("--print-config")->as<bool>()) {
      std::cout << app.config_to_str(true);
      return flushed(app, kExitDone);
    }
    return flushed(app, body());
  } catch (const Error& error) {
    return report(app, error.what(), exit_code(error.kind()));
  } catch (const std::filesystem::filesystem_error& error) {  // a place that cannot be looked at
    return report(app, error.what(), exit_code(ErrorKind::input));
  } catch (const std::bad_alloc&) {
    return report_no_memory();
  } catch (const std::exception& error) {
    std::string what = error.what();
    while (!what.empty() && what.back() == '\n') what.pop_back();
    return report(app, "internal error: " + what + "; please report it", kExitBug);
  }
}

}  // namespace zeromiss::app
