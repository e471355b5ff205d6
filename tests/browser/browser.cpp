#include "browser.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

extern char** environ;

namespace zeromiss::test {
namespace {

using Json = nlohmann::json;

constexpr int kPatienceMs = 60'000;

std::pair<int, int> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  // Above 4, so that the child's 3 and 4 never are what is copied onto them.
  const std::pair<int, int> moved = {::fcntl(ends[0], F_DUPFD_CLOEXEC, 10),
                                     ::fcntl(ends[1], F_DUPFD_CLOEXEC, 10)};
  ::close(ends[0]);
  ::close(ends[1]);
  return moved;
}

/// Starts a program in its own process group, reading commands on 3 and answering on 4.
pid_t start(const std::vector<std::string>& command, int input, int output) {
  std::vector<char*> arguments;
  for (const auto& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, input, 3);
  ::posix_spawn_file_actions_adddup2(&actions, output, 4);
  ::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  pid_t process = -1;
  const int failed =
      ::posix_spawn(&process, command[0].c_str(), &actions, &attributes, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (failed != 0) throw std::runtime_error("cannot start " + command[0]);
  return process;
}

std::string from_base64(const std::string& text) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned bits = 0, have = 0;
  for (const char c : text) {
    const auto digit = digits.find(c);
    if (digit == std::string::npos) break;
    bits = bits << 6U | static_cast<unsigned>(digit);
    have += 6;
    if (have >= 8) bytes += static_cast<char>(bits >> (have -= 8) & 255U);
  }
  return bytes;
}

}  // namespace

std::filesystem::path find_chromium() {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');)
    for (const char* name : {"chromium", "chromium-browser", "google-chrome"})
      if (const auto file = std::filesystem::path(folder) / name; ::access(file.c_str(), X_OK) == 0)
        return file;
  return {};
}

Browser::Browser(const std::string& language) {
  std::string profile =
      (std::filesystem::temp_directory_path() / "zeromiss-browser-XXXXXX").string();
  if (::mkdtemp(profile.data()) == nullptr) throw std::runtime_error("cannot make " + profile);
  profile_ = profile;
  const auto [child_in, to_browser] = make_pipe();
  const auto [from_browser, child_out] = make_pipe();
  to_browser_ = to_browser;
  from_browser_ = from_browser;
  process_ = start(
      {find_chromium().string(), "--headless=new", "--no-sandbox", "--disable-gpu",
       "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
       "--disable-component-update", "--disable-sync", "--hide-scrollbars",
       "--host-resolver-rules=MAP * ~NOTFOUND", "--user-data-dir=" + profile, "--lang=" + language,
       "--accept-lang=" + language, "--remote-debugging-pipe", "about:blank"},
      child_in, child_out);
  ::close(child_in);
  ::close(child_out);
  const auto target = call("Target.createTarget", {{"url", "about:blank"}})["targetId"];
  session_ = call("Target.attachToTarget", {{"targetId", target}, {"flatten", true}})["sessionId"];
  for (const char* domain : {"Page", "Runtime", "Log", "Network"})
    call(std::string(domain) + ".enable", Json::object());
  resize(1280, 900);
}

Browser::~Browser() {
  ::close(to_browser_);
  ::close(from_browser_);
  ::kill(-process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  std::error_code ignored;
  for (int i = 0; i < 20 && std::filesystem::exists(profile_); ++i) {
    std::filesystem::remove_all(profile_, ignored);
    if (std::filesystem::exists(profile_)) ::usleep(50'000);  // its helpers are still ending
  }
}

void Browser::open(const std::filesystem::path& page) {
  page_ = "file://" + page.string();
  loaded_ = false;
  call("Page.navigate", {{"url", page_}});
  while (!loaded_) note_event(read_message());
  evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)))");
}

void Browser::resize(int width, int height) {
  call("Emulation.setDeviceMetricsOverride",
       {{"width", width}, {"height", height}, {"deviceScaleFactor", 1}, {"mobile", false}});
  // Charts follow their container a frame later.
  evaluate(
      "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => "
      "setTimeout(done, 50))))");
}

void Browser::prefer_dark(bool dark) {
  call("Emulation.setEmulatedMedia",
       {{"features", {{{"name", "prefers-color-scheme"}, {"value", dark ? "dark" : "light"}}}}});
}

Json Browser::evaluate(const std::string& expression) {
  const auto answer =
      call("Runtime.evaluate",
           {{"expression", expression}, {"returnByValue", true}, {"awaitPromise", true}});
  if (answer.contains("exceptionDetails"))
    throw std::runtime_error(answer["exceptionDetails"].dump());
  return answer["result"].value("value", Json());
}

void Browser::press(const std::string& key) {
  const bool enter = key == "Enter";
  const int code = enter ? 13 : 9;
  Json event = {{"type", enter ? "keyDown" : "rawKeyDown"},
                {"key", key},
                {"code", key},
                {"windowsVirtualKeyCode", code}};
  if (enter) event["text"] = "\r";
  call("Input.dispatchKeyEvent", event);
  call("Input.dispatchKeyEvent",
       {{"type", "keyUp"}, {"key", key}, {"code", key}, {"windowsVirtualKeyCode", code}});
}

void Browser::screenshot(const std::string& name) {
  const char* folder = std::getenv("ZEROMISS_SCREENSHOTS");
  if (folder == nullptr) return;
  evaluate("new Promise(done => setTimeout(done, 200))");
  const auto image =
      call("Page.captureScreenshot", {{"captureBeyondViewport", true}, {"format", "png"}});
  std::ofstream(std::filesystem::path(folder) / (name + ".png"), std::ios::binary)
      << from_base64(image["data"].get<std::string>());
}

Json Browser::call(const std::string& method, const Json& parameters) {
  Json command = {{"id", ++last_id_}, {"method", method}, {"params", parameters}};
  if (!session_.empty()) command["sessionId"] = session_;
  const std::string text = command.dump() + '\0';
  if (::write(to_browser_, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    throw std::runtime_error("chromium does not read");
  for (;;) {
    const auto message = read_message();
    if (!message.contains("id")) {
      note_event(message);
      continue;
    }
    if (message["id"] != last_id_) continue;
    if (message.contains("error"))
      throw std::runtime_error(method + ": " + message["error"].dump());
    return message["result"];
  }
}

Json Browser::read_message() {
  for (;;) {
    if (const auto end = pending_.find('\0'); end != std::string::npos) {
      const auto message = Json::parse(pending_.substr(0, end));
      pending_.erase(0, end + 1);
      return message;
    }
    pollfd waiting = {from_browser_, POLLIN, 0};
    if (::poll(&waiting, 1, kPatienceMs) <= 0) throw std::runtime_error("chromium does not answer");
    std::array<char, 65536> block{};
    const ssize_t got = ::read(from_browser_, block.data(), block.size());
    if (got <= 0) throw std::runtime_error("chromium ended");
    pending_.append(block.data(), static_cast<std::size_t>(got));
  }
}

void Browser::note_event(const Json& event) {
  const std::string method = event.value("method", "");
  if (method == "Page.loadEventFired") loaded_ = true;
  if (method == "Runtime.consoleAPICalled" || method == "Runtime.exceptionThrown" ||
      method == "Log.entryAdded")
    complaints_.push_back(event["params"].dump());
  if (method == "Network.requestWillBeSent") {
    const std::string url = event["params"]["request"]["url"];
    if (url.rfind("data:", 0) != 0 && url != page_) requests_.push_back(url);
  }
}

}  // namespace zeromiss::test
