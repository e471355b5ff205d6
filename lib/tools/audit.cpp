#include "audit_findings.hpp"
#include "score_messages.hpp"

#include <zeromiss/base/cpu.hpp>
#include <zeromiss/base/files.hpp>
#include <zeromiss/base/json.hpp>
#include <zeromiss/base/progress.hpp>
#include <zeromiss/base/stop.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/dataset/scan.hpp>
#include <zeromiss/image/decode.hpp>
#include <zeromiss/image/encode.hpp>
#include <zeromiss/report/audit_report.hpp>
#include <zeromiss/report/results_file.hpp>
#include <zeromiss/tools/audit.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <system_error>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

constexpr int kSignal = 128;

void check(const AuditOptions& options) {
  if (options.sets.empty()) refuse_usage("say what to audit: evaluate audit TRAIN TEST");
  if (options.threads < 0) refuse_usage("--threads: expected a number from 1, or auto");
  const fs::path& output = options.input.output;
  std::error_code ignored;
  if (output.empty() || !fs::exists(fs::symlink_status(output, ignored))) return;
  if (!fs::is_directory(output, ignored))
    throw Error(ErrorKind::output, output.string() + ": is not a folder; choose another --output");
  if (!options.input.overwrite && !fs::is_empty(output, ignored))
    throw Error(ErrorKind::output, output.string() +
                                       ": exists and is not empty; choose another --output or add "
                                       "--overwrite");
  for (const char* other : {kResultsFile, "metrics.json"})
    if (fs::exists(fs::symlink_status(output / other, ignored)))
      throw Error(ErrorKind::output, output.string() + ": holds " + other +
                                         " of another tool; choose another --output");
}

void count_classes(AuditFindings& found) {
  std::map<std::string, std::size_t> indices;
  for (const auto& image : found.set.images)
    if (!image.label.empty()) indices.emplace(image.label, 0);
  for (auto& [name, index] : indices) index = found.classes.size(), found.classes.push_back(name);
  found.counts.assign(found.set.splits.size(), std::vector<std::uint64_t>(found.classes.size()));
  for (const auto& image : found.set.images)
    if (!image.label.empty()) ++found.counts[image.split][indices[image.label]];
  found.evenness = test_independence(found.counts);
}

void find_augmented(AuditFindings& found) {
  std::map<std::size_t, std::size_t> pair_of;
  for (std::size_t p = 0; p < found.pairs.size(); ++p)
    if (found.pairs[p].kind != CopyKind::alike)
      pair_of.emplace(found.pairs[p].first, p), pair_of.emplace(found.pairs[p].second, p);
  for (std::size_t i = 0; i < found.set.images.size(); ++i) {
    if (found.set.splits.size() > 1 && found.set.images[i].split == 0) continue;
    const auto word = augmentation_in_name(found.set.images[i].name);
    if (!word) continue;
    const auto pair = pair_of.find(i);
    found.augmented.push_back(
        {i, *word, pair == pair_of.end() ? std::nullopt : std::optional(pair->second)});
  }
}

/// What a later split should lose so that nothing of it is in an earlier one.
void find_removable(AuditFindings& found) {
  std::set<std::size_t> images;
  for (const auto& leak : found.leaks) images.insert(leak.image);
  if (found.sources)
    for (const auto& shared : found.sources->shared) {
      std::size_t first = SIZE_MAX;
      for (const auto i : shared.images) first = std::min(first, found.set.images[i].split);
      for (const auto i : shared.images)
        if (found.set.images[i].split > first) images.insert(i);
    }
  found.removable.assign(images.begin(), images.end());
}

class Search {
 public:
  Search(AuditFindings& found, const AuditOptions& options)
      : found_(found),
        options_(options),
        threads_(options.threads > 0 ? options.threads : usable_cpus()),
        pictures_(found.set.files) {}

  /// @return false when a signal asked for a stop
  bool run() {
    auto& images = found_.set.images;
    step("images read", [&](const StepProgress& progress) {
      std::vector<fs::path> files = found_.set.files;
      scan_images(images, files, {threads_, !options_.no_crops}, progress);
    });
    if (stop_signal() != 0) return false;
    found_.pairs = find_same(images);
    const auto load = [&](std::size_t i) { return pictures_.load(i); };
    step("images compared", [&](const StepProgress& progress) {
      add(find_near_copies(images, found_.pairs, load, threads_, progress));
    });
    if (stop_signal() != 0) return false;
    if (!options_.no_crops)
      step("images searched for as crops", [&](const StepProgress& progress) {
        add(find_crops(images, found_.pairs, load, threads_, progress));
      });
    return stop_signal() == 0;
  }

 private:
  template <typename Work>
  void step(const char* what, const Work& work) {
    const auto mode = options_.input.quiet ? ProgressMode::never : options_.input.progress;
    Progress progress(mode, what, found_.set.images.size());
    work([&](std::uint64_t done, std::uint64_t) { progress.update(done, ""); });
  }
  void add(std::vector<CopyPair> pairs) {
    found_.pairs.insert(found_.pairs.end(), pairs.begin(), pairs.end());
  }

