#include "run_folder.hpp"

#include <zeromiss/base/files.hpp>
#include <zeromiss/base/hash.hpp>
#include <zeromiss/base/json.hpp>
#include <zeromiss/base/presence.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/dataset/image_hashes.hpp>
#include <zeromiss/report/parts.hpp>
#include <zeromiss/report/prometheus.hpp>
#include <zeromiss/report/wafers.hpp>
#include <zeromiss/tools/result_pictures.hpp>

#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <system_error>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

/// Modification time of each record's file, in record order: 21 bytes a line. Records themselves
/// hold no times, so that the same images give the same bytes.
constexpr const char* kTimesFile = ".zeromiss.times";
constexpr std::size_t kTimeLine = 21;  // 20 digits and the line end

constexpr std::array<const char*, 11> kWritten{
    kPrometheusFile, kSummaryFile, kHtmlFile,    kCsvFile, kHeldCsvFile,          kCocoFile,
    kPartsFile,      kTimesFile,   kResultsFile, kRunFile, kCalibrationImagesFile};

constexpr std::array<const char*, 3> kWrittenFolders{kMaskFolder, kOverlayFolder, kWafersFolder};

/// Times before 1970 as large numbers: every line has the same length.
std::string time_line(std::int64_t modified) {
  return fmt::format("{:020d}\n", static_cast<std::uint64_t>(modified));
}

[[noreturn]] void refuse_resume(const fs::path& folder, const std::string& difference) {
  throw Error(ErrorKind::input,
              fmt::format("{}: cannot resume: {}; restore it, or use --overwrite to start again",
                          folder.string(), difference));
}

/// Compares one recorded image with its file of today.
void check_unchanged(const fs::path& folder, const Record& record, const fs::path& file,
                     const std::string& recorded_time, bool verify) {
  if (!record.bytes) return;  // it could not be read then; its ERROR stands
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0)
    refuse_resume(folder, fmt::format("image \"{}\" is gone", printable(record.image)));
  if (static_cast<std::uint64_t>(status.st_size) != *record.bytes)
    refuse_resume(folder, fmt::format("image \"{}\" has {} bytes, its record says {}",
                                      printable(record.image), status.st_size, *record.bytes));
  if (time_line(modified_ns(status)) != recorded_time)
    refuse_resume(
        folder, fmt::format("image \"{}\" was modified after its record", printable(record.image)));
  if (verify &&
      sha256_hex(std::span<const std::uint8_t>(read_image_file(file).bytes)) != record.sha256)
    refuse_resume(folder, fmt::format("image \"{}\" has another SHA-256 than its record",
                                      printable(record.image)));
}

void remove_durably(const fs::path& folder, const char* name) {
  std::error_code problem;
  if (!fs::remove(folder / name, problem) && !problem) return;  // it was not there
  if (problem)
    throw Error(ErrorKind::output,
                fmt::format("{}: cannot remove: {}", (folder / name).string(), problem.message()));
  sync_folder(folder);
}

bool is_there(const fs::path& path) { return zeromiss::is_there(path, ErrorKind::output); }

/// What stands under our names in a folder that never was a run is somebody else's. The lock is
/// left by every run, also by one that was killed before its run.json or while it was cleared.
void refuse_foreign(const fs::path& folder) {
  if (is_there(folder / kRunFile) || is_there(folder / FolderLock::kFileName)) return;
  const auto refuse_if_there = [&](const char* name) {
    if (is_there(folder / name))
      throw Error(ErrorKind::output,
                  fmt::format("{}: is no output of inspect, but has {}, which would be replaced; "
                              "choose another --output, or move that away",
                              folder.string(), name));
  };
  for (const char* name : kWrittenFolders) refuse_if_there(name);
  for (const char* name : kWritten) refuse_if_there(name);
}

/// For --resume: an input stream that ends with an error looks like one that ends.
std::ifstream open_to_resume(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in && is_there(file))
    throw Error(ErrorKind::output, file.string() + ": cannot be read; nothing was changed");
  return in;
}

/// Text never holds a NUL: these are blocks that the disk never got before the power failed.
bool never_written(std::string_view text) { return text.find('\0') != std::string_view::npos; }

bool summary_fits(const fs::path& folder) {
  if (!is_there(folder / kSummaryFile)) return false;
  const auto summary =
      JsonDocument::read(folder / kSummaryFile, ErrorKind::input, kMaxSummaryBytes);
  Sha256 hash;
  std::ifstream in(folder / kResultsFile, std::ios::binary);
  std::vector<char> block(1U << 20U);
  while (in.read(block.data(), static_cast<std::streamsize>(block.size())) || in.gcount() > 0)
    hash.update({block.data(), static_cast<std::size_t>(in.gcount())});
  return summary.root().at("results_sha256").string() == hash.hex();
}

}  // namespace

void refuse_existing(const fs::path& folder, ExistingOutput existing) {
  if (!is_there(folder)) return;
  if (existing == ExistingOutput::refuse)
    throw Error(ErrorKind::output, fmt::format("{} exists; use --overwrite to replace its results, "
                                               "--resume to finish them, or another "
                                               "--output",
                                               folder.string()));
  std::error_code problem;
  if (!fs::is_directory(folder, problem))
    throw Error(ErrorKind::output,
                folder.string() + " exists and is not a folder; choose another --output");
  refuse_foreign(folder);
}

