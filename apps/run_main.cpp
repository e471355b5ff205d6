#include "run_main.hpp"

#include "json_config.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/base/stop.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/base/version.hpp>

#include <fmt/format.h>
#include <malloc.h>

#include <climits>
#include <cstdio>
#include <iostream>
#include <memory>

namespace zeromiss::app {
namespace {

/// Large blocks come from the heap and stay there: without this glibc maps, faults and unmaps fresh
/// pages for every activation above 32 MB (EfficientNet-B0: 1.4 times faster; lib/README.md has the
/// page faults).
void keep_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
  mallopt(M_ARENA_MAX, 1);
#endif
}

int report(const CLI::App& app, const std::string& message, int code) {
  fmt::print(stderr, "{}: error: {}\n", app.get_name(), printable(message));
  return code;
}

int parse(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
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
  keep_memory();
  install_stop_signals();
  if (const int code = parse(app, argc, argv); code >= 0) return flushed(app, code);
  try {
    if (app.count("--print-config") > 0) {
      std::cout << app.config_to_str(true);
      return flushed(app, kExitDone);
    }
    return flushed(app, body());
  } catch (const Error& error) {
    return report(app, error.what(), exit_code(error.kind()));
  } catch (const std::bad_alloc&) {
    return report(app, "out of memory; use a smaller --batch or fewer --threads", kExitBug);
  } catch (const std::exception& error) {
    return report(app, std::string("internal error: ") + error.what() + "; please report it",
                  kExitBug);
  }
}

}  // namespace zeromiss::app
