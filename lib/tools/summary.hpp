#pragma once

#include "slice_runner.hpp"

#include <zeromiss/tools/shard.hpp>

#include <nlohmann/json.hpp>

#include <string>

namespace zeromiss {

/// What summary.json is made of.
struct SummaryFacts {
  const Tally& tally;
  nlohmann::ordered_json skipped;
  const StageSeconds& stages;
  double seconds;       ///< of the whole run, from listing to the last record
  double images_per_s;  ///< from the first slice to the last record: start-up left out
  const std::string& results_sha256;
  Shard shard{};
  int batch = 0, images_at_once = 0;  ///< 0 at once: the memory always held a batch
  bool proved = false;                ///< with --prove-stable
};

/// summary.json, schema zeromiss-summary/1.
nlohmann::ordered_json summary_json(const SummaryFacts& facts);
nlohmann::ordered_json skipped_json(const Listing& listing);

/// Lines for the terminal: how many were held for review whatever their score, and why.
std::string held_note(const Tally& tally, bool proved);

/// "3 PASS, 0 REVIEW, 1 REJECT, 0 ERROR"
std::string tally_note(const Tally& tally);

}  // namespace zeromiss
