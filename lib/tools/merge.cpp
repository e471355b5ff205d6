#include "coco_ids.hpp"
#include "derived_files.hpp"
#include "run_folder.hpp"
#include "run_info.hpp"
#include "summary.hpp"
#include "thumbnails.hpp"

#include <zeromiss/base/cpu.hpp>
#include <zeromiss/base/files.hpp>
#include <zeromiss/base/hash.hpp>
#include <zeromiss/base/json.hpp>
#include <zeromiss/base/presence.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/report/html.hpp>
#include <zeromiss/report/prometheus.hpp>
#include <zeromiss/tools/merge.hpp>

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ctime>
#include <map>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::int64_t kMaxCount = 1LL << 53;  // what a JSON number holds exactly
constexpr std::size_t kWriteBytes = 1U << 20U;

[[noreturn]] void refuse(const std::string& problem) { throw Error(ErrorKind::input, problem); }

/// One finished shard, as its run.json and summary.json say.
struct Part {
  fs::path folder;
  Shard shard;
  std::uint64_t images = 0;
  std::string results_sha256;
  Json run, summary;
};

Shard shard_of(const JsonNode& run) {
  const auto node = run.find("shard");
  if (!node) return {};
  constexpr std::int64_t kMost = 1'000'000;
  const std::int64_t count = node->at("count").integer(1, kMost);
  return {static_cast<std::uint64_t>(node->at("index").integer(0, count - 1)),
          static_cast<std::uint64_t>(count)};
}

/// @return whether the shard is finished; `part` then has everything
bool read_part(const fs::path& folder, Part& part) {
  part.folder = folder;
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored))
    refuse(
        fmt::format("{}: no such folder; expected an output of inspect --shard", folder.string()));
  const auto run = JsonDocument::read(folder / kRunFile, ErrorKind::input);
  part.shard = shard_of(run.root());
  part.run = run.root().raw();
  if (!is_there(folder / kSummaryFile, ErrorKind::input)) return false;
  const auto summary =
      JsonDocument::read(folder / kSummaryFile, ErrorKind::input, kMaxSummaryBytes);
  part.summary = summary.root().raw();
  if (part.shard.index > 0) part.summary.erase("skipped");  // the same list in every shard
  part.images = static_cast<std::uint64_t>(summary.root().at("images").integer(0, kMaxCount));
  part.results_sha256 = summary.root().at("results_sha256").string();
  return true;
}

/// "3,17": for sbatch --array and the like.
[[noreturn]] void refuse_incomplete(const std::vector<std::uint64_t>& numbers,
                                    std::uint64_t count) {
  refuse(fmt::format(
      "{} of {} shards are missing or not finished; run again (with --resume where a folder is "
      "there): {}",
      numbers.size(), count, fmt::join(numbers, ",")));
}

/// All shards in order.
std::vector<Part> read_parts(const std::vector<fs::path>& folders) {
  std::map<std::uint64_t, Part> found;
  std::vector<std::uint64_t> incomplete;
  std::uint64_t count = 0;
  for (const fs::path& folder : folders) {
    Part part;
    const bool finished = read_part(folder, part);
    if (count == 0) count = part.shard.count;
    if (part.shard.count != count)
      refuse(fmt::format("{} is shard {}, {} one of {}: not parts of one run", folder.string(),
                         part.shard.text(), folders.front().string(), count));
    const auto [place, is_new] = found.emplace(part.shard.index, part);
    if (!is_new)
      refuse(fmt::format("{} and {} are both shard {}: which one counts?",
                         place->second.folder.string(), folder.string(), part.shard.text()));
    if (!finished) incomplete.push_back(part.shard.index);
  }
  for (std::uint64_t index = 0; index < count; ++index)
    if (found.count(index) == 0) incomplete.push_back(index);
  std::sort(incomplete.begin(), incomplete.end());
  if (!incomplete.empty()) refuse_incomplete(incomplete, count);
  std::vector<Part> parts;
  for (auto& [index, part] : found) parts.push_back(std::move(part));
  return parts;
}

/// What all shards of one run have in common.
Json common_run(Json run) {
  run.erase("images");
  if (run.contains("shard")) run["shard"].erase("index");
  return without_free_parts(std::move(run));
}

