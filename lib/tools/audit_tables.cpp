// The tables of an audit: audit.json, the .csv files and leaked.txt.
#include "audit_findings.hpp"

#include <zeromiss/base/text.hpp>
#include <zeromiss/report/csv.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

namespace zeromiss {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kListed = 2000;  // entries of a list in audit.json; the tables have all

std::string place(const AuditFindings& found, std::size_t image) {
  return to_utf8(image_place(found.set, image));
}

Json number(const Figure& figure) { return figure.defined() ? Json(*figure.value) : Json(nullptr); }

Json splits_json(const AuditFindings& found) {
  Json splits = Json::array();
  for (std::size_t s = 0; s < found.set.splits.size(); ++s) {
    const auto& split = found.set.splits[s];
    Json classes = Json::object();
    std::uint64_t most = 0, least = UINT64_MAX;
    for (std::size_t k = 0; k < found.classes.size(); ++k) {
      const auto count = found.counts[s][k];
      classes[found.classes[k]] = count;
      if (count > 0) most = std::max(most, count), least = std::min(least, count);
    }
    Json imbalance = nullptr;
    if (most > 0) imbalance = static_cast<double>(most) / static_cast<double>(least);
    splits.push_back({{"name", split.name},
                      {"folder", to_utf8(split.folder.string())},
                      {"labels", split.labels},
                      {"images", split.images},
                      {"classes", classes},
                      {"imbalance", imbalance}});
  }
  return splits;
}

Json evenness_json(const AuditFindings& found) {
  Json missing = Json::array();
  for (std::size_t s = 0; s < found.set.splits.size(); ++s)
    for (std::size_t k = 0; k < found.classes.size(); ++k)
      if (found.counts[s][k] == 0 && found.set.splits[s].labels != "none")
        missing.push_back({{"class", found.classes[k]}, {"split", found.set.splits[s].name}});
  return {{"chi_square",
           found.evenness.p_value.defined() ? Json(found.evenness.chi_square) : Json(nullptr)},
          {"degrees_of_freedom", found.evenness.degrees},
          {"p_value", number(found.evenness.p_value)},
          {"cramers_v", number(found.evenness.cramers_v)},
          {"smallest_expected", found.evenness.smallest_expected},
          {"missing", missing}};
}

Json pair_json(const AuditFindings& found, const CopyPair& pair) {
  Json json = {{"kind", copy_kind_name(pair.kind)},
               {"turn", turn_name(pair.turn)},
               {"correlation", pair.place.likeness.correlation},
               {"detail", pair.place.likeness.detail}};
  if (pair.kind == CopyKind::crop) {
    json["whole"] = place(found, pair.first);
    json["share"] = pair.place.share;
    json["box"] = {pair.place.x, pair.place.y, pair.place.width, pair.place.height};
  }
  return json;
}

Json between(const AuditFindings& found, std::size_t image, std::size_t partner,
             const CopyPair& pair) {
  Json json = {{"image", place(found, image)}, {"partner", place(found, partner)}};
  const auto& images = found.set.images;
  if (!images[image].label.empty()) json["label"] = images[image].label;
  if (!images[partner].label.empty()) json["partner_label"] = images[partner].label;
  json.update(pair_json(found, pair));
  return json;
}

Json kinds_json(const std::array<std::uint64_t, 5>& counts) {
  Json json = Json::object();
  for (std::size_t i = 0; i < counts.size(); ++i)
    json[std::string(copy_kind_name(static_cast<CopyKind>(i)))] = counts.at(i);
  return json;
}

template <typename List, typename Make>
Json listed(const List& list, const Make& make) {
  Json json = Json::array();
  for (std::size_t i = 0; i < std::min(kListed, list.size()); ++i) json.push_back(make(list[i]));
  return json;
}

Json sources_json(const AuditFindings& found) {
  if (!found.sources) return nullptr;
  Json shared = listed(found.sources->shared, [&](const SharedSource& source) {
    Json images = Json::array();
    for (const auto i : source.images) images.push_back(place(found, i));
    return Json{{"source", to_utf8(source.source)}, {"images", images}};
  });
  return {{"found", found.sources->found},
          {"unmatched_images", found.sources->unmatched},
          {"in_several_splits", found.sources->shared.size()},
          {"shared", shared}};
}

Json figures_json(const OperatingFigures& f) {
  return {{"images", f.images},
          {"defective", f.defective},
          {"good", f.good},
          {"escapes", f.escapes},
          {"overkills", f.overkills},
          {"recall", number(f.recall)},
          {"precision", number(f.precision)},
          {"accuracy", number(f.accuracy)},
          {"escape_rate_upper", number(f.escape_rate_upper)}};
}

Json scores_json(const AuditFindings& found) {
  if (!found.scores) return nullptr;
  const auto& scores = *found.scores;
  return {{"split", scores.split},
          {"threshold", number(scores.threshold)},
          {"origin", scores.origin},
          {"all", figures_json(scores.all)},
          {"without_leaked", figures_json(scores.without)},
          {"leaked", figures_json(scores.leaked)},
          {"label_doubts", listed(scores.doubts, [&](const LabelDoubt& doubt) {
             return Json{{"image", place(found, doubt.image)},
                         {"label", found.set.images[doubt.image].label},
                         {"defect", doubt.defect},
                         {"score", doubt.score},
                         {"predicted", doubt.predicted},
                         {"doubt", doubt.doubt},
                         {"contradiction", doubt.contradiction},
                         {"neighbours", doubt.neighbours},
                         {"nearest", place(found, doubt.nearest)},
                         {"nearest_label", found.set.images[doubt.nearest].label}};
           })}};
}

Json odd_json(const AuditFindings& found) {
  std::map<std::string, std::uint64_t> counts;
  for (const auto& odd : found.odd) ++counts[odd.what];
  return {{"counts", counts}, {"images", listed(found.odd, [&](const OddImage& odd) {
                                 return Json{{"image", place(found, odd.image)},
                                             {"what", odd.what},
                                             {"value", odd.value},
                                             {"usual", odd.usual}};
                               })}};
}

std::string cell(std::string_view text) { return csv_text(to_utf8(text)); }

std::string pair_cells(const CopyPair& pair) {
  const auto& alike = pair.place.likeness;
  std::string row = fmt::format("{},{},{:.4f},{:.4f}", copy_kind_name(pair.kind),
                                cell(turn_name(pair.turn)), alike.correlation, alike.detail);
  row += pair.kind == CopyKind::crop ? fmt::format(",{:.4f}", pair.place.share) : ",";
  return row;
}

}  // namespace

