#include "calibration.hpp"
#include "evaluation_pictures.hpp"
#include "score_messages.hpp"

#include <zeromiss/base/cpu.hpp>
#include <zeromiss/base/files.hpp>
#include <zeromiss/base/parallel.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/model/prepare.hpp>

#include <fmt/format.h>
#include <opencv2/core/utility.hpp>

#include <span>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

/// A file that is there and can be decoded, or why not.
struct Found {
  Profile profile{};
  std::string problem;  ///< empty: none
};

Found look_at(const std::optional<fs::path>& file, const std::optional<Digest>& inspected,
              const Preparer& preparer) {
  if (!file) return {{}, "not found beside the labels; give --images"};
  try {
    const FileContent content = read_image_file(*file);
    const std::span<const std::uint8_t> bytes(content.bytes);
    if (inspected && sha256_hex(bytes) != digest_hex(*inspected))
      throw Error(ErrorKind::input,
                  fmt::format("{}: is not the image that was inspected, by its SHA-256: inspect "
                              "the calibration images again, or --guard no",
                              printable(file->string())));
    return {profile_of(preparer.decode(bytes)), ""};
  } catch (const ItemError& error) {
    return {{}, fmt::format("{}: {}", error.code(), error.what())};
  }
}

/// Images that were judged, whatever their class; what ends in ERROR has no score to set a limit.
std::vector<std::size_t> judged(const LabelledScores& read) {
  std::vector<std::size_t> images;
  for (std::size_t i = 0; i < read.matched.results.size(); ++i)
    if (read.matched.results[i].column != kErrorColumn) images.push_back(i);
  return images;
}

}  // namespace

std::optional<Guard> calibration_guard(const CalibrateOptions& options,
                                       const LabelledScores& read) {
  if (options.model.empty() || options.guard == CalibrationGuard::no) return std::nullopt;
  const auto none = [&](const std::string& why) -> std::optional<Guard> {
    if (options.guard == CalibrationGuard::yes)
      throw Error(ErrorKind::input, "--guard yes: " + why);
    note(options.input, "no guard is made for the new package (one of the old stays): " + why);
    return std::nullopt;
  };
  const std::vector<std::size_t> images = judged(read);
  if (images.size() < 2) return none("it takes at least 2 images that were judged");
  const auto find = picture_finder(options.input);
  if (!find(read.truth.images[images.front()].image))  // do not look for thousands of others
    return none(fmt::format("\"{}\": not found beside the labels; give --images",
                            printable(read.truth.images[images.front()].image)));
  cv::setNumThreads(1);
  const Preparer preparer(read_package(options.model), {});
  std::vector<Found> found(images.size());
  parallel_for(usable_cpus(), images.size(), [&](std::size_t i) {
    const std::size_t image = images[i];
    found[i] = look_at(find(read.truth.images[image].image), read.matched.sha256s[image], preparer);
  });
  std::vector<Profile> profiles;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!found[i].problem.empty())
      return none(fmt::format("\"{}\": {}", printable(read.truth.images[images[i]].image),
                              found[i].problem));
    profiles.push_back(found[i].profile);
  }
  return guard_of(profiles, options.guard_margin);
}

}  // namespace zeromiss
