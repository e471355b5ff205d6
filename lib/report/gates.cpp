#include <zeromiss/base/error.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/report/gates.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace zeromiss {
namespace {

using Json = nlohmann::ordered_json;
using Relation = GateRule::Relation;

/// Longer signs first, so that ">=" is not read as ">".
constexpr std::array<std::pair<std::string_view, Relation>, 5> kRelations{{
    {">=", Relation::at_least},
    {"<=", Relation::at_most},
    {"==", Relation::equal},
    {">", Relation::above},
    {"<", Relation::below},
}};

[[noreturn]] void refuse(std::string_view expression, const std::string& problem) {
  throw Error(ErrorKind::usage,
              fmt::format("--require \"{}\": {}; write for example \"recall >= 0.99\" or \"recall "
                          ">= 0.99 @ 0.95\"",
                          printable(expression), problem));
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool meets(double value, Relation relation, double limit) {
  switch (relation) {
    case Relation::at_least:
      return value >= limit;
    case Relation::above:
      return value > limit;
    case Relation::at_most:
      return value <= limit;
    case Relation::below:
      return value < limit;
    case Relation::equal:
      return value == limit;
  }
  return false;
}

/// Where a key leads: the value, the object that holds it, and what holds that.
struct Found {
  const Json* parent = nullptr;
  const Json* value = nullptr;
  std::string name;
  const Json* above = nullptr;
  bool several = false;  ///< of that name: no one knows which is meant
};

/// Class names may hold points, so the longest name that fits is tried first.
Found find(const Json& node, std::string_view path) {
  for (std::size_t end = path.size(); end != std::string_view::npos && end > 0;
       end = path.rfind('.', end - 1)) {
    const std::string name(path.substr(0, end));
    const Json* child = nullptr;
    bool several = false;
    if (node.is_object() && node.contains(name)) child = &node.at(name);
    if (node.is_array())
      for (const Json& entry : node)
        if (entry.is_object() && entry.value("name", Json()) == Json(name)) {
          several = child != nullptr;
          child = &entry;
        }
    if (child != nullptr) {
      if (end == path.size()) return {&node, child, name, nullptr, several};
      if (Found deeper = find(*child, path.substr(end + 1)); deeper.value != nullptr) {
        if (deeper.above == nullptr) deeper.above = &node;
        deeper.several = deeper.several || several;
        return deeper;
      }
    }
    if (end == 0) break;
  }
  return {};
}

Found find_figure(const Json& metrics, const std::string& key) {
  if (metrics.contains("operating_point"))
    if (const Found found = find(metrics.at("operating_point"), key); found.value != nullptr)
      return found;
  return find(metrics, key);
}

std::uint64_t count(const Json& object, const char* key) {
  return object.contains(key) && object.at(key).is_number_unsigned()
             ? object.at(key).get<std::uint64_t>()
             : 0;
}

/// Of how many images the figure is a share; 0: of none that is known.
std::uint64_t denominator(const Found& found) {
  const Json& parent = *found.parent;
  const std::string& name = found.name;
  if (!parent.is_object()) return 0;
  if (parent.contains("overkills")) {  // operating_point
    const auto defective = count(parent, "defective"), good = count(parent, "good");
    if (name == "recall" || name == "escape_rate") return defective;
    if (name == "overkill_rate") return good;
    if (name == "accuracy") return defective + good;
    if (name == "precision" && parent.at("recall").is_number())
      return static_cast<std::uint64_t>(
                 std::llround(parent.at("recall").get<double>() * static_cast<double>(defective))) +
             count(parent, "overkills");
    return 0;
  }
  if (parent.contains("escapes") && (name == "recall" || name == "escape_rate"))
    return count(parent, "images");  // a class of operating_point
  if (parent.contains("samples") && name == "accuracy") return count(parent, "samples");
  if (parent.contains("support") && name == "recall") return count(parent, "support");
  if (parent.contains("predicted") && name == "precision") return count(parent, "predicted");
  return 0;
}

/// What a count of misses counts among, and how many of them there are.
struct Among {
  std::uint64_t size;
  std::string what;
};

std::optional<Among> among(const Found& found) {
  static const Json kNone;
  const Json& parent = *found.parent;
  const Json& above = found.above != nullptr ? *found.above : kNone;
  const std::string& name = found.name;
  const auto objects = [](const Json& counts) {
    return Among{count(counts, "tp") + count(counts, "fn"), "one of them"};
  };
  if (parent.contains("overkills")) {  // operating_point
    if (name == "escapes") return Among{count(parent, "defective"), "defective image"};
    if (name == "overkills") return Among{count(parent, "good"), "good image"};
  } else if (above.contains("overkills")) {  // its not_judged and missing
    return Among{count(above, name.c_str()), name + " image"};
  } else if (parent.contains("escapes")) {  // a class of it, or a claim of the certificate
    if (name == "escapes" || name == "escapes_whole" || name == "not_judged")
      return Among{count(parent, parent.contains("defective") ? "defective" : "images"),
                   "defective image of it"};
  } else if (name == "fn" && parent.contains("tp")) {
    return objects(parent);
  } else if (name == "missed" && above.contains("tp")) {  // errors of detection
    return objects(above);
  } else if (name == "missed_in_passed_images") {
    return Among{count(parent, "targets"), "defect"};
  }
  return std::nullopt;
}

/// Only what was predicted takes part in it, so that images without a prediction make it better.
bool leaves_out_unpredicted(const Found& found) {
  constexpr std::array kNames{"fp",        "precision", "specificity",  "false_regions",
                              "duplicate", "class",     "localisation", "background"};
  if (found.parent->contains("overkills")) return false;  // operating_point counts all images
  return found.name.starts_with("roc_auc") || found.name.starts_with("average_precision") ||
         std::find(kNames.begin(), kNames.end(), found.name) != kNames.end();
}

/// Defective images in ERROR did not pass, but they do not show either that they would not have.
std::string not_judged(const Found& found) {
  const Json& parent = *found.parent;
  if (!parent.contains("escapes") || !parent.contains("not_judged")) return "";
  constexpr std::array kNames{"escapes",           "escapes_whole",      "escape_rate",
                              "escape_rate_upper", "more_for_1_percent", "more_for_0_1_percent",
                              "outgoing_ppm"};
  if (std::find(kNames.begin(), kNames.end(), found.name) == kNames.end()) return "";
  const bool of_point = parent.contains("overkills");
  const auto errors =
      of_point ? count(parent["not_judged"], "defective") : count(parent, "not_judged");
  if (errors == 0) return "";
  const auto all = count(parent, parent.contains("defective") ? "defective" : "images");
  return fmt::format("{} of {} defective {} are in ERROR, and nobody judged them", errors, all,
                     parent.contains("escapes_whole") ? "parts" : "images");
}

std::string lacking(const Found& found, const Json& metrics) {
  if (const auto counted = among(found); counted && counted->size == 0)
    return fmt::format("there is no {}", counted->what);
  if (auto errors = not_judged(found); !errors.empty()) return errors;
  // Figures of regression are those of the predicted images; `samples` says how many these are.
  const auto missing = count(metrics, "missing_predictions"), errors = count(metrics, "errors");
  const bool of_values = metrics.contains("regression") && found.parent == &metrics["regression"];
  if (missing > 0 && of_values && found.name != "samples")
    return fmt::format("{} of {} labelled images have no prediction", missing,
                       count(metrics, "images"));
  if (missing + errors > 0 && leaves_out_unpredicted(found))
    return fmt::format("{} of {} labelled images have no usable prediction", missing + errors,
                       count(metrics, "images"));
  return "";
}

GateState state_of(const GateRule& rule, const Interval& bounds) {
  const bool low = meets(bounds.low, rule.relation, rule.limit);
  const bool high = meets(bounds.high, rule.relation, rule.limit);
  if (low && high) return GateState::pass;
  if (rule.relation == Relation::equal && bounds.low <= rule.limit && rule.limit <= bounds.high)
    return GateState::insufficient_evidence;
  return low || high ? GateState::insufficient_evidence : GateState::fail;
}

}  // namespace

const char* gate_state_name(GateState state) {
  switch (state) {
    case GateState::pass:
      return "PASS";
    case GateState::fail:
      return "FAIL";
    case GateState::insufficient_evidence:
      return "INSUFFICIENT_EVIDENCE";
  }
  return "FAIL";
}

GateRule parse_gate(std::string_view expression) {
  GateRule rule;
  rule.expression = std::string(trimmed(expression));
  const auto at = expression.find_last_of("<>=");
  if (at == std::string_view::npos) refuse(expression, "there is no >=, >, <=, < or ==");
  const auto sign_start = expression.find_last_not_of("<>=", at);
  if (sign_start == std::string_view::npos) refuse(expression, "no figure is named");
  const std::string_view sign = expression.substr(sign_start + 1, at - sign_start);
  const auto known = std::find_if(kRelations.begin(), kRelations.end(),
                                  [&](const auto& relation) { return relation.first == sign; });
  if (known == kRelations.end())
    refuse(expression, fmt::format("\"{}\" is none of >=, >, <=, < and ==", sign));
  rule.relation = known->second;
  rule.key = std::string(trimmed(expression.substr(0, sign_start + 1)));
  if (rule.key.empty()) refuse(expression, "no figure is named");
  std::string_view number = expression.substr(at + 1);
  if (const auto mark = number.find('@'); mark != std::string_view::npos) {
    rule.confidence = finite_number(trimmed(number.substr(mark + 1)));
    if (!rule.confidence || !(*rule.confidence > 0.0 && *rule.confidence < 1.0))
      refuse(expression, "expected a confidence between 0 and 1 behind @");
    number = number.substr(0, mark);
  }
  const auto limit = finite_number(trimmed(number));
  if (!limit)
    refuse(expression, fmt::format("expected a number, found \"{}\"", printable(trimmed(number))));
  rule.limit = *limit;
  return rule;
}

Gate apply_gate(const GateRule& rule, const Json& metrics) {
  Gate gate;
  gate.expression = rule.expression;
  const Found found = find_figure(metrics, rule.key);
  if (found.value == nullptr) {
    gate.reason = fmt::format("there is no figure \"{}\"", printable(rule.key));
    return gate;
  }
  if (found.several) {
    gate.reason = fmt::format("\"{}\" fits several entries of one name", printable(rule.key));
    return gate;
  }
  if (!found.value->is_number()) {
    gate.reason = fmt::format("\"{}\" has no value", printable(rule.key));
    return gate;
  }
  gate.value = found.value->get<double>();
  if (!rule.confidence) {
    const bool met = meets(*gate.value, rule.relation, rule.limit);
    gate.reason = met ? lacking(found, metrics) : "not met";
    if (met) gate.state = gate.reason.empty() ? GateState::pass : GateState::insufficient_evidence;
    return gate;
  }
  const auto n = denominator(found);
  if (n == 0) {
    gate.reason =
        fmt::format("\"{}\" has no confidence bound; leave out the @", printable(rule.key));
    return gate;
  }
  const auto k = static_cast<std::uint64_t>(std::llround(*gate.value * static_cast<double>(n)));
  gate.interval = Interval{lower_bound(k, n, *rule.confidence).value(),
                           upper_bound(k, n, *rule.confidence).value()};
  gate.state = state_of(rule, *gate.interval);
  if (gate.state == GateState::fail) gate.reason = "not met, not even within the bounds";
  if (gate.state == GateState::insufficient_evidence)
    gate.reason = fmt::format("{} images are too few to tell", n);
  if (gate.state == GateState::pass) gate.reason = lacking(found, metrics);
  if (gate.state == GateState::pass && !gate.reason.empty())
    gate.state = GateState::insufficient_evidence;
  return gate;
}

std::optional<double> figure_in(const Json& metrics, const std::string& key) {
  const Found found = find_figure(metrics, key);
  if (found.value == nullptr || found.several || !found.value->is_number()) return std::nullopt;
  return found.value->get<double>();
}

std::string figure_path(const Json& metrics, const std::string& key) {
  const bool of_point = metrics.contains("operating_point") &&
                        find(metrics.at("operating_point"), key).value != nullptr;
  return of_point ? "operating_point." + key : key;
}

std::string lacking_evidence(const Json& metrics, const std::string& key) {
  const Found found = find_figure(metrics, key);
  return found.value == nullptr ? "" : lacking(found, metrics);
}

std::string gate_figures_text(const Gate& gate) {
  if (!gate.value) return "no value";
  std::string text = fmt::format("value {}", *gate.value);
  if (gate.baseline) text += fmt::format(", baseline {}", *gate.baseline);
  if (gate.interval)
    text += fmt::format(", {} {} to {}", gate.baseline ? "change" : "bounds", gate.interval->low,
                        gate.interval->high);
  return text;
}

std::string gates_text(const std::vector<Gate>& gates) {
  constexpr std::size_t kMostNames = 50;  // metrics.json has all
  std::string text = "Gates\n";
  for (const auto& gate : gates) {
    text +=
        fmt::format("  {}  {} ({}{}{})\n", gate_state_name(gate.state), printable(gate.expression),
                    gate_figures_text(gate), gate.reason.empty() ? "" : ": ", gate.reason);
    for (std::size_t i = 0; i < std::min(kMostNames, gate.images.size()); ++i)
      text.append("        ").append(printable(gate.images[i])).append("\n");
    if (gate.images.size() > kMostNames)
      text += fmt::format("        and {} more\n", gate.images.size() - kMostNames);
  }
  return text;
}

}  // namespace zeromiss