Json audit_document(const AuditFindings& found) {
  const auto& images = found.set.images;
  Json kinds_of_leak = Json::object();
  std::array<std::uint64_t, 5> leaks{};
  for (const auto& leak : found.leaks)
    ++leaks.at(static_cast<std::size_t>(found.pairs[leak.pair].kind));
  return {{"schema", "zeromiss-audit/1"},
          {"images", images.size()},
          {"leak", !found.removable.empty()},
          {"leaked_images", found.removable.size()},
          {"crops_sought", found.crops_sought},
          {"splits", splits_json(found)},
          {"evenness", evenness_json(found)},
          {"pairs", {{"inside", kinds_json(found.inside)}, {"across", kinds_json(found.across)}}},
          {"leaks",
           {{"images", found.leaks.size()},
            {"by_kind", kinds_json(leaks)},
            {"list", listed(found.leaks,
                            [&](const Leak& leak) {
                              return between(found, leak.image, leak.partner,
                                             found.pairs[leak.pair]);
                            })}}},
          {"sources", sources_json(found)},
          {"label_conflicts", listed(found.conflicts,
                                     [&](const LabelConflict& conflict) {
                                       const auto& pair = found.pairs[conflict.pair];
                                       return between(found, pair.second, pair.first, pair);
                                     })},
          {"augmented_names", listed(found.augmented,
                                     [&](const AugmentedName& name) {
                                       Json json = {{"image", place(found, name.image)},
                                                    {"word", to_utf8(name.word)},
                                                    {"copy_of", nullptr}};
                                       if (name.pair) {
                                         const auto& pair = found.pairs[*name.pair];
                                         const bool first = pair.first == name.image;
                                         json["copy_of"] =
                                             place(found, first ? pair.second : pair.first);
                                       }
                                       return json;
                                     })},
          {"odd_images", odd_json(found)},
          {"damaged", listed(found.damaged,
                             [&](std::size_t i) {
                               return Json{{"image", place(found, i)},
                                           {"code", images[i].error_code},
                                           {"message", to_utf8(images[i].error)}};
                             })},
          {"scores", scores_json(found)}};
}

