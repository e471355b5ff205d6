#include <zeromiss/model/verdict.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace zeromiss {
namespace {

struct Scored {
  double score;
  std::string label;
};

Scored score_of(const Classification& prediction, const ModelPackage& package, const Limits&) {
  const auto& probabilities = prediction.probabilities;
  if (probabilities.size() != package.classes.size())
    throw ItemError("model.output", fmt::format("the model gave {} classes, the package names {}",
                                                probabilities.size(), package.classes.size()));
  double good = 0.0;
  for (std::size_t i = 0; i < probabilities.size(); ++i) {
    if (!std::isfinite(probabilities[i]))
      throw ItemError("model.nonfinite", "a probability is not finite");
    if (probabilities[i] < 0.0 || probabilities[i] > 1.0)
      throw ItemError("model.output",
                      fmt::format("probability {} is outside [0, 1]", probabilities[i]));
    if (!package.classes[i].defect) good += probabilities[i];
  }
  const auto best =
      std::max_element(probabilities.begin(), probabilities.end()) - probabilities.begin();
  // Rounding may put the sum of the good ones a little above 1.
  return {std::clamp(1.0 - good, 0.0, 1.0), package.classes[static_cast<std::size_t>(best)].name};
}

Scored score_of(const Anomaly& prediction, const ModelPackage& package, const Limits& limits) {
  const bool defect = !(prediction.score < limits.reject_at);
  const auto named = std::find_if(package.classes.begin(), package.classes.end(),
                                  [&](const ClassInfo& c) { return c.defect == defect; });
  return {prediction.score, named == package.classes.end() ? "" : named->name};
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
  // Each comparison is false for a NaN limit too, so that PASS needs two true ones.
  Verdict verdict;
  if (scored.score < limits.review_at && scored.score < limits.reject_at) {
    verdict.kind_ = VerdictKind::pass;
  } else if (scored.score < limits.reject_at) {
    verdict.kind_ = VerdictKind::review;
  } else {
    verdict.kind_ = VerdictKind::reject;
  }
  verdict.score_ = scored.score;
  verdict.label_ = scored.label;
  return verdict;
}

}  // namespace zeromiss
