// report.html of `evaluate`: metrics.json itself, the curves for drawing, and the images worth
// showing. What it looks like is in data/report/evaluate.*.
#include "assets.hpp"
#include "gallery.hpp"
#include "histogram.hpp"
#include "html_page.hpp"
#include "metrics_section.hpp"
#include "shown_outcomes.hpp"

#include <zeromiss/base/text.hpp>
#include <zeromiss/base/version.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace zeromiss {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kCurvePoints = 300, kCurves = 20, kScatterPoints = 2000;
constexpr double kRound = 1e6;  // of curves: finer than a screen

double rounded(double value) { return std::round(value * kRound) / kRound; }

Json pairs(const std::vector<double>& x, const std::vector<double>& y) {
  Json points = Json::array();
  for (std::size_t i = 0; i < x.size(); ++i) points.push_back({rounded(x[i]), rounded(y[i])});
  return points;
}

Json curve(const std::string& name, const Ranking& ranking) {
  const Ranking few = thinned(ranking, kCurvePoints);
  const auto roc = roc_curve(few, true);
  const auto pr = pr_curve(few);
  return {{"name", name}, {"roc", pairs(roc.fpr, roc.tpr)}, {"pr", pairs(pr.recall, pr.precision)}};
}

Json curves(const Evaluation& evaluation) {
  Json list = Json::array();
  if (evaluation.defect_score) list.push_back(curve("", evaluation.defect_score->curve));
  if (!evaluation.classification) return list;
  for (std::size_t k = 0; k < std::min(kCurves, evaluation.classes.size()); ++k)
    list.push_back(
        curve(evaluation.classes[k], evaluation.classification->ranking.classes[k].curve));
  return list;
}

/// Scores of good and of defective images, in bins.
Json histogram(const Evaluation& evaluation) {
  const auto& point = evaluation.operating_point;
  if (!point || !point->threshold.defined()) return nullptr;
  ScoreRange range;
  for (const auto& outcome : evaluation.outcomes)
    if (outcome.has_score) range.add(outcome.score);
  if (!range.any) return nullptr;
  const double limit = *point->threshold.value;
  const bool share = range.lowest >= 0 && range.highest <= 1 && limit >= 0 && limit <= 1;
  const ScoreAxis axis = share ? ScoreAxis{0, 1} : axis_around(range, {limit, limit});
  std::array<std::vector<std::uint64_t>, 2> counts;
  counts.fill(std::vector<std::uint64_t>(ScoreHistogram::kBins));
  for (const auto& outcome : evaluation.outcomes)
    if (outcome.has_score)
      ++counts.at(evaluation.truths[outcome.truth].defect ? 1
                                                          : 0)[histogram_bin(axis, outcome.score)];
  return {{"from", axis.from}, {"to", axis.to}, {"good", counts[0]}, {"defective", counts[1]}};
}

/// Overkill rate, bound of the escape rate, limit, escapes.
Json risk(const std::vector<RiskPoint>& points) {
  Json list = Json::array();
  for (const RiskPoint& point : points)
    list.push_back({rounded(point.overkill_rate), rounded(point.escape_rate_upper), point.limit,
                    point.escapes});
  return list;
}

Json scatter(const Evaluation& evaluation) {
  if (!evaluation.regression) return nullptr;
  Json points = Json::array();
  const std::size_t step = evaluation.outcomes.size() / kScatterPoints + 1;
  for (std::size_t i = 0; i < evaluation.outcomes.size(); i += step)
    if (evaluation.outcomes[i].has_score)
      points.push_back({evaluation.outcomes[i].value, evaluation.outcomes[i].score});
  return points;
}

Json pod_curve(const Evaluation& evaluation) {
  if (!evaluation.pod || evaluation.pod->study.curve.size.empty()) return nullptr;
  return pod_curve_json(*evaluation.pod);
}

Json boxes_json(const Drawing& drawing) {
  Json boxes = Json::array();
  for (const auto& [box, label, score] : drawing.boxes) {
    Json numbers = {label, box.x, box.y, box.width, box.height};
    if (score) numbers.push_back(*score);
    boxes.push_back(std::move(numbers));
  }
  return boxes;
}

constexpr std::array<const char*, 4> kDecisions{"passed", "flagged", "not_judged", "missing"};

Json image_json(const Evaluation& evaluation, const ShownOutcome& shown) {
  const ImageOutcome& outcome = evaluation.outcomes[shown.image];
  Json image = {{"image", to_utf8(evaluation.image_name(shown.image))},
                {"kind", kOutcomeNames.at(static_cast<std::size_t>(shown.kind))}};
  if (!evaluation.regression) image["truth"] = outcome.truth;
  if (evaluation.regression) image["value"] = outcome.value;
  if (outcome.predicted >= 0) image["predicted"] = outcome.predicted;
  if (outcome.decision)
    image["decision"] = kDecisions.at(static_cast<std::size_t>(*outcome.decision));
  if (outcome.has_score) image["score"] = outcome.score;
  if (shown.tile) image["tile"] = true;
  return image;
}

Json images_json(const Evaluation& evaluation, const MetricsReportOptions& options) {
  const auto shown = shown_outcomes(evaluation);
  std::vector<std::pair<int, int>> sizes(shown.size());
  const auto make = [&](std::size_t i) -> std::string {
    if (!shown[i].tile || !options.picture) return "";
    auto picture = options.picture(evaluation.image_name(shown[i].image));
    if (!picture) return "";
    sizes[i] = {picture->width, picture->height};
    return std::move(picture->jpeg);
  };
  const auto pictures = make_pictures(shown.size(), make, options.threads, options.picture_bytes);
  Json images = Json::array();
  for (std::size_t i = 0; i < shown.size(); ++i) {
    images.push_back(image_json(evaluation, shown[i]));
    Json& image = images.back();
    if (pictures[i].empty()) continue;
    image["picture"] = base64(pictures[i]);
    const auto drawing = evaluation.drawings.find(shown[i].image);
    if (drawing == evaluation.drawings.end()) continue;
    // Boxes are in the pixels of the labels, whatever the file has now.
    const bool stated = drawing->second.width > 0 && drawing->second.height > 0;
    image["width"] = stated ? static_cast<int>(drawing->second.width) : sizes[i].first;
    image["height"] = stated ? static_cast<int>(drawing->second.height) : sizes[i].second;
    image["boxes"] = boxes_json(drawing->second);
  }
  return images;
}

}  // namespace

std::string evaluation_html(const Evaluation& evaluation, const MetricsReportOptions& options) {
  Json kinds = Json::object(), truths = Json::array();
  const auto counts = outcome_counts(evaluation);
  for (std::size_t i = 0; i < counts.size(); ++i)
    kinds[std::string(kOutcomeNames.at(i))] = counts.at(i);
  for (const auto& row : evaluation.truths) {
    const auto& d = row.decisions;
    truths.push_back({{"name", row.name},
                      {"defect", row.defect},
                      {"decisions", {d.passed, d.flagged, d.not_judged, d.missing}}});
  }
  const Json data = {{"version", kVersion},
                     {"metrics", metrics_document(evaluation)},
                     {"truths", std::move(truths)},
                     {"curves", curves(evaluation)},
                     {"histogram", histogram(evaluation)},
                     {"risk", risk(evaluation.risk)},
                     {"scatter", scatter(evaluation)},
                     {"pod_curve", pod_curve(evaluation)},
                     {"kinds", std::move(kinds)},
                     {"shown", images_json(evaluation, options)}};
  return html_page(
      {"evaluate.title", "images", assets::kEvaluateHtml, {assets::kEvaluateJs}, &data});
}

}  // namespace zeromiss
