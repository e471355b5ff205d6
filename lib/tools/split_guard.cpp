#include "split_guard.hpp"

#include <zeromiss/base/text.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace zeromiss {
namespace {

constexpr std::size_t kNamesShown = 3;

}  // namespace

SplitGuard::SplitGuard(const ScoreOptions& options, const std::filesystem::path& folder,
                       const std::optional<CalibrationImages>& expected) {
  if (!expected || options.zero_miss) return;
  chosen_ =
      ImageHashes::read(folder / kCalibrationImagesFile, expected->sha256, ErrorKind::refused);
}

void SplitGuard::see(const std::optional<Digest>& sha256, const std::string& image) {
  if (!chosen_ || !sha256 || !chosen_->contains(*sha256)) return;
  if (++shared_ <= kNamesShown) first_.push_back(printable(image));
}

void SplitGuard::finish() const {
  if (shared_ == 0) return;
  throw Error(
      ErrorKind::refused,
      fmt::format("{} of the labelled images chose the limit (same SHA-256: {}{}): what it "
                  "misses among them says nothing; score images that did not take part in "
                  "the calibration (--zero-miss looks at the calibration images themselves)",
                  shared_, fmt::join(first_, ", "), shared_ > kNamesShown ? ", ..." : ""));
}

}  // namespace zeromiss
