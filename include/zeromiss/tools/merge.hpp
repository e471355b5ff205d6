#pragma once

#include <zeromiss/base/progress.hpp>
#include <zeromiss/tools/result_pictures.hpp>

#include <filesystem>
#include <ostream>
#include <vector>

namespace zeromiss {

/// Everything `inspect merge` can be told; the same names as its options (apps/README.md).
struct MergeOptions {
  std::vector<std::filesystem::path> shards;  ///< output folders of inspect --shard, in any order
  std::vector<std::filesystem::path>
      inputs;  ///< of those runs: pictures for report.html; may be empty
  std::filesystem::path output;
  bool overwrite = false, no_html = false, csv_bom = false, no_masks = false, quiet = false;
  SaveOverlay save_overlay = SaveOverlay::none;  ///< needs `inputs`
  std::filesystem::path coco_ids;
  ProgressMode progress = ProgressMode::automatic;
};

/// Puts the shards of one list together to what one run over the whole list would have written
/// (results.jsonl to the byte), streaming. Proves before it writes summary.json that every listed
/// image has exactly one record: the names of all records, in order, have the hash of the list that
/// every shard noted.
/// @return 0, or 4 when some images are ERROR
/// @throws Error(input) for a shard that is missing, unfinished, there twice or damaged (naming
/// those to run again), and for shards of different models, settings, versions or lists;
/// Error(output)
int merge(const MergeOptions& options, std::ostream& out);

}  // namespace zeromiss
