#include <zeromiss/base/json.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/report/bounds.hpp>
#include <zeromiss/report/comparison.hpp>
#include <zeromiss/report/csv.hpp>
#include <zeromiss/report/metrics_report.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace zeromiss {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostListed = 20;  ///< of a kind, on the terminal; flips.csv has all
constexpr double kPercent = 100.0;

Json value(const Figure& figure) { return figure.defined() ? Json(*figure.value) : Json(nullptr); }

std::uint64_t count(const Comparison& c, Change change) {
  return c.counts.at(static_cast<std::size_t>(change));
}

std::uint64_t flips(const Comparison& c) {
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < c.flow.size(); ++i)
    for (std::size_t j = 0; j < c.flow.size(); ++j) all += i == j ? 0 : c.flow[i][j];
  return all;
}

Json side_json(const Comparison& c, const OutcomeSet& set, std::size_t side) {
  return {{"source", to_utf8(set.source)},
          {"operating_point", set.origin},
          {"threshold", set.threshold ? Json(*set.threshold) : Json(nullptr)},
          {"escapes", c.escapes.at(side)},
          {"overkills", c.overkills.at(side)},
          {"not_judged", c.not_judged.at(side)}};
}

Json share_json(const PairedShare& share) {
  return {{"a", value(share.first)},
          {"b", value(share.second)},
          {"difference", value(share.difference)},
          {"difference_interval",
           share.interval ? Json{share.interval->low, share.interval->high} : Json(nullptr)},
          {"mcnemar_exact_p", share.exact_p},
          {"mcnemar_mid_p", share.mid_p},
          {"pairs",
           {{"both", share.pairs.both},
            {"a_only", share.pairs.first_only},
            {"b_only", share.pairs.second_only},
            {"neither", share.pairs.neither}}}};
}

Json shifts_json(const ScoreShifts& shifts, const OutcomeSet& a, const OutcomeSet& b) {
  Json json{{"images", shifts.images}, {"without_both_scores", shifts.without}};
  if (shifts.images == 0) return json;
  json["mean"] = shifts.mean;
  json["mean_absolute"] = shifts.mean_absolute;
  json["max_absolute"] =
      std::max(std::abs(shifts.quantiles.front().second), std::abs(shifts.quantiles.back().second));
  Json quantiles = Json::object(), largest = Json::array();
  for (const auto& [share, shift] : shifts.quantiles) quantiles[fmt::format("{}", share)] = shift;
  json["quantiles"] = std::move(quantiles);
  for (const std::size_t i : shifts.largest)
    largest.push_back({{"image", to_utf8(a.images[i].image)},
                       {"a", *a.images[i].score},
                       {"b", *b.images[i].score},
                       {"shift", *b.images[i].score - *a.images[i].score}});
  json["largest"] = std::move(largest);
  return json;
}

bool by_verdict(const Comparison& c) { return c.states.size() == kVerdictColumns.size(); }

std::string number(const std::optional<double>& score) {
  return score ? fmt::format("{}", *score) : "";
}

std::string label_of(const OutcomeSet& set, const LabelledOutcome& outcome) {
  return outcome.label < 0 ? "" : set.names.at(static_cast<std::size_t>(outcome.label));
}

std::string percent(const Figure& figure) { return percent_text(figure); }

std::string share_line(const char* name, const PairedShare& share, double confidence) {
  if (!share.difference.defined()) return fmt::format("  {:<10} - (no such image)\n", name);
  return fmt::format(
      "  {:<10} {} -> {}: {:+.2f} points ({:+.2f} to {:+.2f} with {:g} % confidence; McNemar's "
      "exact p {:.4g}, mid-p {:.4g})\n",
      name, percent(share.first), percent(share.second), kPercent * *share.difference.value,
      kPercent * share.interval->low, kPercent * share.interval->high, kPercent * confidence,
      share.exact_p, share.mid_p);
}

/// One list of images under its count.
std::string listed(const Comparison& c, Change change, const char* name, const OutcomeSet& a,
                   const OutcomeSet& b) {
  std::string text = fmt::format("  {:<19} {}\n", name, count(c, change));
  if (change == Change::verdict || change == Change::repaired_overkill) return text;
  std::size_t shown = 0;
  for (const ChangedImage& changed : c.changes) {
    if (changed.change != change) continue;
    if (shown++ == kMostListed) {
      text += fmt::format("      and {} more\n", count(c, change) - kMostListed);
      break;
    }
    const LabelledOutcome &before = a.images[changed.image], &after = b.images[changed.image];
    text += fmt::format("      {} ({}): {} -> {}", printable(before.image),
                        printable(a.names.at(before.truth)), state_name(before, by_verdict(c)),
                        state_name(after, by_verdict(c)));
    if (before.score && after.score)
      text += fmt::format(", score {} -> {}", *before.score, *after.score);
    text += "\n";
  }
  return text;
}

