#include "choice.hpp"

#include <zeromiss/base/machine.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/base/version.hpp>
#include <zeromiss/report/bounds.hpp>
#include <zeromiss/report/texts.hpp>

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>

namespace zeromiss {
namespace {

using Json = nlohmann::ordered_json;
constexpr double kPercent = 100;

Json optional_json(const std::optional<double>& value) { return value ? Json(*value) : Json(); }
Json figure_json(const Figure& value) { return optional_json(value.value); }

Json interval_json(const std::optional<Interval>& interval) {
  return interval ? Json{interval->low, interval->high} : Json();
}

Json figures_json(const Candidate& one) {
  const OperatingFigures& f = *one.figures;
  return {{"images", f.images},
          {"errors", one.errors},
          {"defective", f.defective},
          {"good", f.good},
          {"escapes", f.escapes},
          {"not_judged", f.not_judged_defective},
          {"overkills", f.overkills},
          {"accuracy", figure_json(f.accuracy)},
          {"recall", figure_json(f.recall)},
          {"recall_interval", interval_json(f.recall_interval)},
          {"overkill_rate", figure_json(f.overkill_rate)},
          {"overkill_rate_interval", interval_json(f.overkill_rate_interval)},
          {"escape_rate_upper", figure_json(f.escape_rate_upper)}};
}

Json speed_json(const PackageSpeed& speed) {
  return {{"images_per_s", speed.images_per_s},
          {"slowest_window_images_per_s", speed.slowest_window},
          {"valid", speed.valid},
          {"reasons", speed.reasons},
          {"invalid", speed.invalid}};
}

std::string sentence(const LostBy& lost) {
  return text(Language::english, "choose.why." + lost.rule, lost.values);
}

Json candidate_json(const Candidate& one, bool chosen) {
  Json lost = Json::array();
  std::string reason;
  for (const LostBy& by : one.lost_by) {
    lost.push_back({{"rule", by.rule}, {"evidence", by.evidence}, {"values", by.values}});
    reason += (reason.empty() ? "" : "; ") + sentence(by);
  }
  return {{"package", to_utf8(one.package)},
          {"folder", one.folder},
          {"name", one.name},
          {"version", one.version},
          {"license", one.license},
          {"task", one.task},
          {"sha256", one.weights_sha256},
          {"manifest_sha256", one.manifest_sha256},
          {"outcome", chosen ? "chosen" : "lost"},
          {"reason", reason},
          {"lost_by", lost},
          {"pareto", one.pareto},
          {"figures", one.figures ? figures_json(one) : Json()},
          {"speed", one.speed ? speed_json(*one.speed) : Json()},
          {"precision", one.precision},
          {"device", one.device},
          {"peak_rss_mib", optional_json(one.peak_rss_mib)},
          {"peak_vram_mib", optional_json(one.peak_vram_mib)}};
}

const char* state_name(Choice::State state) {
  switch (state) {
    case Choice::State::chosen:
      return "chosen";
    case Choice::State::none:
      return "none";
    case Choice::State::insufficient_evidence:
      break;
  }
  return "insufficient_evidence";
}

/// What the set shows of the chosen one.
Json evidence_json(const OperatingFigures& f, std::size_t compared) {
  constexpr double kOnePercent = 0.01;
  const auto needed = demonstration_size(f.escapes, kOnePercent, f.confidence).value();
  return {{"defective", f.defective},
          {"escapes", f.escapes},
          {"confidence", f.confidence},
          {"escape_rate_upper", figure_json(f.escape_rate_upper)},
          {"compared", compared},
          {"escape_rate_upper_of_best", optional_json(chosen_escape_rate_upper(f, compared))},
          {"more_for_1_percent", needed > f.defective ? needed - f.defective : 0}};
}

std::string at_most(const Json& rate) {
  return rate.is_null() ? "-" : percent_at_most(rate.get<double>(), 2);
}

std::string cell(const Json& object, const char* key, const char* format) {
  if (object.is_null() || object.at(key).is_null()) return "-";
  return fmt::format(fmt::runtime(format), object.at(key).get<double>());
}

std::string rate_cell(const Json& object, const char* key) {
  if (object.is_null() || object.at(key).is_null()) return "-";
  return rate_text(object.at(key).get<double>());
}

std::string speed_cell(const Json& speed) {
  if (speed.is_null()) return "-";
  return fmt::format("{:.4g}{}", speed.at("images_per_s").get<double>(),
                     speed.at("valid").get<bool>() ? "" : " *");
}

void print_table(const Json& json, std::ostream& out) {
  std::size_t width = 7;
  for (const Json& one : json.at("candidates"))
    width = std::max(width, printable(one.at("package").get<std::string>()).size());
  fmt::print(out, "{:<{}}  {:>9}{:>9}{:>11}{:>12}{:>10}\n", "package", width, "accuracy", "escapes",
             "overkills", "images/s", "RAM MiB");
  bool doubtful = false;
  for (const Json& one : json.at("candidates")) {
    const Json &figures = one.at("figures"), &speed = one.at("speed");
    fmt::print(out, "{:<{}}  {:>9}{:>9}{:>11}{:>12}{:>10}\n",
               printable(one.at("package").get<std::string>()), width,
               rate_cell(figures, "accuracy"), cell(figures, "escapes", "{:.0f}"),
               cell(figures, "overkills", "{:.0f}"), speed_cell(speed),
               cell(one, "peak_rss_mib", "{:.0f}"));
    doubtful = doubtful || (!speed.is_null() && !speed.at("valid").get<bool>());
  }
  if (doubtful)
    out << "* not VALID (its benchmark.json says why): do not quote it; only its slowest window is "
           "held to the target\n";
}

void print_evidence(const Json& json, std::ostream& out) {
  if (json.at("evidence").is_null()) return;
  const Json& e = json.at("evidence");
  out << text(Language::english, "choose.evidence", e.at("texts"));
  if (e.at("more_for_1_percent") > 0)
    out << ' ' << text(Language::english, "choose.evidence_more", e.at("texts"));
  out << '\n';
}

}  // namespace

Json choose_json(const std::vector<Candidate>& candidates, const Choice& choice,
                 const ChooseOptions& options, const Json& test_set) {
  Json list = Json::array();
  for (std::size_t i = 0; i < candidates.size(); ++i)
    list.push_back(candidate_json(candidates[i], choice.index == i));
  const MachineFacts facts = machine_facts();
  Json json = {{"schema", "zeromiss-choose/1"},
               {"tool", {{"name", "benchmark choose"}, {"version", kVersion}}},
               {"state", state_name(choice.state)},
               {"chosen", choice.index ? Json(*choice.index) : Json()},
               {"evidence", nullptr},
               {"rules",
                {{"escapes", 0},
                 {"target_fps", options.target_fps},
                 {"max_ram_mib", optional_json(options.max_ram_mib)},
                 {"max_vram_mib", optional_json(options.max_vram_mib)},
                 {"licenses", options.licenses.empty() ? Json() : Json(options.licenses)}}},
               {"test_set", test_set},
               {"candidates", list},
               {"settings", {{"device", options.device}, {"batch", options.batch}}},
               {"environment",
                {{"cpu", facts.cpu},
                 {"cpus", facts.cpus},
                 {"memory_mib", facts.memory_mib},
                 {"system", facts.system},
                 {"kernel", facts.kernel}}}};
  if (choice.index) {
    Json evidence = evidence_json(*candidates[*choice.index].figures, choice.compared);
    evidence["texts"] = {
        {"defective", fmt::format("{}", evidence.at("defective").get<std::uint64_t>())},
        {"upper", at_most(evidence.at("escape_rate_upper"))},
        {"confidence", fmt::format("{:g} %", kPercent * options.confidence)},
        {"compared", fmt::format("{}", choice.compared)},
        {"best", at_most(evidence.at("escape_rate_upper_of_best"))},
        {"more", fmt::format("{}", evidence.at("more_for_1_percent").get<std::uint64_t>())}};
    json["evidence"] = evidence;
  }
  return json;
}

void print_choice(const Json& json, std::ostream& out) {
  const auto state = json.at("state").get<std::string>();
  Json values = Json::object();
  if (state == "chosen") {
    const Json& one = json.at("candidates").at(json.at("chosen").get<std::size_t>());
    values = {{"package", printable(one.at("package").get<std::string>())},
              {"name", printable(one.at("name").get<std::string>())},
              {"version", printable(one.at("version").get<std::string>())}};
  }
  fmt::print(out, "{}\n", text(Language::english, "choose.state." + state, values));
  print_evidence(json, out);
  out << '\n';
  print_table(json, out);
  out << '\n';
  for (const Json& one : json.at("candidates"))
    if (one.at("outcome") == "lost")
      fmt::print(out, "{} lost: {}\n", printable(one.at("package").get<std::string>()),
                 one.at("reason").get<std::string>());
}

}  // namespace zeromiss
