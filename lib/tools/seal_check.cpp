#include "seal_check.hpp"

#include "score_messages.hpp"

#include <zeromiss/base/block_reader.hpp>
#include <zeromiss/base/cpu.hpp>
#include <zeromiss/base/files.hpp>
#include <zeromiss/base/hash.hpp>
#include <zeromiss/base/parallel.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/report/results_file.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <system_error>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostNamed = 20;  ///< of a kind, in a refusal
constexpr std::uintmax_t kLargestSeal = 1U << 30U;

struct Hashed {
  std::string hash, problem;
  std::uint64_t bytes = 0;
};

Hashed hash_file(const fs::path& file) {
  Hashed result;
  try {
    BlockReader reader(file, ErrorKind::input);
    Sha256 hash;
    for (auto block = reader.next(); !block.empty(); block = reader.next()) {
      hash.update(block);
      result.bytes += block.size();
    }
    result.hash = hash.hex();
  } catch (const Error& error) {
    result.problem = error.what();
  }
  return result;
}

std::string named(const char* what, const std::vector<std::string>& paths) {
  if (paths.empty()) return "";
  std::vector<std::string> first;
  for (std::size_t i = 0; i < std::min(kMostNamed, paths.size()); ++i)
    first.push_back(printable(paths[i]));
  return fmt::format("; {} {}: {}{}", paths.size(), what, fmt::join(first, ", "),
                     paths.size() > kMostNamed ? ", …" : "");
}

bool is_below(const std::string& path, const std::string& folder) {
  return folder == "." ? !path.starts_with("..") : path == folder || path.starts_with(folder + "/");
}

std::string joined(const std::string& folder, const std::string& name) {
  return folder == "." ? name : folder + "/" + name;
}

/// Files can neither vanish from it nor be added: it is sealed, and not left out as hidden.
bool holds_folder(const Seal& seal, const std::string& folder) {
  return std::any_of(seal.folders.begin(), seal.folders.end(),
                     [&](const auto& sealed) { return is_below(folder, sealed); }) &&
         std::any_of(seal.hashes.begin(), seal.hashes.end(),
                     [&](const auto& file) { return is_below(file.first, folder); });
}

/// Labels that the seal does not hold could be changed without breaking it.
void require_sealed_labels(const CheckedSeal& checked, const ScoreOptions& options) {
  const std::string labels = path_from(checked.base, options.ground_truth);
  std::error_code ignored;
  const bool sealed = fs::is_directory(options.ground_truth, ignored)
                          ? holds_folder(checked.seal, labels)
                          : checked.seal.hashes.contains(labels);
  if (!sealed)
    throw Error(
        ErrorKind::refused,
        fmt::format("{}: does not hold --gt {}: its labels could have changed; seal them too",
                    options.seal.string(), options.ground_truth.string()));
}

/// Which sealed hash an image of the predictions must have.
class SealedImages {
 public:
  SealedImages(const CheckedSeal& checked, const ScoreOptions& options)
      : hashes_(checked.seal.hashes), labels_(path_from(checked.base, options.ground_truth)) {
    for (const auto& [path, hash] : hashes_)
      by_name_.emplace(std::string_view(path).substr(path.rfind('/') + 1), &path);
  }

  /// `elsewhere`: of that file name only in folders that have nothing to do with the image's.
  enum class Match { same, other, elsewhere, none };
  [[nodiscard]] Match match(const std::string& image, const std::string& hash) const {
    if (const auto found = hashes_.find(joined(labels_, image)); found != hashes_.end())
      return found->second == hash ? Match::same : Match::other;
    const auto [first, last] =
        by_name_.equal_range(std::string_view(image).substr(image.rfind('/') + 1));
    Match result = Match::none;
    for (auto it = first; it != last; ++it) {
      const std::string& path = *it->second;
      const bool same = hashes_.find(path)->second == hash;
      // A record may name more folders than the seal: that of a run from further up.
      const bool related = is_path_end(image, path) || is_path_end(path, image);
      if (related && same) return Match::same;
      if (related)
        result = Match::other;
      else if (same && result != Match::other)
        result = Match::same;
      else if (result == Match::none)
        result = Match::elsewhere;
    }
    return result;
  }

 private:
  const std::map<std::string, std::string, std::less<>>& hashes_;
  std::string labels_;
  std::multimap<std::string_view, const std::string*> by_name_;
};