std::string flow_text(const Comparison& c) {
  std::string text =
      fmt::format("From A (rows) to B: {} of {} images changed\n  {:<12}", flips(c), c.images, "");
  for (const auto& state : c.states) text += fmt::format("{:>12}", state);
  text += "\n";
  for (std::size_t i = 0; i < c.states.size(); ++i) {
    text += fmt::format("  {:<12}", c.states[i]);
    for (const std::uint64_t n : c.flow[i]) text += fmt::format("{:>12}", n);
    text += "\n";
  }
  return text;
}

std::string shifts_text(const ScoreShifts& s, const OutcomeSet& a, const OutcomeSet& b) {
  if (s.images == 0) return "Scores: no image has one in both\n";
  std::string text =
      fmt::format("Scores, B minus A, of {} images: mean {:+.4g}, mean size {:.4g}\n  quantiles",
                  s.images, s.mean, s.mean_absolute);
  for (const auto& [share, shift] : s.quantiles)
    text += fmt::format("  {:g} %: {:+.4g}", kPercent * share, shift);
  text += "\n";
  for (const std::size_t i : s.largest)
    text += fmt::format("  {:+.4g}  {} ({} -> {})\n", *b.images[i].score - *a.images[i].score,
                        printable(a.images[i].image), *a.images[i].score, *b.images[i].score);
  return text;
}

std::string side_text(const char* letter, const OutcomeSet& set) {
  return fmt::format("{}: {} ({}{})\n", letter, printable(set.source), printable(set.origin),
                     set.threshold ? fmt::format(" = {}", *set.threshold) : "");
}

}  // namespace

std::string comparison_json(const Comparison& c, const OutcomeSet& a, const OutcomeSet& b) {
  Json escapes = Json::array();
  for (const ChangedImage& changed : c.changes)
    if (changed.change == Change::new_escape)
      escapes.push_back(to_utf8(a.images[changed.image].image));
  const Json json{
      {"schema", "zeromiss-compare/1"},
      {"task", a.task},
      {"images", c.images},
      {"defective", c.defective},
      {"good", c.good},
      {"labels_sha256", a.labels_sha256},
      {"confidence", c.confidence},
      {"a", side_json(c, a, 0)},
      {"b", side_json(c, b, 1)},
      {"new_escapes", count(c, Change::new_escape)},
      {"repaired_escapes", count(c, Change::repaired_escape)},
      {"new_overkills", count(c, Change::new_overkill)},
      {"repaired_overkills", count(c, Change::repaired_overkill)},
      {"new_escape_images", std::move(escapes)},
      {"verdict_flips", flips(c)},
      {"label_changes", c.label_changes},
      {"verdicts", {{"labels", c.states}, {"counts", c.flow}}},
      {"recall", share_json(c.recall)},
      {"accuracy", share_json(c.accuracy)},
      {"escape_rate", share_json(c.escape_rate)},
      {"overkill_rate", share_json(c.overkill_rate)},
      {"score_shifts", shifts_json(c.shifts, a, b)},
  };
  return json_pretty(json);
}

std::string flips_csv(const Comparison& c, const OutcomeSet& a, const OutcomeSet& b) {
  std::string text = "change,image,truth,a,b,score_a,score_b,predicted_a,predicted_b\n";
  for (const ChangedImage& changed : c.changes) {
    const LabelledOutcome &before = a.images[changed.image], &after = b.images[changed.image];
    text += fmt::format(
        "{},{},{},{},{},{},{},{},{}\n", kChangeNames.at(static_cast<std::size_t>(changed.change)),
        csv_text(to_utf8(before.image)), csv_text(a.names.at(before.truth)),
        state_name(before, by_verdict(c)), state_name(after, by_verdict(c)), number(before.score),
        number(after.score), csv_text(label_of(a, before)), csv_text(label_of(b, after)));
  }
  return text;
}

std::string comparison_text(const Comparison& c, const OutcomeSet& a, const OutcomeSet& b) {
  std::string text = side_text("A", a) + side_text("B", b);
  text += fmt::format("{} images: {} defective, {} good\n\n", c.images, c.defective, c.good);
  text +=
      fmt::format("  escapes {} -> {}, overkills {} -> {}, in ERROR {} -> {}\n", c.escapes[0],
                  c.escapes[1], c.overkills[0], c.overkills[1], c.not_judged[0], c.not_judged[1]);
  text += listed(c, Change::new_escape, "new escapes", a, b);
  text += listed(c, Change::repaired_escape, "repaired escapes", a, b);
  text += listed(c, Change::new_overkill, "new overkills", a, b);
  text += listed(c, Change::repaired_overkill, "repaired overkills", a, b);
  text += listed(c, Change::verdict, "other flips", a, b);
  text += "\n" + share_line("recall", c.recall, c.confidence) +
          share_line("accuracy", c.accuracy, c.confidence);
  text += "\n" + flow_text(c) + "\n" + shifts_text(c.shifts, a, b);
  if (c.label_changes > 0)
    text += fmt::format("\nImages with another predicted class: {}\n", c.label_changes);
  return text;
}

}  // namespace zeromiss