std::string duplicates_csv(const AuditFindings& found) {
  std::string text =
      "image,other,label,other_label,across_splits,kind,turn,correlation,detail,crop_share\n";
  const auto& images = found.set.images;
  for (const auto& pair : found.pairs)
    text += fmt::format("{},{},{},{},{},{}\n", cell(image_place(found.set, pair.first)),
                        cell(image_place(found.set, pair.second)), cell(images[pair.first].label),
                        cell(images[pair.second].label),
                        images[pair.first].split != images[pair.second].split ? "yes" : "no",
                        pair_cells(pair));
  return text;
}

std::string leaks_csv(const AuditFindings& found) {
  std::string text =
      "image,partner,label,partner_label,kind,turn,correlation,detail,crop_share,source\n";
  const auto& images = found.set.images;
  for (const auto& leak : found.leaks)
    text += fmt::format("{},{},{},{},{},\n", cell(image_place(found.set, leak.image)),
                        cell(image_place(found.set, leak.partner)), cell(images[leak.image].label),
                        cell(images[leak.partner].label), pair_cells(found.pairs[leak.pair]));
  if (!found.sources) return text;
  for (const auto& shared : found.sources->shared) {
    std::size_t first = shared.images.front();
    for (const auto i : shared.images)
      if (images[i].split < images[first].split) first = i;
    for (const auto i : shared.images)
      if (images[i].split != images[first].split)
        text += fmt::format("{},{},{},{},source,,,,,{}\n", cell(image_place(found.set, i)),
                            cell(image_place(found.set, first)), cell(images[i].label),
                            cell(images[first].label), cell(shared.source));
  }
  return text;
}

std::string leaked_text(const AuditFindings& found) {
  std::string text;
  for (const auto i : found.removable) text += found.set.files[i].string() + "\n";
  return text;
}

std::string odd_images_csv(const AuditFindings& found) {
  std::string text = "image,what,value,usual,message\n";
  for (const auto i : found.damaged)
    text += fmt::format("{},damaged,,,{}\n", cell(image_place(found.set, i)),
                        cell(found.set.images[i].error));
  for (const auto& odd : found.odd)
    text += fmt::format("{},{},{:.6g},{:.6g},\n", cell(image_place(found.set, odd.image)), odd.what,
                        odd.value, odd.usual);
  return text;
}

std::string label_doubts_csv(const AuditFindings& found) {
  std::string text =
      "rank,image,label,defect,score,predicted,doubt,contradiction,neighbours,nearest,"
      "nearest_label\n";
  if (!found.scores) return text;
  std::size_t rank = 0;
  for (const auto& doubt : found.scores->doubts)
    text += fmt::format("{},{},{},{},{:.6g},{},{:.4f},{:.4f},{:.2f},{},{}\n", ++rank,
                        cell(image_place(found.set, doubt.image)),
                        cell(found.set.images[doubt.image].label), doubt.defect ? "yes" : "no",
                        doubt.score, cell(doubt.predicted), doubt.doubt, doubt.contradiction,
                        doubt.neighbours, cell(image_place(found.set, doubt.nearest)),
                        cell(found.set.images[doubt.nearest].label));
  return text;
}

}  // namespace zeromiss