/// Records of inspect hold the hash of every image that was inspected.
void require_sealed_images(const CheckedSeal& checked, const ScoreOptions& options) {
  std::error_code ignored;
  const fs::path place = options.predictions;
  const fs::path records = fs::is_directory(place, ignored) ? place / kResultsFile : place;
  if (lower_ascii(records.extension().string()) != ".jsonl" || !fs::exists(records, ignored))
    return;
  const SealedImages sealed(checked, options);
  std::vector<std::string> other, elsewhere, unsealed;
  std::uint64_t same = 0;
  for_each_record(records, ErrorKind::input, [&](const Record& record) {
    if (!record.sha256) return;  // it could not be read: an ERROR
    const std::string image = image_bytes(record);
    const auto match = sealed.match(image, *record.sha256);
    if (match == SealedImages::Match::same) ++same;
    if (match == SealedImages::Match::other) other.push_back(image);
    if (match == SealedImages::Match::elsewhere) elsewhere.push_back(image);
    if (match == SealedImages::Match::none) unsealed.push_back(image);
  });
  // Beside records of sealed pictures they are of more; without any, of others in their place.
  auto& kind = same > 0 ? unsealed : other;
  kind.insert(kind.end(), elsewhere.begin(), elsewhere.end());
  if (!other.empty())
    throw Error(ErrorKind::refused,
                fmt::format("{}: the predictions were not made of the sealed images{}; inspect the "
                            "set again",
                            options.seal.string(), named("with another hash", other)));
  if (unsealed.empty() || options.allow_unlabelled) return;
  if (same > 0)
    throw Error(ErrorKind::refused,
                fmt::format("{}: the predictions are of more images than were sealed{}",
                            options.seal.string(), named("not in the seal", unsealed)));
  note(options, fmt::format("{} holds none of the {} inspected images, only labels",
                            options.seal.string(), unsealed.size()));
}

}  // namespace

HashedFiles hash_files(const std::vector<std::string>& paths, const fs::path& base,
                       Progress& progress) {
  constexpr std::size_t kBlock = 256;  // between two words on the progress
  HashedFiles result;
  std::vector<Hashed> hashed(kBlock);
  for (std::size_t from = 0; from < paths.size(); from += kBlock) {
    const std::size_t count = std::min(kBlock, paths.size() - from);
    parallel_for(usable_cpus(), count,
                 [&](std::size_t i) { hashed[i] = hash_file(base / paths[from + i]); });
    for (std::size_t i = 0; i < count; ++i) {
      result.hashes.emplace(paths[from + i], hashed[i].hash);
      if (!hashed[i].problem.empty()) result.problems.emplace(paths[from + i], hashed[i].problem);
      result.bytes += hashed[i].bytes;
    }
    progress.update(result.hashes.size(), "");
  }
  progress.finish();
  return result;
}

CheckedSeal check_seal_file(const fs::path& file, ProgressMode mode) {
  CheckedSeal checked;
  const std::string text = read_text(file, ErrorKind::input, kLargestSeal);
  checked.seal = parse_seal(text, file.string());
  checked.base = fs::canonical(file).parent_path();
  const SealedPaths paths = list_sealed(checked.seal, checked.base, path_from(checked.base, file));
  Progress progress(mode, "files", paths.files.size());
  HashedFiles found = hash_files(paths.files, checked.base, progress);
  checked.difference = compare_with_seal(checked.seal, found.hashes);
  checked.problems = std::move(found.problems);
  for (const auto& folder : paths.lost_roots) checked.difference.lost.push_back(folder);
  std::sort(checked.difference.lost.begin(), checked.difference.lost.end());
  auto& lost = checked.difference.lost;
  lost.erase(std::unique(lost.begin(), lost.end()), lost.end());
  return checked;
}

std::optional<CheckedSeal> check_seal(const ScoreOptions& options) {
  if (options.seal.empty()) return std::nullopt;
  const auto mode = options.quiet ? ProgressMode::never : options.progress;
  CheckedSeal checked = check_seal_file(options.seal, mode);
  const SealDifference& difference = checked.difference;
  if (difference.any())
    throw Error(ErrorKind::refused,
                fmt::format("{}: the set is not as it was sealed, so nothing was scored{}{}{}",
                            options.seal.string(), named("changed", difference.changed),
                            named("added", difference.added), named("lost", difference.lost)));
  require_sealed_labels(checked, options);
  require_sealed_images(checked, options);
  note(options, fmt::format("seal: {} files as they were sealed, root {}",
                            checked.seal.hashes.size(), checked.seal.root));
  return checked;
}

void require_sealed_files(const CheckedSeal& checked, const Evaluation& evaluation,
                          const ScoreOptions& options) {
  if (evaluation.label_folder.empty()) return;
  const std::string folder = path_from(checked.base, evaluation.label_folder);
  std::vector<std::string> unsealed;
  if (!holds_folder(checked.seal, folder)) unsealed.push_back(evaluation.label_folder.string());
  for (const auto& file : evaluation.label_files)
    if (!checked.seal.hashes.contains(joined(folder, file)))
      unsealed.push_back((evaluation.label_folder / file).string());
  if (!unsealed.empty())
    throw Error(ErrorKind::refused,
                fmt::format("{}: does not hold all labels of --gt {}: they could have changed{}; "
                            "seal them too",
                            options.seal.string(), options.ground_truth.string(),
                            named("not in the seal", unsealed)));
}

}  // namespace zeromiss