void require_one_run(const std::vector<Part>& parts) {
  const Json expected = common_run(parts.front().run);
  for (const Part& part : parts) {
    const Json found = common_run(part.run);
    const Json differences = Json::diff(expected, found);
    if (differences.empty()) continue;
    const auto key = differences.front().at("path").get<std::string>();
    const Json::json_pointer pointer(key);
    const auto shown = [&](const Json& run) {
      return run.contains(pointer) ? run.at(pointer).dump() : std::string("absent");
    };
    refuse(fmt::format("{}: \"{}\" is {}, in {} it is {}: not parts of one run",
                       (part.folder / kRunFile).string(), key.substr(1), shown(found),
                       parts.front().folder.string(), shown(expected)));
  }
}

/// Copies records and keeps what is proven about them.
class Merger {
 public:
  Merger(const fs::path& results, Progress& progress) : results_(results, 0), progress_(progress) {}

  void add(const Part& part) {
    Sha256 hash;
    std::uint64_t records = 0;
    const fs::path file = part.folder / kResultsFile;
    for_each_line(file, ErrorKind::input, [&](std::string_view line) {
      hash.update(line);
      hash.update("\n");
      const Record record = parse_record(line, file.string(), ++records, ErrorKind::input);
      names_.update(image_bytes(record));
      names_.update(std::string_view("\0", 1));
      tally_.add(record);
      pending_.append(line).append("\n");
      if (pending_.size() >= kWriteBytes) flush();
    });
    const std::string found = hash.hex();
    if (found != part.results_sha256 || records != part.images)
      refuse(
          fmt::format("{}: {} records with SHA-256 {}, but its {} says {} and {}: damaged, or "
                      "changed after its run; run shard {} again",
                      file.string(), records, found, kSummaryFile, part.images, part.results_sha256,
                      part.shard.index));
  }

  /// The hash of the merged file is that of all lines; the list's is that of all names.
  void close(const std::string& list_sha256) {
    flush();
    const std::string found = names_.hex();
    if (found != list_sha256)
      refuse(
          fmt::format("the {} records of all shards are not the list that was inspected (SHA-256 "
                      "{}, the list's is {}): nothing was merged",
                      tally_.images, found, list_sha256));
    results_.close();
  }

  [[nodiscard]] const Tally& tally() const { return tally_; }
  std::string results_sha256() { return all_.hex(); }

 private:
  void flush() {
    all_.update(pending_);
    results_.append(pending_);
    pending_.clear();
    progress_.update(tally_.images, tally_note(tally_));
  }

  DurableFile results_;
  Progress& progress_;
  Sha256 names_, all_;
  Tally tally_;
  std::string pending_;
};

/// --overwrite empties the output: it must not be one of the shards.
void refuse_output_among(const std::vector<fs::path>& shards, const fs::path& output) {
  std::error_code ignored;
  for (const fs::path& shard : shards)
    if (fs::equivalent(shard, output, ignored))
      throw Error(
          ErrorKind::usage,
          fmt::format("--output {}: is one of the shards; choose another folder", output.string()));
}

Json merged_run(const std::vector<Part>& parts, std::uint64_t images) {
  Json run = parts.front().run;
  run["images"] = images;
  run.erase("shard");
  run["merged"] = {{"shards", parts.size()}};
  return run;
}

bool is_proved(const Json& run) { return run.at("settings").contains("prove_stable"); }

/// Seconds and stages of all shards together: what the whole took on one such machine.
Json merged_summary(const std::vector<Part>& parts, Merger& merger) {
  StageSeconds stages{};
  double seconds = 0.0;
  for (const Part& part : parts) {
    seconds += part.summary.value("seconds", 0.0);
    for (std::size_t i = 0; i < stages.size(); ++i)
      stages[i] +=
          part.summary.value(Json::json_pointer("/stages/" + std::string(kStageNames[i])), 0.0);
  }
  const double rate = seconds > 0 ? static_cast<double>(merger.tally().images) / seconds : 0.0;
  const std::string sha256 = merger.results_sha256();
  return summary_json({merger.tally(), parts.front().summary.value("skipped", Json::array()),
                       stages, seconds, rate, sha256, Shard{}, 0, 0, is_proved(parts.front().run)});
}

