#pragma once

#include <nlohmann/json.hpp>
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace zeromiss::test {

/// The path of chromium, or empty.
std::filesystem::path find_chromium();

/// One page in headless Chromium, driven over its DevTools pipe: no port, no driver, no profile
/// left behind. Everything throws std::runtime_error when Chromium does not answer in time.
class Browser {
 public:
  /// @param language  what navigator.language says
  explicit Browser(const std::string& language = "en-US");
  ~Browser();
  Browser(const Browser&) = delete;
  Browser& operator=(const Browser&) = delete;

  /// Opens a file and waits until it is loaded.
  void open(const std::filesystem::path& page);
  void resize(int width, int height);
  void prefer_dark(bool dark);
  /// The value of an expression. A JavaScript exception is thrown on.
  nlohmann::json evaluate(const std::string& expression);
  /// A real key press, "Tab" or "Enter".
  void press(const std::string& key);
  /// Saves the whole page as PNG into $ZEROMISS_SCREENSHOTS; nothing where that is not set.
  void screenshot(const std::string& name);

  /// Console messages, uncaught exceptions and violations of the page's policy.
  [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }
  /// Addresses that were asked for, other than data: and the page itself.
  [[nodiscard]] const std::vector<std::string>& requests() const { return requests_; }

 private:
  nlohmann::json call(const std::string& method, const nlohmann::json& parameters);
  nlohmann::json read_message();
  void note_event(const nlohmann::json& event);

  std::filesystem::path profile_;
  pid_t process_ = -1;
  int to_browser_ = -1, from_browser_ = -1;
  int last_id_ = 0;
  bool loaded_ = false;
  std::string session_, page_, pending_;
  std::vector<std::string> complaints_, requests_;
};

}  // namespace zeromiss::test
