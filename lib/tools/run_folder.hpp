#pragma once

#include <zeromiss/base/files.hpp>
#include <zeromiss/dataset/listing.hpp>
#include <zeromiss/model/package.hpp>
#include <zeromiss/report/results_file.hpp>
#include <zeromiss/tools/shard.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zeromiss {

enum class ExistingOutput { refuse, overwrite, resume };

/// What an earlier run left, once it was found to fit this one.
struct Resumed {
  std::uint64_t records = 0;  ///< whole slices only; the rest is inspected again
  std::uint64_t bytes = 0;    ///< of results.jsonl that hold them
  Tally tally;
  bool complete = false;  ///< summary.json is there and fits results.jsonl
};

/// @throws Error(output) when the folder exists and may not, is no folder, or never was a run and
/// holds a name that a run writes
void refuse_existing(const std::filesystem::path& folder, ExistingOutput existing);

/// The output folder of one run, locked while this lives. Only files that the tool writes are ever
/// touched.
class RunFolder {
 public:
  /// Makes or takes over the folder. @throws Error(output) when it exists (refuse) or another run
  /// holds it
  RunFolder(std::filesystem::path folder, ExistingOutput existing);

  [[nodiscard]] const std::filesystem::path& path() const { return folder_; }
  /// run.json of an earlier run, for --resume. @throws Error(input) when it is damaged, or
  /// gone while records are there
  [[nodiscard]] std::optional<nlohmann::ordered_json> earlier_run() const;
  /// Removes what an earlier run left, summary.json first.
  void clear();
  /// Copies the list of the images that chose the limits, from a package or a shard, so that
  /// `evaluate` can tell whether it scores one of them. Before write_run().
  /// @throws Error(input) when it is missing or not the one that is expected
  void write_calibration_images(const std::filesystem::path& from,
                                const CalibrationImages& expected);
  void write_run(const nlohmann::ordered_json& run);
  /// Takes back an earlier summary.json before records change: it may only stand beside a complete
  /// run.
  void withdraw_summary();
  /// The folder is still the one that is locked. Somebody may have removed it, and another run may
  /// have made it anew: its files would be vouched for. @throws Error(output) when it is not
  void require_in_place() const;

  /// Compares the records of an earlier run with today's list and files. Whole slices are kept.
  /// @param part    of the list: what this run is to record
  /// @param verify  hash every recorded image again
  /// @throws Error(input) naming the first difference
  Resumed check_records(const Listing& listing, const ListPart& part, bool verify) const;

 private:
  std::filesystem::path folder_;
  std::optional<FolderLock> lock_;
};

/// The coverage proof, from the file itself: its records are the images of the part, in order, and
/// nothing else. @return the file's SHA-256. @throws std::logic_error, Error(output)
std::string proven_results_sha256(const Listing& listing, const ListPart& part,
                                  const std::filesystem::path& results);

/// Appends records in order; sync() at group ends makes them durable.
class RecordWriter {
 public:
  RecordWriter(const std::filesystem::path& folder, const Resumed& resumed);
  /// @param lines     records, each with its line end
  /// @param modified  the modification time of each record's file, for a later --resume
  void append(std::string_view lines, const std::vector<std::int64_t>& modified);
  void sync();
  void close();

 private:
  DurableFile results_;
  DurableFile times_;
};

}  // namespace zeromiss
