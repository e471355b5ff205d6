#include "gallery.hpp"

#include "html_page.hpp"

#include <zeromiss/base/cpu.hpp>
#include <zeromiss/base/parallel.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace zeromiss {
namespace {

using Json = nlohmann::ordered_json;

/// Order of the groups on the page, and the part of the places that is kept for each but the first.
constexpr std::array kOrder = {VerdictKind::reject, VerdictKind::review, VerdictKind::error,
                               VerdictKind::pass};
constexpr std::array<std::size_t, 4> kSharePercent = {0, 25, 15, 10};

bool comes_before(const Shown& a, const Shown& b) {
  if (a.record.score != b.record.score) return a.record.score > b.record.score;
  return a.position < b.position;
}

/// A picture that cannot be made, for want of memory too, is no picture: it must not cost a
/// finished run its report.
std::optional<std::string> picture_of(const Record& record, const ThumbnailMaker& make) {
  try {
    return make(record);
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

/// How many of each class, the most important first, as the record has them.
Json defects_json(const std::vector<RecordDefect>& defects) {
  Json counts = Json::object();
  for (const RecordDefect& defect : defects)
    counts[defect.label] = counts.value(defect.label, 0) + 1;
  return counts;
}

}  // namespace

void Gallery::add(const Record& record) {
  const auto place = std::find(kOrder.begin(), kOrder.end(), record.verdict) - kOrder.begin();
  auto& heap = groups_.at(static_cast<std::size_t>(place));
  Shown candidate{{}, position_++, false, {}};
  candidate.record.score = record.score;
  const bool full = heap.size() >= listed_;
  if (full && (heap.empty() || !comes_before(candidate, heap.front()))) return;
  candidate.record = record;
  // Not shown, and the only parts that can be long.
  candidate.record.probabilities = {};
  if (candidate.record.defects)
    for (RecordDefect& defect : *candidate.record.defects) defect.mask.reset();
  if (full) {
    std::pop_heap(heap.begin(), heap.end(), comes_before);
    heap.pop_back();
  }
  heap.push_back(std::move(candidate));
  std::push_heap(heap.begin(), heap.end(), comes_before);
}

std::vector<Shown> Gallery::take(std::size_t tiles) {
  std::array<std::size_t, 4> counts{};
  for (std::size_t i = 0; i < counts.size(); ++i) counts.at(i) = groups_.at(i).size();
  const auto listed = share_places(counts, listed_);
  const auto with_tile = share_places(counts, std::min(tiles, listed_));
  std::vector<Shown> shown;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    auto& group = groups_.at(i);
    std::sort_heap(group.begin(), group.end(), comes_before);
    group.resize(listed.at(i));
    for (std::size_t j = 0; j < group.size(); ++j) group[j].tile = j < with_tile.at(i);
    std::move(group.begin(), group.end(), std::back_inserter(shown));
    group.clear();
  }
  return shown;
}

std::array<std::size_t, 4> share_places(const std::array<std::size_t, 4>& counts,
                                        std::size_t places) {
  std::array<std::size_t, 4> given{};
  std::size_t left = places;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    given.at(i) = std::min(counts.at(i), places * kSharePercent.at(i) / 100);
    left -= given.at(i);
  }
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const std::size_t more = std::min(counts.at(i) - given.at(i), left);
    given.at(i) += more;
    left -= more;
  }
  return given;
}

std::vector<std::string> make_pictures(std::size_t count,
                                       const std::function<std::string(std::size_t)>& make,
                                       int threads, std::uint64_t most_bytes) {
  std::vector<std::string> pictures(count);
  threads = std::clamp(threads, 1, usable_cpus());  // TBB warns of more
  parallel_for(threads, count, [&](std::size_t i) { pictures[i] = make(i); });
  std::uint64_t used = 0;
  for (auto& picture : pictures) {
    if (used + picture.size() > most_bytes) picture.clear();
    used += picture.size();
  }
  return pictures;
}

void add_pictures(std::vector<Shown>& shown, const HtmlOptions& options) {
  if (!options.thumbnail || options.thumbnail_bytes == 0) return;
  const auto make = [&](std::size_t i) {
    return shown[i].tile ? picture_of(shown[i].record, options.thumbnail).value_or("") : "";
  };
  auto pictures = make_pictures(shown.size(), make, options.threads, options.thumbnail_bytes);
  for (std::size_t i = 0; i < shown.size(); ++i) shown[i].picture = std::move(pictures[i]);
}

Json held_json(const Record& record) {
  Json held = Json::object();
  Json reasons = Json::array();
  for (const std::string& reason : record.reasons)  // that of the whole run is above them all
    if (is_of_guard(reason)) reasons.push_back(reason);
  if (!reasons.empty()) held["reasons"] = std::move(reasons);
  if (!record.stability || record.stability->flips.empty()) return held;
  held["own"] = verdict_name(record.stability->verdict);
  held["flips"] = Json::array();
  for (const RecordFlip& flip : record.stability->flips) {
    Json one = {{"cause", flip.cause}, {"verdict", verdict_name(flip.verdict)}};
    if (flip.score) one["score"] = *flip.score;
    held["flips"].push_back(std::move(one));
  }
  return held;
}

Json gallery_json(const std::vector<Shown>& shown) {
  Json images = Json::array();
  for (const auto& [record, position, tile, picture] : shown) {
    Json image = {{"image", record.image}, {"verdict", verdict_name(record.verdict)}};
    if (record.score) image["score"] = *record.score;
    if (record.label) image["label"] = *record.label;
    if (record.defects) image["defects"] = defects_json(*record.defects);
    if (record.error) image["code"] = record.error->code;
    if (record.error) image["message"] = record.error->message;
    if (record.width) image["width"] = *record.width;
    if (record.height) image["height"] = *record.height;
    if (record.bytes) image["bytes"] = *record.bytes;
    if (record.sha256) image["sha256"] = *record.sha256;
    if (record.first_frame_only) image["frames"] = "first";
    if (Json held = held_json(record); !held.empty()) image.update(held);
    if (tile) image["tile"] = true;
    if (!picture.empty()) image["picture"] = base64(picture);
    images.push_back(std::move(image));
  }
  return images;
}

}  // namespace zeromiss
