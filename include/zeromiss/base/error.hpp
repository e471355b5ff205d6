#pragma once

#include <stdexcept>
#include <string>

namespace zeromiss {

/// Why a run cannot go on. Each kind is one exit code of the manual (apps/README.md).
enum class ErrorKind {
  usage,     ///< 2: wrong options or configuration
  input,     ///< 3: images, labels or model unusable
  output,    ///< 5: the output cannot be written
  device,    ///< 6: the device asked for is missing or out of memory
  refused,   ///< 7: a comparison that would mislead
  evidence,  ///< 8: not enough evidence, or a measurement that is not valid
};

/// Exit codes that are not errors of a whole run.
inline constexpr int kExitDone = 0;
inline constexpr int kExitGateFailed = 1;
inline constexpr int kExitSomeImagesFailed = 4;
inline constexpr int kExitBug = 70;

/// The exit code of a kind, as listed above.
int exit_code(ErrorKind kind);

/// Ends the run. The message says where (file, key), what (expected and found) and what to do.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  [[nodiscard]] ErrorKind kind() const { return kind_; }

 private:
  ErrorKind kind_;
};

/// Marks one image as ERROR while the run goes on. `code` is stable and listed in the manual
/// ("image.truncated"); the message may change.
class ItemError : public std::runtime_error {
 public:
  ItemError(std::string code, const std::string& message)
      : std::runtime_error(message), code_(std::move(code)) {}
  [[nodiscard]] const std::string& code() const { return code_; }

 private:
  std::string code_;
};

}  // namespace zeromiss
