#include <zeromiss/base/message.hpp>
#include <zeromiss/base/progress.hpp>

#include <fmt/format.h>
#include <unistd.h>

namespace zeromiss {
namespace {

using namespace std::chrono_literals;
constexpr auto kRedraw = 100ms;
constexpr auto kPlainLine = 10s;

std::string duration(double seconds) {
  const auto total = static_cast<std::uint64_t>(seconds + 0.5);
  if (total >= 3600) return fmt::format("{} h {:02} min", total / 3600, total / 60 % 60);
  if (total >= 60) return fmt::format("{} min {:02} s", total / 60, total % 60);
  return fmt::format("{} s", total);
}

}  // namespace

Progress::Progress(ProgressMode mode, std::string what, std::uint64_t total)
    : what_(std::move(what)),
      total_(total),
      terminal_(::isatty(STDERR_FILENO) == 1),
      silent_(mode == ProgressMode::never ||
              (mode == ProgressMode::automatic && !terminal_ && total == 0)),
      start_(std::chrono::steady_clock::now()),
      last_(start_) {}

Progress::~Progress() { finish(); }

std::string Progress::line(const std::string& what, std::uint64_t done, std::uint64_t total,
                           double seconds) {
  std::string text = total == 0
                         ? fmt::format("{} {}", done, what)
                         : fmt::format("{} of {} {} ({} %)", done, total, what, 100 * done / total);
  if (seconds < 1.0 || done == 0) return text;
  const double rate = static_cast<double>(done) / seconds;
  text += fmt::format(", {:.1f}/s", rate);
  if (total > done)
    text += fmt::format(", {} left", duration(static_cast<double>(total - done) / rate));
  return text;
}

void Progress::update(std::uint64_t done, const std::string& note) {
  if (silent_) return;
  if (!started_) {  // what a resumed run finds done does not count as its own speed
    first_ = done;
    started_ = true;
  }
  const auto now = std::chrono::steady_clock::now();
  if (now - last_ <
      (terminal_ ? std::chrono::milliseconds(kRedraw) : std::chrono::milliseconds(kPlainLine)))
    return;
  last_ = now;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const std::string text = line(what_, done - first_, total_ == 0 ? 0 : total_ - first_, seconds) +
                           (note.empty() ? "" : "  " + note);
  // \r and "erase to end of line" redraw in place.
  print_message(terminal_ ? "\r" + text + "\x1b[K" : text + "\n");
  drawn_ = true;
}

void Progress::finish() {
  if (drawn_ && terminal_) print_message("\r\x1b[K");
  drawn_ = false;
}

}  // namespace zeromiss
