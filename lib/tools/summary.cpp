#include "summary.hpp"

#include <fmt/format.h>

namespace zeromiss {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

Json skipped_json(const Listing& listing) {
  Json skipped = Json::array();
  for (const Skipped& entry : listing.skipped)
    skipped.push_back({{"path", entry.path}, {"reason", entry.reason}});
  return skipped;
}

Json summary_json(const SummaryFacts& facts) {
  Json stages = Json::object();
  for (std::size_t i = 0; i < facts.stages.size(); ++i)
    stages[std::string(kStageNames[i])] = facts.stages[i];
  Json errors = Json::object();
  for (const auto& [code, count] : facts.tally.errors) errors[code] = count;
  Json summary = {{"schema", "zeromiss-summary/1"},
                  {"images", facts.tally.images},
                  {"verdicts",
                   {{"PASS", facts.tally.pass},
                    {"REVIEW", facts.tally.review},
                    {"REJECT", facts.tally.reject},
                    {"ERROR", facts.tally.error}}},
                  {"errors", errors},
                  {"skipped", facts.skipped},
                  {"results_sha256", facts.results_sha256},
                  {"seconds", facts.seconds},
                  {"images_per_s", facts.images_per_s},
                  {"stages", stages}};
  if (facts.images_at_once > 0)
    summary["out_of_memory"] = {{"batch", facts.batch}, {"images_at_once", facts.images_at_once}};
  if (!facts.shard.whole()) summary["shard"] = facts.shard.text();
  return summary;
}

std::string tally_note(const Tally& tally) {
  return fmt::format("{} PASS, {} REVIEW, {} REJECT, {} ERROR", tally.pass, tally.review,
                     tally.reject, tally.error);
}

}  // namespace zeromiss
