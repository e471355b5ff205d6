#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace zeromiss {

enum class ProgressMode { automatic, always, never };

/// Progress on stderr: one line that is redrawn on a terminal, a plain line every ten seconds
/// otherwise. Not thread-safe: one thread reports.
class Progress {
 public:
  /// @param what   unit of the count, "images"
  /// @param total  0 when unknown
  Progress(ProgressMode mode, std::string what, std::uint64_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// @param done  of `total`; `note` is shown behind the figures
  void update(std::uint64_t done, const std::string& note);
  /// Ends the line. Called by the destructor too.
  void finish();

  /// "12 of 60 images (20 %), 31.2/s, 2 s left"; rate and rest are left out until a second has
  /// passed.
  static std::string line(const std::string& what, std::uint64_t done, std::uint64_t total,
                          double seconds);

 private:
  std::string what_;
  std::uint64_t total_;
  std::uint64_t first_ = 0;
  bool started_ = false;
  bool terminal_;
  bool silent_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace zeromiss
