#include <zeromiss/model/verdict.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace zeromiss {
namespace {

/// What judge() decides on: the image's score, and how bad the worst of its defects is by the
/// limits of its own class.
struct Scored {
  double score;
  std::string label;
  VerdictKind worst_class = VerdictKind::pass;
};

/// Each comparison is false for NaN, so that PASS needs two true ones.
VerdictKind against(double score, const Limits& limits) {
  if (score < limits.review_at && score < limits.reject_at) return VerdictKind::pass;
  return score < limits.reject_at ? VerdictKind::review : VerdictKind::reject;
}

/// The stricter of a class's own limits and those in force.
Limits limits_of(const ClassInfo& info, const Limits& limits) {
  return {std::min(info.review_at.value_or(limits.review_at), limits.review_at),
          std::min(info.reject_at.value_or(limits.reject_at), limits.reject_at)};
}

/// PASS < REVIEW < REJECT.
VerdictKind worse(VerdictKind a, VerdictKind b) { return std::max(a, b); }

void check_probabilities(const std::vector<double>& probabilities, const ModelPackage& package) {
  if (probabilities.size() != package.classes.size())
    throw ItemError("model.output", fmt::format("the model gave {} classes, the package names {}",
                                                probabilities.size(), package.classes.size()));
  for (const double probability : probabilities) {
    if (!std::isfinite(probability))
      throw ItemError("model.nonfinite", "a probability is not finite");
    if (probability < 0.0 || probability > 1.0)
      throw ItemError("model.output", fmt::format("probability {} is outside [0, 1]", probability));
  }
}

/// What the classes' own limits say of classification.
VerdictKind worst_of_classes(const std::vector<double>& probabilities, const ModelPackage& package,
                             const Limits& limits) {
  VerdictKind worst = VerdictKind::pass;
  for (std::size_t i = 0; i < probabilities.size(); ++i) {
    const ClassInfo& info = package.classes[i];
    if (info.defect && (info.review_at || info.reject_at))
      worst = worse(worst, against(probabilities[i], limits_of(info, limits)));
  }
  return worst;
}

std::size_t highest(const std::vector<double>& values) {
  return static_cast<std::size_t>(std::max_element(values.begin(), values.end()) - values.begin());
}

Scored score_of(const Classification& prediction, const ModelPackage& package,
                const Limits& limits) {
  const auto& probabilities = prediction.probabilities;
  check_probabilities(probabilities, package);
  double good = 0.0;
  for (std::size_t i = 0; i < probabilities.size(); ++i)
    if (!package.classes[i].defect) good += probabilities[i];
  // Rounding may put the sum of the good ones a little above 1.
  return {std::clamp(1.0 - good, 0.0, 1.0), package.classes[highest(probabilities)].name,
          worst_of_classes(probabilities, package, limits)};
}

Scored score_of(const MultiLabel& prediction, const ModelPackage& package, const Limits& limits) {
  const auto& probabilities = prediction.probabilities;
  check_probabilities(probabilities, package);
  double score = 0.0;
  for (std::size_t i = 0; i < probabilities.size(); ++i)
    if (package.classes[i].defect) score = std::max(score, probabilities[i]);
  return {score, package.classes[highest(probabilities)].name,
          worst_of_classes(probabilities, package, limits)};
}

/// A defect whose numbers cannot be is no evidence for anything, least of all for a PASS.
void check_defect(const Defect& defect, const ModelPackage& package) {
  if (defect.label >= package.classes.size() || !package.classes[defect.label].defect)
    throw ItemError("model.output",
                    fmt::format("class {} of a defect is no defect class", defect.label));
  for (const double value :
       {defect.score, defect.box.x, defect.box.y, defect.box.width, defect.box.height, defect.area})
    if (!std::isfinite(value)) throw ItemError("model.nonfinite", "a defect is not finite");
}

Scored score_of(const Objects& prediction, const ModelPackage& package, const Limits& limits) {
  Scored scored{0.0, ""};
  bool first = true;
  for (const Defect& defect : prediction.defects) {
    check_defect(defect, package);
    if (defect.score < 0.0 || defect.score > 1.0)
      throw ItemError("model.output",
                      fmt::format("score {} of a defect is outside [0, 1]", defect.score));
    const ClassInfo& info = package.classes[defect.label];
    scored.worst_class = worse(scored.worst_class, against(defect.score, limits_of(info, limits)));
    if (!first && !(defect.score > scored.score)) continue;
    scored.score = defect.score;
    scored.label = info.name;
    first = false;
  }
  return scored;
}

Scored score_of(const Anomaly& prediction, const ModelPackage& package, const Limits& limits) {
  for (const Defect& defect : prediction.defects) check_defect(defect, package);
  const bool defect = !(prediction.score < limits.reject_at);
  const auto named = std::find_if(package.classes.begin(), package.classes.end(),
                                  [&](const ClassInfo& c) { return c.defect == defect; });
  return {prediction.score, named == package.classes.end() ? "" : named->name};
}

bool is_defect(const std::string& name, const ModelPackage& package) {
  return std::any_of(package.classes.begin(), package.classes.end(),
                     [&](const ClassInfo& info) { return info.defect && info.name == name; });
}

}  // namespace

std::string_view verdict_name(VerdictKind kind) {
  switch (kind) {
    case VerdictKind::pass:
      return "PASS";
    case VerdictKind::review:
      return "REVIEW";
    case VerdictKind::reject:
      return "REJECT";
    case VerdictKind::error:
      break;
  }
  return "ERROR";
}

Verdict judge(const Prediction& prediction, const ModelPackage& package, const Limits& limits) {
  const Scored scored =
      std::visit([&](const auto& task) { return score_of(task, package, limits); }, prediction);
  if (!std::isfinite(scored.score)) throw ItemError("model.nonfinite", "the score is not finite");
  Verdict verdict;
  verdict.kind_ = worse(against(scored.score, limits), scored.worst_class);
  verdict.score_ = scored.score;
  // A class that is a defect is no name for a picture that passes.
  const bool unnamed = verdict.kind_ == VerdictKind::pass &&
                       !std::holds_alternative<Classification>(prediction) &&
                       is_defect(scored.label, package);
  if (!unnamed) verdict.label_ = scored.label;
  return verdict;
}

Verdict held_for_review(Verdict verdict) {
  if (verdict.kind_ == VerdictKind::pass) verdict.kind_ = VerdictKind::review;
  return verdict;
}

Verdict not_stable(Verdict verdict) {
  if (verdict.kind_ != VerdictKind::error) verdict.kind_ = VerdictKind::review;
  return verdict;
}

}  // namespace zeromiss