RunFolder::RunFolder(fs::path folder, ExistingOutput existing) : folder_(std::move(folder)) {
  refuse_existing(folder_, existing);
  make_folder(folder_);
  lock_.emplace(folder_);
}

std::optional<nlohmann::ordered_json> RunFolder::earlier_run() const {
  if (!is_there(folder_ / kRunFile)) {
    // No kill leaves records without the run.json that was written before them.
    if (is_there(folder_ / kResultsFile))
      refuse_resume(folder_, fmt::format("{} is there without {}", kResultsFile, kRunFile));
    return std::nullopt;
  }
  return JsonDocument::read(folder_ / kRunFile, ErrorKind::input).root().raw();
}

void RunFolder::clear() {
  withdraw_summary();
  remove_result_pictures(folder_);  // their names are in the records
  remove_wafers(folder_);           // another run's map must not lie beside this one's
  // One after the other, each on the disk: the summary must be gone before anything it vouches for.
  for (const char* name : kWritten) remove_durably(folder_, name);
}

void RunFolder::require_in_place() const {
  if (lock_->in_place()) return;
  throw Error(ErrorKind::output,
              folder_.string() +
                  ": the folder was removed or replaced during the run; its results are lost, "
                  "inspect again");
}

void RunFolder::withdraw_summary() {
  remove_durably(folder_, kPrometheusFile);  // it says that the run is complete, too
  remove_durably(folder_, kSummaryFile);
}

void RunFolder::write_calibration_images(const fs::path& from, const CalibrationImages& expected) {
  const auto images =
      ImageHashes::read(from / kCalibrationImagesFile, expected.sha256, ErrorKind::input);
  write_file_atomically(folder_ / kCalibrationImagesFile, images.text());
}

void RunFolder::write_run(const nlohmann::ordered_json& run) {
  write_file_atomically(folder_ / kRunFile, json_pretty(run));
}

Resumed RunFolder::check_records(const Listing& listing, const ListPart& part, bool verify) const {
  Resumed resumed;
  std::ifstream results = open_to_resume(folder_ / kResultsFile);
  std::ifstream times = open_to_resume(folder_ / kTimesFile);
  const std::string name = (folder_ / kResultsFile).string();
  Tally tally;
  std::uint64_t records = 0, bytes = 0;
  std::string line, time(kTimeLine, '\0');
  // A last line without its end, or without its time, was cut by a kill: it is inspected again.
  while (std::getline(results, line) && !results.eof() &&
         times.read(time.data(), static_cast<std::streamsize>(kTimeLine)) && !never_written(line) &&
         !never_written(time)) {
    const Record record = parse_record(line, name, records + 1, ErrorKind::input);
    if (records >= part.size())
      refuse_resume(folder_,
                    fmt::format("it recorded more images than the {} listed now", part.size()));
    const std::string_view listed = listing.images[part.first + records];
    if (record.image != to_utf8(listed))
      refuse_resume(folder_, fmt::format("another list: record {} is \"{}\", the list has \"{}\"",
                                         records + 1, printable(record.image), printable(listed)));
    check_unchanged(folder_, record, listing.locate(listed), time, verify);
    tally.add(record);
    ++records;
    bytes += line.size() + 1;
    if (records % part.slice == 0 || records == part.size()) {
      resumed.records = records;
      resumed.bytes = bytes;
      resumed.tally = tally;
    }
  }
  if (results.bad() || times.bad())
    throw Error(ErrorKind::output, name + ": cannot be read to its end; nothing was changed");
  resumed.complete = resumed.records == part.size() && summary_fits(folder_);
  return resumed;
}

std::string proven_results_sha256(const Listing& listing, const ListPart& part,
                                  const fs::path& results) {
  std::uint64_t index = part.first;
  Sha256 hash;
  const std::string file = results.string();
  for_each_line(results, ErrorKind::output, [&](std::string_view line) {
    hash.update(line);
    hash.update("\n");
    const std::uint64_t number = index - part.first + 1;
    const Record record = parse_record(line, file, number, ErrorKind::output);
    if (index >= part.end || record.image != to_utf8(listing.images[index]))
      throw std::logic_error(
          fmt::format("record {} of {} is \"{}\"", number, results.string(), record.image));
    ++index;
  });
  if (index != part.end)
    throw std::logic_error(fmt::format("{} holds {} records for {} images", results.string(),
                                       index - part.first, part.size()));
  return hash.hex();
}

RecordWriter::RecordWriter(const fs::path& folder, const Resumed& resumed)
    : results_(folder / kResultsFile, resumed.bytes),
      times_(folder / kTimesFile, resumed.records * kTimeLine) {
  sync_folder(folder);
}

void RecordWriter::append(std::string_view lines, const std::vector<std::int64_t>& modified) {
  results_.append(lines);
  std::string times;
  for (const std::int64_t value : modified) times += time_line(value);
  times_.append(times);
}

void RecordWriter::sync() {
  results_.sync();
  times_.sync();
}

void RecordWriter::close() {
  results_.close();
  times_.close();
}

}  // namespace zeromiss
