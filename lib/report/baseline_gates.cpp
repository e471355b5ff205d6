#include "baseline_settings.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/report/baseline_gates.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace zeromiss {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kRounding = 1e-12;  ///< 0.95 - 0.945 is a little more than 0.005
/// Figures that are better when they are lower, by the last part of their key.
constexpr std::array kLowerIsBetter{
    // of images
    "escapes", "overkills", "escape_rate", "overkill_rate", "escape_rate_upper", "outgoing_ppm",
    "overkill_per_1000", "errors", "not_judged", "missing", "missing_predictions", "unpredicted",
    "escapes_whole", "more_for_1_percent", "more_for_0_1_percent", "new_escapes", "new_overkills",
    "fp", "fn",
    // of objects and their sizes
    "duplicate", "class", "localisation", "background", "missed", "false_regions", "a50", "a90",
    "a90_95", "a90_95_wald", "smallest_found", "largest_missed", "missed_in_passed_images",
    // of values
    "mae", "mse", "rmse", "mape", "mape_percent", "mape_sklearn", "median_ae", "max_error"};
/// Those that are better when they are higher.
constexpr std::array kHigherIsBetter{
    "recall", "precision", "f1", "accuracy", "balanced_accuracy", "mcc", "cohen_kappa",
    "specificity", "roc_auc", "roc_auc_macro", "roc_auc_hand_till", "average_precision",
    "average_precision_macro", "tp", "repaired_escapes", "repaired_overkills", "r2",
    // of objects
    "AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl",
    "ap_11point", "ap_all_point", "voc_ap_11point", "voc_ap_all_point", "ap_threshold_weighted",
    "found", "found_as_any", "recall_as_any", "recall_lower",
    // of pixels
    "iou", "dice", "pixel_accuracy", "mean_accuracy", "mean_iou", "mean_dice",
    "mean_iou_foreground", "mean_dice_foreground", "frequency_weighted_iou"};

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

const char* option_name(bool rise) { return rise ? "max-rise" : "max-drop"; }

template <std::size_t N>
bool ends_in(const std::string& key, const std::array<const char*, N>& names) {
  const auto dot = key.rfind('.');
  const std::string_view last =
      dot == std::string::npos ? std::string_view(key) : std::string_view(key).substr(dot + 1);
  return std::find(names.begin(), names.end(), last) != names.end();
}

bool lower_is_better(const std::string& key) {
  constexpr std::array kEnds{"missing.defective", "missing.good",      "not_judged.defective",
                             "not_judged.good",   "always_found.from", ".upper"};
  return ends_in(key, kLowerIsBetter) ||
         std::any_of(kEnds.begin(), kEnds.end(), [&](auto end) { return key.ends_with(end); });
}

bool higher_is_better(const std::string& key) {
  return key.find("top_k.") != std::string::npos || ends_in(key, kHigherIsBetter);
}

/// The pairs behind a share of the operating point; null for any other figure.
const PairedShare* share_of(const Comparison& comparison, std::string_view key) {
  constexpr std::string_view kPoint = "operating_point.";
  if (key.starts_with(kPoint)) key.remove_prefix(kPoint.size());
  if (key == "recall") return &comparison.recall;
  if (key == "accuracy") return &comparison.accuracy;
  if (key == "escape_rate") return &comparison.escape_rate;
  if (key == "overkill_rate") return &comparison.overkill_rate;
  return nullptr;
}

/// Each end of a two-sided interval at 2C - 1 holds with confidence C.
std::optional<Interval> change_interval(const PairedShare& share, double confidence) {
  const PairedCounts b_minus_a{share.pairs.both, share.pairs.second_only, share.pairs.first_only,
                               share.pairs.neither};
  return newcombe_paired(b_minus_a, 2.0 * confidence - 1.0);
}

bool allowed(const ChangeRule& rule, double change) {
  return (rule.rise ? change : -change) <= rule.most + kRounding;
}

}  // namespace

