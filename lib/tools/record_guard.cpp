#include "package_place.hpp"

#include <zeromiss/base/cpu.hpp>
#include <zeromiss/base/files.hpp>
#include <zeromiss/base/json.hpp>
#include <zeromiss/base/parallel.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/image/profile.hpp>
#include <zeromiss/tools/record_guard.hpp>

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <nlohmann/json.hpp>
#include <opencv2/core/utility.hpp>

#include <system_error>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;
constexpr std::uintmax_t kMaxManifestBytes = 16U << 20U;

Profile profile(const Listing& listing, std::size_t index, const Preparer& preparer) {
  const std::string_view name = listing.images[index];
  try {
    return profile_of(preparer.decode(read_image_file(listing.locate(name)).bytes));
  } catch (const ItemError& error) {
    throw Error(ErrorKind::input, fmt::format("{}: {}: {}; take it out of --input, or mend it",
                                              to_utf8(name), error.code(), error.what()));
  }
}

std::vector<Profile> profiles(const Listing& listing, const Preparer& preparer, int threads) {
  std::vector<Profile> all(listing.images.size());
  parallel_for(threads, all.size(), [&](std::size_t i) { all[i] = profile(listing, i, preparer); });
  return all;
}

/// model.json comes last: without it the folder is no package.
void write_package(const GuardOptions& options, const Guard& guard) {
  std::error_code problem;
  const auto refuse = [&](const std::string& what) {
    throw Error(ErrorKind::output, fmt::format("{}: {}", options.output.string(), what));
  };
  if (fs::exists(options.output, problem)) refuse("exists; give a new --output");
  fs::create_directories(options.output, problem);
  if (problem) refuse(problem.message());
  for (const auto& entry : fs::directory_iterator(options.model)) {
    if (entry.path().filename() == "model.json") continue;
    fs::copy(entry.path(), options.output / entry.path().filename(), fs::copy_options::recursive,
             problem);
    if (problem) refuse(entry.path().string() + " cannot be copied: " + problem.message());
  }
  auto manifest =
      JsonDocument::read(options.model / "model.json", ErrorKind::input, kMaxManifestBytes)
          .root()
          .raw();
  manifest["guard"] = guard_json(guard);
  write_file_atomically(options.output / "model.json", json_pretty(manifest) + "\n");
  static_cast<void>(read_package(options.output));
}

}  // namespace

int record_guard(const GuardOptions& options, std::ostream& out) {
  if (options.model.empty() || options.inputs.empty() || options.output.empty())
    throw Error(ErrorKind::usage, "guard needs --model, --input and --output");
  require_guard_margin(options.margin);
  refuse_inside_package(options.model, options.output);
  cv::setNumThreads(1);
  const ModelPackage package = read_package(options.model);
  const Preparer preparer(package, options.prepare);
  const Listing listing = list_inputs(options.inputs, options.listing);
  if (listing.images.size() < 2)
    throw Error(ErrorKind::input,
                "a guard needs at least 2 images, found " + std::to_string(listing.images.size()));
  const int threads = options.threads > 0 ? options.threads : usable_cpus();
  const Guard guard = guard_of(profiles(listing, preparer, threads), options.margin);
  write_package(options, guard);
  fmt::print(out, "{} images\n", guard.images);
  for (std::size_t i = 0; i < kProfileNames.size(); ++i)
    fmt::print(out, "  {:<10}  {:.6g} to {:.6g}\n", kProfileNames[i], guard.ranges[i].lowest,
               guard.ranges[i].highest);
  fmt::print(out, "{}\n", (options.output / "model.json").string());
  return kExitDone;
}

}  // namespace zeromiss
