#include "score_messages.hpp"
#include "seal_check.hpp"

#include <zeromiss/base/files.hpp>
#include <zeromiss/base/message.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/dataset/listing.hpp>
#include <zeromiss/tools/seal.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <system_error>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

void check(const SealOptions& options) {
  if (!options.check.empty() && (!options.inputs.empty() || !options.output.empty()))
    refuse_usage("--check FILE stands alone: the seal says itself which files it is of");
  if (!options.check.empty()) return;
  if (options.inputs.empty())
    refuse_usage("say what to seal: evaluate seal FOLDER|FILE... -o FILE, or --check FILE");
  if (options.output.empty()) refuse_usage("say where the seal goes: --output FILE");
  std::error_code ignored;
  if (fs::is_directory(options.output, ignored))
    throw Error(ErrorKind::output,
                fmt::format("{}: is a folder; name the file, for example {}",
                            options.output.string(), (options.output / "SHA256SUMS").string()));
  if (fs::exists(options.output, ignored) && !options.overwrite)
    throw Error(ErrorKind::output,
                fmt::format("{}: exists; a seal is made once: choose another --output or add "
                            "--overwrite",
                            options.output.string()));
}

ProgressMode mode_of(const SealOptions& options) {
  return options.quiet ? ProgressMode::never : options.progress;
}

/// The folder of the seal must be there: paths are written relative to it.
fs::path folder_of(const fs::path& output) {
  const fs::path folder = output.has_parent_path() ? output.parent_path() : fs::path(".");
  make_folder(folder);
  return fs::canonical(folder);
}

void add_input(const fs::path& input, const fs::path& base, Seal& seal) {
  std::error_code ignored;
  if (!fs::exists(input, ignored))
    throw Error(ErrorKind::input,
                fmt::format("{}: no such file or folder", printable(input.string())));
  auto& list = fs::is_directory(input, ignored) ? seal.folders : seal.files;
  const std::string path = path_from(base, input);
  if (std::find(list.begin(), list.end(), path) == list.end()) list.push_back(path);
}

void say_skipped(const SealOptions& options, const std::vector<std::string>& skipped) {
  if (skipped.empty() || options.quiet) return;
  print_message(fmt::format("evaluate: not sealed: {} hidden or system files and folders{}\n",
                            skipped.size(), options.verbose ? "" : " (-v lists them)"));
  if (options.verbose)
    for (const auto& entry : skipped) print_message("evaluate: " + printable(entry) + "\n");
}

int write_seal(const SealOptions& options, std::ostream& out) {
  const fs::path base = folder_of(options.output);
  Seal seal;
  for (const auto& input : options.inputs) add_input(input, base, seal);
  const SealedPaths paths = list_sealed(seal, base, path_from(base, options.output));
  say_skipped(options, paths.skipped);
  if (paths.files.empty())
    throw Error(ErrorKind::input, "there is no file to seal: the folders are empty");
  Progress progress(mode_of(options), "files", paths.files.size());
  HashedFiles found = hash_files(paths.files, base, progress);
  if (!found.problems.empty()) throw Error(ErrorKind::input, found.problems.begin()->second);
  seal.hashes = std::move(found.hashes);
  seal.bytes = found.bytes;
  write_file_atomically(options.output, seal_text(seal));
  const auto images = std::count_if(seal.hashes.begin(), seal.hashes.end(), [](const auto& file) {
    return has_image_extension(file.first);
  });
  out << fmt::format("Sealed: {} files ({} images by their names, {} others), {} bytes\nRoot: {}\n",
                     seal.hashes.size(), images,
                     seal.hashes.size() - static_cast<std::size_t>(images), seal.bytes, seal.root);
  out << fmt::format("Written: {}\n", printable(options.output.string()));
  return kExitDone;
}

int check_files(const SealOptions& options, std::ostream& out) {
  const CheckedSeal checked = check_seal_file(options.check, mode_of(options));
  const SealDifference& difference = checked.difference;
  for (const auto& path : difference.changed) {
    const auto problem = checked.problems.find(path);
    out << (problem == checked.problems.end()
                ? fmt::format("CHANGED  {}\n", printable(path))
                : fmt::format("UNREADABLE  {}\n", printable(problem->second)));
  }
  for (const auto& path : difference.added) out << fmt::format("ADDED  {}\n", printable(path));
  for (const auto& path : difference.lost) out << fmt::format("LOST  {}\n", printable(path));
  if (difference.any())
    throw Error(ErrorKind::refused,
                fmt::format("{}: the set is not as it was sealed: {} changed, {} added, {} lost",
                            options.check.string(), difference.changed.size(),
                            difference.added.size(), difference.lost.size()));
  out << fmt::format("Intact: {} files, {} bytes\nRoot: {}\n", checked.seal.hashes.size(),
                     checked.seal.bytes, checked.seal.root);
  return kExitDone;
}

}  // namespace

int seal_set(const SealOptions& options, std::ostream& out) {
  check(options);
  return options.check.empty() ? write_seal(options, out) : check_files(options, out);
}

}  // namespace zeromiss