/// Where the pictures of the reports are. Looked at before anything is written.
std::optional<Listing> pictures_of(const MergeOptions& options, const std::vector<Part>& parts) {
  if (options.inputs.empty()) return std::nullopt;
  Listing listing = list_inputs(options.inputs, {});
  bool any_read = false, any_there = false;
  const auto look = [&](const Record& record) {
    const auto place = listing.find(image_bytes(record));
    if (!place)
      refuse(
          fmt::format("--input: image \"{}\" of the shards is in none of them; give the inputs "
                      "of the shards' runs",
                      printable(record.image)));
    std::error_code ignored;
    any_read = any_read || record.sha256;
    any_there = any_there || (record.sha256 && fs::exists(*place, ignored));
  };
  for (const Part& part : parts)
    for_each_record(part.folder / kResultsFile, ErrorKind::input, look);
  if (any_read && !any_there)
    refuse(fmt::format("--input: {} has no image of the shards; give the inputs of their runs",
                       options.inputs.front().string()));
  return listing;
}

/// @return false when an overlay could not be made
bool write_reports(const MergeOptions& options, const Json& summary,
                   const std::optional<CocoIds>& ids, const std::optional<Listing>& pictures) {
  const auto run = JsonDocument::read(options.output / kRunFile, ErrorKind::input);
  const DecodeOptions decode = pictures ? decode_options_of(run.root()) : DecodeOptions{};
  DerivedOptions derived{options.csv_bom,
                         options.no_masks,
                         ids ? &*ids : nullptr,
                         options.save_overlay,
                         pictures ? &*pictures : nullptr,
                         decode};
  derived.threads = usable_cpus();
  const bool whole = write_derived_files(options.output, derived);
  if (options.no_html) return whole;
  HtmlOptions html;
  html.thumbnail = [&](const Record& record) -> std::optional<std::string> {
    return pictures ? thumbnail(*pictures, record, decode) : std::nullopt;
  };
  write_inspect_html(options.output, JsonDocument(summary.dump(), kSummaryFile, ErrorKind::input),
                     html);
  return whole;
}

}  // namespace

int merge(const MergeOptions& options, std::ostream& out) {
  if (options.shards.empty())
    throw Error(ErrorKind::usage, "say what to merge: the output folders of all shards");
  if (options.output.empty())
    throw Error(ErrorKind::usage, "--output is missing: the folder for the merged results");
  if (options.save_overlay != SaveOverlay::none && options.inputs.empty())
    throw Error(ErrorKind::usage, "--save-overlay needs the images: --input of the shards' runs");
  const auto ids = read_coco_ids(options.coco_ids);
  const ExistingOutput existing =
      options.overwrite ? ExistingOutput::overwrite : ExistingOutput::refuse;
  refuse_output_among(options.shards, options.output);
  refuse_existing(options.output, existing);
  const std::vector<Part> parts = read_parts(options.shards);
  require_one_run(parts);
  const std::optional<Listing> pictures = pictures_of(options, parts);
  std::uint64_t images = 0;
  for (const Part& part : parts) images += part.images;

  RunFolder folder(options.output, existing);
  folder.clear();
  const JsonDocument first(parts.front().run.dump(), kRunFile, ErrorKind::input);
  if (const auto chosen = first.root().at("limits").find("calibration_images"))
    folder.write_calibration_images(parts.front().folder, parse_calibration_images(*chosen));
  folder.write_run(merged_run(parts, images));
  Progress progress(options.quiet ? ProgressMode::never : options.progress, "records", images);
  Merger merger(options.output / kResultsFile, progress);
  for (const Part& part : parts) merger.add(part);
  merger.close(first.root().at("settings").at("list_sha256").string());
  progress.finish();
  sync_folder(options.output);
  const Json summary = merged_summary(parts, merger);
  const bool whole = write_reports(options, summary, ids, pictures);
  folder.require_in_place();
  write_file_atomically(options.output / kSummaryFile, json_pretty(summary));
  write_prometheus(options.output, merged_run(parts, images), summary, std::time(nullptr));
  fmt::print(out, "{} shards, {} images: {}\n{}{}\n", parts.size(), images,
             tally_note(merger.tally()), held_note(merger.tally(), is_proved(parts.front().run)),
             printable((options.output / (options.no_html ? kResultsFile : kHtmlFile)).string()));
  if (!whole) return exit_code(ErrorKind::output);
  return merger.tally().error > 0 ? kExitSomeImagesFailed : kExitDone;
}

}  // namespace zeromiss
