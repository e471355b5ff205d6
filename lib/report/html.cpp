#include "assets.hpp"
#include "gallery.hpp"
#include "histogram.hpp"
#include "html_page.hpp"

#include <zeromiss/base/files.hpp>
#include <zeromiss/base/hash.hpp>
#include <zeromiss/base/json.hpp>
#include <zeromiss/report/html.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <limits>
#include <string_view>
#include <utility>

namespace zeromiss {
namespace {

using Json = nlohmann::ordered_json;

/// Images that the page lists, with or without a picture.
constexpr std::size_t kListedImages = 1000;
/// Skipped files that the page names; summary.json has them all.
constexpr std::size_t kSkippedFiles = 200;
/// Images held for review whatever their score that the page names, the first of the list.
constexpr std::size_t kHeldImages = 200;
constexpr std::int64_t kMaxCount = std::numeric_limits<std::int64_t>::max();

JsonDocument read_document(const std::filesystem::path& file, std::string_view schema) {
  auto document = JsonDocument::read(file, ErrorKind::input, kMaxSummaryBytes);
  const auto found = document.root().at("schema");
  if (found.string() != schema)
    found.fail(fmt::format("expected \"{}\", found \"{}\"", schema, found.string()));
  return document;
}

Limits read_limits(const JsonNode& run) {
  const auto node = run.at("limits");
  const Limits limits{node.at("review_at").number(), node.at("reject_at").number()};
  if (limits.review_at > limits.reject_at) node.fail("review_at is above reject_at");
  return limits;
}

/// Scores of anomaly models are any numbers, all others are probabilities. They have the bounds
/// that it turns out to have, for which the records are read once more.
ScoreAxis axis_of(const JsonNode& run, const std::filesystem::path& results, const Limits& limits) {
  if (run.at("model").at("task").string() != "anomaly") return {0, 1};
  ScoreRange range;
  for_each_record(results, ErrorKind::input, [&](const Record& record) {
    if (record.score) range.add(*record.score);
  });
  return axis_around(range, limits);
}

Json verdicts_json(const Tally& tally) {
  return {{"REJECT", tally.reject},
          {"REVIEW", tally.review},
          {"ERROR", tally.error},
          {"PASS", tally.pass}};
}

/// A page must not be made from records that are not the ones the run ended with.
void require_same(const JsonNode& count, std::uint64_t found) {
  if (static_cast<std::uint64_t>(count.integer(0, kMaxCount)) != found)
    count.fail(
        fmt::format("{} holds {} of these: one of the two files is damaged", kResultsFile, found));
}

/// The records are those that the run hashed at its end, to the byte.
void require_hash(const JsonNode& summary, const std::filesystem::path& results) {
  Sha256 hash;
  for_each_line(results, ErrorKind::input, [&](std::string_view line) {
    hash.update(line);
    hash.update("\n");
  });
  const auto expected = summary.at("results_sha256");
  if (const auto found = hash.hex(); found != expected.string())
    expected.fail(
        fmt::format("{} has the hash {}: it was changed after the run", kResultsFile, found));
}

void require_match(const JsonNode& run, const JsonNode& summary, const Tally& tally) {
  require_same(run.at("images"), tally.images);
  require_same(summary.at("images"), tally.images);
  const auto verdicts = summary.at("verdicts");
  require_same(verdicts.at("PASS"), tally.pass);
  require_same(verdicts.at("REVIEW"), tally.review);
  require_same(verdicts.at("REJECT"), tally.reject);
  require_same(verdicts.at("ERROR"), tally.error);
}

/// summary.json as it is, its list of skipped files cut to what a page can show.
Json short_summary(const JsonNode& summary) {
  Json copy = summary.raw();
  const auto skipped = copy.find("skipped");
  if (skipped == copy.end() || !skipped->is_array()) return copy;
  copy["skipped_total"] = skipped->size();
  auto& list = copy["skipped"];
  if (list.size() > kSkippedFiles)
    list.erase(list.begin() + static_cast<std::ptrdiff_t>(kSkippedFiles), list.end());
  return copy;
}

}  // namespace

void write_inspect_html(const std::filesystem::path& folder, const HtmlOptions& options) {
  write_inspect_html(folder, read_document(folder / kSummaryFile, "zeromiss-summary/1"), options);
}

void write_inspect_html(const std::filesystem::path& folder, const JsonDocument& summary,
                        const HtmlOptions& options) {
  const auto run = read_document(folder / kRunFile, "zeromiss-run/1");
  const auto results = folder / kResultsFile;
  const Limits limits = read_limits(run.root());
  require_hash(summary.root(), results);

  ScoreHistogram histogram(axis_of(run.root(), results, limits));
  Gallery gallery(kListedImages);
  Tally tally;
  std::size_t held_images = 0;
  Json held = Json::array();
  for_each_record(results, ErrorKind::input, [&](const Record& record) {
    tally.add(record);
    if (Json why = held_json(record);
        !why.empty() && record.score && ++held_images <= kHeldImages) {
      why["image"] = record.image;
      why["verdict"] = verdict_name(record.verdict);
      why["score"] = *record.score;
      held.push_back(std::move(why));
    }
    gallery.add(record);
    if (record.score) histogram.add(*record.score, record.verdict);
  });
  require_match(run.root(), summary.root(), tally);
  auto shown = gallery.take(options.gallery_images);
  add_pictures(shown, options);

  const Json data = {{"images", tally.images},
                     {"verdicts", verdicts_json(tally)},
                     {"errors", tally.errors},
                     {"limits", {{"review_at", limits.review_at}, {"reject_at", limits.reject_at}}},
                     {"histogram", histogram.json()},
                     {"shown", gallery_json(shown)},
                     {"held",
                      {{"images", held},
                       {"total", held_images},
                       {"outside_guard", tally.outside_guard},
                       {"near_limit", tally.near_limit},
                       {"unstable", tally.unstable},
                       {"flips", tally.flips}}},
                     {"run", run.root().raw()},
                     {"summary", short_summary(summary.root())}};
  write_file_atomically(folder / kHtmlFile, html_page({"inspect.title",
                                                       "images",
                                                       assets::kInspectHtml,
                                                       {assets::kGalleryJs, assets::kInspectJs},
                                                       &data}));
}

}  // namespace zeromiss
