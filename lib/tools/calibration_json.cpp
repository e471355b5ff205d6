#include "calibration.hpp"

#include <zeromiss/report/bounds.hpp>

#include <fmt/format.h>

namespace zeromiss {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kPercent = 100.0;

Json value(const Figure& figure) { return figure.defined() ? Json(*figure.value) : Json(nullptr); }

Json goal_json(const CalibrateOptions& options, const Calibration& calibration) {
  const AccuracyGoal& goal = calibration.goal;
  Json json{{"accuracy", AccuracyGoal::kGoal},
            {"reachable", goal.known() ? Json(goal.too_many == 0) : Json(nullptr)},
            {"best_accuracy", goal.known() ? value(goal.figures.accuracy) : Json(nullptr)},
            {"limit", calibration.limits.lowest},
            {"overkills", goal.figures.overkills},
            {"wrong_too_many", goal.too_many}};
  if (options.input.defect_rate) {
    json["defect_rate"] = *options.input.defect_rate;
    json["best_accuracy_at_defect_rate"] =
        goal.at_defect_rate ? Json(*goal.at_defect_rate) : Json(nullptr);
  }
  return json;
}

Json class_json(const Claim& claim) {
  return {{"name", claim.name},
          {"images", claim.images},
          {"defective", claim.defective},
          {"escapes", claim.escapes},
          {"escape_rate_upper", value(claim.upper)},
          {"more_for_1_percent", claim.more_for_1_percent},
          {"more_for_0_1_percent", claim.more_for_0_1_percent}};
}

Json model_json(const RunModel& model) {
  if (model.sha256.empty()) return nullptr;
  return {{"name", model.name},
          {"version", model.version},
          {"sha256", model.sha256},
          {"precision", model.precision.empty() ? Json(nullptr) : Json(model.precision)}};
}

Json curve_json(const std::vector<RiskPoint>& points) {
  Json curve = Json::array();
  for (const RiskPoint& point : points)
    curve.push_back({{"limit", point.limit},
                     {"escapes", point.escapes},
                     {"overkills", point.overkills},
                     {"escape_rate_upper", point.escape_rate_upper}});
  return curve;
}

}  // namespace

Json calibration_json(const CalibrateOptions& options, const Calibration& calibration) {
  const ChosenLimits& limits = calibration.limits;
  const OperatingFigures& f = calibration.evaluation.operating_point->figures;
  const Certificate certificate = certificate_of(calibration.evaluation);
  Json json{{"schema", "zeromiss-calibration/1"},
            {"reject_at", limits.reject_at},
            {"review_at", limits.review_at},
            {"method", limits.method},
            {"margin", limits.lowest - limits.review_at},
            {"margin_method", limits.margin.empty() ? Json(nullptr) : Json(limits.margin)},
            {"reason", limits.reason},
            {"lowest_defective", limits.lowest}};
  if (options.target_miss) json["target_miss"] = *options.target_miss;
  json["images"] = f.images;
  json["defective"] = f.defective;
  json["good"] = f.good;
  json["escapes"] = f.escapes;
  json["overkills"] = f.overkills;
  json["accuracy"] = value(f.accuracy);
  json["escape_rate_upper"] = value(certificate.overall.upper);
  json["confidence"] = f.confidence;
  json["mean_miss_rate_upper"] = static_cast<double>(certificate.overall.escapes + 1) /
                                 static_cast<double>(certificate.overall.defective + 1);
  if (certificate.groups) {
    json["groups"] = *certificate.groups;
    json["defective_groups"] = certificate.overall.defective;
  }
  Json classes = Json::array();
  for (const Claim& claim : certificate.classes) classes.push_back(class_json(claim));
  json["per_class"] = std::move(classes);
  json["accuracy_goal"] = goal_json(options, calibration);
  if (options.review_band)
    json["review_band"] = {{"good_rejected_allowed", *options.review_band},
                           {"good_rejected", calibration.good_rejected},
                           {"defective_rejected", calibration.defective_rejected}};
  json["curve"] = curve_json(calibration.evaluation.risk);
  json["set_sha256"] = calibration.set_sha256;
  const auto& chosen = calibration.images;
  json["calibration_images"] =
      chosen ? Json{{"images", chosen->images}, {"sha256", chosen->sha256}} : Json(nullptr);
  json["model"] = model_json(calibration.model);
  if (!options.date.empty()) json["date"] = options.date;
  return json;
}

namespace {

std::string goal_text(const AccuracyGoal& goal, double limit,
                      const std::optional<double>& defect_rate) {
  const std::string best = fmt::format("{} at {}", rate_text(goal.figures.accuracy), limit);
  std::string text = "90 % accuracy without an escape: ";
  if (!goal.known())
    text += "not known without good images\n";
  else if (goal.too_many == 0)
    text += fmt::format("reachable ({})\n", best);
  else
    text += fmt::format("out of reach, at most {}; {} images fewer would have to be wrong\n", best,
                        goal.too_many);
  if (defect_rate)
    text += fmt::format("  on a line with {:g} % defective parts: {}\n", kPercent * *defect_rate,
                        goal.at_defect_rate ? rate_text(*goal.at_defect_rate) : "-");
  return text;
}

}  // namespace

std::string calibration_text(const CalibrateOptions& options, const Calibration& calibration) {
  const ChosenLimits& limits = calibration.limits;
  const OperatingFigures& f = calibration.evaluation.operating_point->figures;
  const bool band = limits.reject_at > limits.review_at;
  std::string text = fmt::format(
      "Limit: {} ({}; {} below {}, the smallest score of a defective "
      "image)\n",
      limits.review_at, limits.method, limits.lowest - limits.review_at, limits.lowest);
  text += fmt::format("  reason     {}\n", limits.reason);
  text += fmt::format("  escapes    {} of {} defective\n  overkills  {} of {} good ({})\n",
                      f.escapes, f.defective, f.overkills, f.good, percent_text(f.overkill_rate));
  text += fmt::format("  accuracy   {} (passing everything: {})\n", rate_text(f.accuracy),
                      rate_text(f.always_pass_accuracy));
  if (f.good > 0 && f.overkills == f.good)
    text +=
        "  nothing good passes: the set is too small for this margin; add defective images, or "
        "choose "
        "another margin\n";
  if (options.review_band)
    text += fmt::format(
        "  reject_at  {}{}: {} good images and {} defective ones reach it; a person "
        "looks at what lies between\n",
        limits.reject_at, band ? "" : " (no band is needed)", calibration.good_rejected,
        calibration.defective_rejected);
  text += goal_text(calibration.goal, limits.lowest, options.input.defect_rate);
  text += "\n" + certificate_text(certificate_of(calibration.evaluation));
  return text;
}

}  // namespace zeromiss