  AuditFindings& found_;
  const AuditOptions& options_;
  int threads_;
  WorkingPictures pictures_;
};

void conclude(AuditFindings& found, const AuditOptions& options) {
  const auto& images = found.set.images;
  count_classes(found);
  for (const auto& pair : found.pairs) {
    const bool same_split = images[pair.first].split == images[pair.second].split;
    ++(same_split ? found.inside : found.across).at(static_cast<std::size_t>(pair.kind));
  }
  found.leaks = find_leaks(images, found.pairs);
  found.conflicts = find_label_conflicts(images, found.pairs);
  found.odd = find_odd_images(images);
  for (std::size_t i = 0; i < images.size(); ++i)
    if (!images[i].error_code.empty()) found.damaged.push_back(i);
  find_augmented(found);
  find_removable(found);
  if (!options.input.predictions.empty()) found.scores = leak_scores(found, options);
}

/// Of the pairs that the report shows side by side; 6 MB at most.
std::map<std::string, std::string> pictures(const AuditFindings& found) {
  constexpr std::size_t kPairs = 60, kBytes = 6U << 20U;
  constexpr int kSide = 200, kQuality = 80;
  std::vector<std::size_t> wanted;
  const auto want = [&](std::size_t a, std::size_t b) { wanted.push_back(a), wanted.push_back(b); };
  for (std::size_t i = 0; i < std::min(kPairs, found.leaks.size()); ++i)
    want(found.leaks[i].image, found.leaks[i].partner);
  for (std::size_t i = 0; i < std::min(kPairs, found.conflicts.size()); ++i)
    want(found.pairs[found.conflicts[i].pair].first, found.pairs[found.conflicts[i].pair].second);
  if (found.scores)
    for (std::size_t i = 0; i < std::min(kPairs, found.scores->doubts.size()); ++i)
      want(found.scores->doubts[i].image, found.scores->doubts[i].nearest);
  std::map<std::string, std::string> jpegs;
  std::size_t used = 0;
  for (const auto image : wanted) {
    const std::string name = to_utf8(image_place(found.set, image));
    if (used > kBytes || jpegs.contains(name)) continue;
    try {
      const FileContent content = read_image_file(found.set.files[image]);
      jpegs[name] = encode_jpeg(decode_thumbnail(content.bytes, lenient_rules(), kSide), kQuality);
      used += jpegs[name].size();
    } catch (const std::exception&) {
      continue;  // no picture: the page says its name
    }
  }
  return jpegs;
}

void write_audit(const AuditFindings& found, const AuditOptions& options) {
  const fs::path& folder = options.input.output;
  make_folder(folder);
  std::error_code problem;
  for (const char* name : {kAuditFile, kDoubtsFile, kHtmlFile}) fs::remove(folder / name, problem);
  write_file_atomically(folder / kDuplicatesFile, duplicates_csv(found));
  write_file_atomically(folder / kLeaksFile, leaks_csv(found));
  write_file_atomically(folder / kLeakedFile, leaked_text(found));
  write_file_atomically(folder / kOddFile, odd_images_csv(found));
  if (found.scores) write_file_atomically(folder / kDoubtsFile, label_doubts_csv(found));
  const auto document = audit_document(found);
  if (!options.input.no_html)
    write_file_atomically(folder / kHtmlFile, audit_html(document, pictures(found)));
  write_file_atomically(folder / kAuditFile, json_pretty(document));
}

}  // namespace

std::string image_place(const AuditSet& set, std::size_t image) {
  const auto& found = set.images[image];
  return set.splits[found.split].name + "/" + found.name;
}

int audit(const AuditOptions& options, std::ostream& out) {
  check(options);
  cv::setNumThreads(1);  // our workers are the threads
  AuditFindings found;
  found.set = read_audit_set(options.sets, options.input.gt_format);
  found.crops_sought = !options.no_crops;
  for (const auto& text : found.set.notes) note(options.input, text);
  for (const auto& split : found.set.splits)
    note(options.input,
         fmt::format("{}: {} images, labels: {}", split.name, split.images, split.labels));
  if (options.input.verbose)
    for (const auto& skipped : found.set.skipped)
      note(options.input, fmt::format("skipped: {} ({})", skipped.path, skipped.reason));
  if (!options.source_pattern.empty())
    found.sources = find_sources(found.set.images, options.source_pattern);
  if (!Search(found, options).run()) return kSignal + stop_signal();
  conclude(found, options);
  if (!options.input.output.empty()) write_audit(found, options);
  print_audit(found, out);
  if (!found.removable.empty()) return exit_code(ErrorKind::refused);
  return found.damaged.empty() ? kExitDone : kExitSomeImagesFailed;
}

}  // namespace zeromiss
