#include "choice.hpp"

#include <zeromiss/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace zeromiss {
namespace {

std::string figure(double value) {
  constexpr double kMany = 1000;
  return value >= kMany ? fmt::format("{:.0f}", value) : fmt::format("{:.3g}", value);
}

/// So many digits that two figures that differ look different.
std::pair<std::string, std::string> apart(double a, double b) {
  for (int digits = 4; digits < 17; ++digits) {
    auto left = fmt::format("{:.{}f}", a, digits), right = fmt::format("{:.{}f}", b, digits);
    if (left != right || a == b) return {std::move(left), std::move(right)};
  }
  return {fmt::format("{}", a), fmt::format("{}", b)};
}

std::optional<LostBy> escapes_of(const Candidate& one) {
  const OperatingFigures& f = *one.figures;
  if (f.defective == 0) return LostBy{"no_defective", true};
  if (f.escapes == 0 && f.not_judged_defective > 0)  // they did not pass, but might have
    return LostBy{"not_judged",
                  true,
                  {{"errors", fmt::format("{}", f.not_judged_defective)},
                   {"defective", fmt::format("{}", f.defective)}}};
  if (f.escapes == 0) return std::nullopt;
  return LostBy{
      "escapes",
      false,
      {{"escapes", fmt::format("{}", f.escapes)}, {"defective", fmt::format("{}", f.defective)}}};
}

std::optional<LostBy> license_of(const Candidate& one, const ChooseOptions& rules) {
  // SPDX identifiers are compared without case (SPDX 2.3, annex D).
  const auto same = [&](const std::string& allowed) {
    return lower_ascii(allowed) == lower_ascii(one.license);
  };
  if (rules.licenses.empty() || std::any_of(rules.licenses.begin(), rules.licenses.end(), same))
    return std::nullopt;
  return LostBy{"license", false, {{"license", printable(one.license)}}};
}

std::optional<LostBy> speed_of(const Candidate& one, const ChooseOptions& rules) {
  const PackageSpeed& speed = *one.speed;
  const double shown = speed.valid ? speed.images_per_s : speed.slowest_window;
  if (shown >= rules.target_fps) return std::nullopt;
  const auto [rate, target] = std::pair(figure(shown), figure(rules.target_fps));
  if (speed.valid) return LostBy{"speed", false, {{"rate", rate}, {"target", target}}};
  return LostBy{"speed_not_valid",
                true,
                {{"rate", rate},
                 {"target", target},
                 {"reason", speed.reasons.empty() ? "" : printable(speed.reasons.front())}}};
}

std::optional<LostBy> memory_of(const char* rule, const std::optional<double>& used,
                                const std::optional<double>& most) {
  if (!most) return std::nullopt;
  if (!used) return LostBy{std::string(rule) + "_not_measured", true};
  if (*used <= *most) return std::nullopt;
  const auto [mib, allowed] = std::pair(fmt::format("{:.0f}", *used), fmt::format("{:g}", *most));
  // 100.4 of 100 must not read "100 of 100".
  return LostBy{rule,
                false,
                {{"mib", mib == allowed ? fmt::format("{:.3f}", *used) : mib}, {"most", allowed}}};
}

/// A model on the CPU uses none of a GPU's memory.
std::optional<double> vram_of(const Candidate& one) {
  return one.device == "cpu" ? 0.0 : one.peak_vram_mib;
}

std::vector<LostBy> failed_rules(const Candidate& one, const ChooseOptions& rules) {
  if (one.unusable) return {*one.unusable};
  std::vector<LostBy> failed;
  for (const auto& lost : {escapes_of(one), license_of(one, rules), speed_of(one, rules),
                           memory_of("ram", one.peak_rss_mib, rules.max_ram_mib),
                           memory_of("vram", vram_of(one), rules.max_vram_mib)})
    if (lost) failed.push_back(*lost);
  return failed;
}

double accuracy(const Candidate& one) { return one.figures->accuracy.or_zero(); }

/// Better first.
bool better(const Candidate& a, const Candidate& b) {
  const auto key = [](const Candidate& one) {
    return std::tuple(-accuracy(one), -one.speed->images_per_s, one.peak_rss_mib.value_or(0));
  };
  return key(a) < key(b);
}

LostBy against(const Candidate& loser, const Candidate& winner) {
  if (accuracy(loser) < accuracy(winner)) {
    const auto [mine, best] = apart(accuracy(loser), accuracy(winner));
    return {"less_accurate",
            false,
            {{"accuracy", mine},
             {"best", best},
             {"overkills", fmt::format("{}", loser.figures->overkills)},
             {"fewest", fmt::format("{}", winner.figures->overkills)}}};
  }
  const double rate = loser.speed->images_per_s, best = winner.speed->images_per_s;
  if (rate < best) return {"slower", false, {{"rate", figure(rate)}, {"best", figure(best)}}};
  return {"equal", false};
}

bool on_the_plot(const Candidate& one) { return !one.unusable && !escapes_of(one); }

void mark_pareto(std::vector<Candidate>& candidates) {
  const auto beats = [](const Candidate& a, const Candidate& b) {
    const double fps = a.speed->images_per_s - b.speed->images_per_s;
    const double right = accuracy(a) - accuracy(b);
    return fps >= 0 && right >= 0 && (fps > 0 || right > 0);
  };
  for (Candidate& one : candidates)
    one.pareto = on_the_plot(one) &&
                 std::none_of(candidates.begin(), candidates.end(), [&](const Candidate& other) {
                   return on_the_plot(other) && beats(other, one);
                 });
}

}  // namespace

Choice decide_choice(std::vector<Candidate>& candidates, const ChooseOptions& rules) {
  Choice choice;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    Candidate& one = candidates[i];
    one.lost_by = failed_rules(one, rules);
    if (one.figures) ++choice.compared;
    if (!one.lost_by.empty()) continue;
    if (!choice.index || better(one, candidates[*choice.index])) choice.index = i;
  }
  mark_pareto(candidates);
  if (choice.index) {
    choice.state = Choice::State::chosen;
    for (std::size_t i = 0; i < candidates.size(); ++i)
      if (i != *choice.index && candidates[i].lost_by.empty())
        candidates[i].lost_by = {against(candidates[i], candidates[*choice.index])};
    return choice;
  }
  const auto only_evidence = [](const Candidate& one) {
    return std::all_of(one.lost_by.begin(), one.lost_by.end(),
                       [](const LostBy& lost) { return lost.evidence; });
  };
  if (std::any_of(candidates.begin(), candidates.end(), only_evidence))
    choice.state = Choice::State::insufficient_evidence;
  return choice;
}

std::optional<double> chosen_escape_rate_upper(const OperatingFigures& figures,
                                               std::size_t compared) {
  const auto number = static_cast<double>(std::max<std::size_t>(compared, 1));
  return upper_bound(figures.escapes, figures.judged_defective(),
                     1 - (1 - figures.confidence) / number);
}

}  // namespace zeromiss
