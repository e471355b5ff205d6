#include "summary.hpp"

#include <fmt/format.h>

namespace zeromiss {
namespace {

using Json = nlohmann::ordered_json;

Json stability_json(const Tally& tally) {
  Json flips = Json::object();
  for (const auto& [cause, count] : tally.flips) flips[cause] = count;
  return {{"near_limit", tally.near_limit},
          {"unstable", tally.unstable},
          {"unstable_reject", tally.unstable_reject},
          {"flips", flips}};
}

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
  if (facts.tally.outside_guard > 0) summary["guard"] = {{"outside", facts.tally.outside_guard}};
  if (facts.proved) summary["stability"] = stability_json(facts.tally);
  if (!facts.shard.whole()) summary["shard"] = facts.shard.text();
  return summary;
}

std::string held_note(const Tally& tally, bool proved) {
  std::string text;
  if (tally.outside_guard > 0)
    text +=
        fmt::format("  outside the package's guard (REVIEW at least): {}\n", tally.outside_guard);
  if (!proved) return text;
  text += fmt::format("  near a limit and judged again: {}, not stable (REVIEW): {}\n",
                      tally.near_limit, tally.unstable);
  for (const auto& [cause, count] : tally.flips) text += fmt::format("    {}: {}\n", cause, count);
  return text;
}

std::string tally_note(const Tally& tally) {
  return fmt::format("{} PASS, {} REVIEW, {} REJECT, {} ERROR", tally.pass, tally.review,
                     tally.reject, tally.error);
}

}  // namespace zeromiss