ChangeRule parse_change(std::string_view text, bool rise) {
  const std::string option = option_name(rise);
  const auto refuse = [&](const std::string& problem) {
    throw Error(ErrorKind::usage,
                fmt::format("--{} \"{}\": {}; write for example \"{}=0.005\"", option,
                            printable(text), problem, rise ? "overkill_rate" : "recall"));
  };
  ChangeRule rule;
  rule.rise = rise;
  rule.expression = fmt::format("{} {}", option, trimmed(text));
  const auto equals = text.rfind('=');
  if (equals == std::string_view::npos) refuse("there is no =");
  rule.key = std::string(trimmed(text.substr(0, equals)));
  if (rule.key.empty()) refuse("no figure is named");
  std::string_view number = text.substr(equals + 1);
  if (const auto mark = number.find('@'); mark != std::string_view::npos) {
    rule.confidence = finite_number(trimmed(number.substr(mark + 1)));
    if (!rule.confidence || !(*rule.confidence > 0.5 && *rule.confidence < 1.0))
      refuse("expected a confidence between 0.5 and 1 behind @");
    number = number.substr(0, mark);
  }
  const auto most = finite_number(trimmed(number));
  if (!most || *most < 0.0) refuse("expected a number of at least 0 behind =");
  rule.most = *most;
  if (rise ? higher_is_better(rule.key) : lower_is_better(rule.key))
    throw Error(ErrorKind::usage,
                fmt::format("--{} \"{}\": {} is better when it is {}, so this gate could never "
                            "fail; use --{}",
                            option, printable(text), printable(rule.key), rise ? "higher" : "lower",
                            option_name(!rise)));
  return rule;
}

Gate apply_change(const ChangeRule& rule, const Json& baseline, const Json& now,
                  const std::optional<Comparison>& comparison) {
  Gate gate;
  gate.expression = rule.expression;
  gate.value = figure_in(now, rule.key);
  gate.baseline = figure_in(baseline, rule.key);
  if (!gate.value || !gate.baseline) {
    gate.reason = fmt::format("\"{}\" has no value {}", printable(rule.key),
                              gate.value      ? "in the baseline"
                              : gate.baseline ? "now"
                                              : "in either");
    return gate;
  }
  gate.reason = other_setting(baseline, now, figure_path(now, rule.key));
  if (!gate.reason.empty()) return gate;
  const double change = *gate.value - *gate.baseline;
  if (!rule.confidence) {
    if (!allowed(rule, change)) {
      gate.reason = fmt::format("changed by {:+.6g}", change);
      return gate;
    }
    gate.reason = lacking_evidence(now, rule.key);
    if (gate.reason.empty())
      if (const auto then = lacking_evidence(baseline, rule.key); !then.empty())
        gate.reason = "in the baseline " + then;
    gate.state = gate.reason.empty() ? GateState::pass : GateState::insufficient_evidence;
    return gate;
  }
  const PairedShare* share = comparison ? share_of(*comparison, rule.key) : nullptr;
  if (share != nullptr) gate.interval = change_interval(*share, *rule.confidence);
  if (!gate.interval) {
    gate.reason = fmt::format("the change of \"{}\" has no confidence interval; leave out the @",
                              printable(rule.key));
    return gate;
  }
  const bool low = allowed(rule, gate.interval->low), high = allowed(rule, gate.interval->high);
  if (low && high) gate.state = GateState::pass;
  if (low != high) gate.state = GateState::insufficient_evidence;
  if (!low && !high) gate.reason = "worse, even at the better end of the interval";
  if (low != high) gate.reason = fmt::format("{} images are too few to tell", share->pairs.total());
  return gate;
}

Gate no_new_escape(const std::optional<Comparison>& comparison, const OutcomeSet& now) {
  Gate gate;
  gate.expression = "no-new-escape";
  if (!comparison) {
    gate.reason = "there is no operating point, so it is not known what escapes";
    return gate;
  }
  for (const ChangedImage& changed : comparison->changes)
    if (changed.change == Change::new_escape)
      gate.images.push_back(to_utf8(now.images[changed.image].image));
  gate.value = static_cast<double>(gate.images.size());
  if (!gate.images.empty()) {
    gate.reason = "escape now and did not in the baseline";
  } else if (comparison->defective == 0) {
    gate.state = GateState::insufficient_evidence;
    gate.reason = "there is no defective image";
  } else if (const auto unjudged = std::count_if(now.images.begin(), now.images.end(),
                                                 [](const LabelledOutcome& image) {
                                                   return image.defective &&
                                                          image.decision == Decision::not_judged;
                                                 });
             unjudged > 0) {
    gate.state = GateState::insufficient_evidence;
    gate.reason = fmt::format("{} defective images are in ERROR: nobody knows if they would escape",
                              unjudged);
  } else {
    gate.state = GateState::pass;
  }
  return gate;
}

}  // namespace zeromiss
