#include "stability.hpp"

#include "item_error.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/image/perturb.hpp>
#include <zeromiss/model/interpret.hpp>
#include <zeromiss/model/tile_runner.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace zeromiss {
namespace {

/// A probability whose odds are `factor` times those of `p`. Odds of 0 and 1 are taken for those of
/// one in a million, and no score reaches what lies above 1.
double moved_probability(double p, double factor) {
  if (!(p >= 0.0 && p <= 1.0)) return p;  // a limit that no score is near
  constexpr double kLeast = 1e-6, kOutOfReach = 2.0;
  if (p == 1.0 && factor > 1.0) return kOutOfReach;
  const double clamped = std::clamp(p, kLeast, 1.0 - kLeast);
  const double odds = clamped / (1.0 - clamped) * factor;
  return odds / (1.0 + odds);
}

/// Scores of anomaly models have no ends.
double moved_score(double score, double factor) {
  return score > 0.0 ? score * factor : score / factor;
}

/// Everything that stands between a value of the network and the verdict, moved by `factor`.
class Moved {
 public:
  Moved(const ModelPackage& package, double factor)
      : anomaly_(package.task == Task::anomaly), factor_(factor) {}

  [[nodiscard]] double limit(double value) const {
    return anomaly_ ? moved_score(value, factor_) : moved_probability(value, factor_);
  }

  [[nodiscard]] ModelPackage package(const ModelPackage& from, const Limits& limits) const {
    ModelPackage result = from;
    result.limits = {limit(limits.review_at), limit(limits.reject_at)};
    for (ClassInfo& info : result.classes) {
      if (info.min_score > 0.0) info.min_score = moved_probability(info.min_score, factor_);
      info.min_area *= factor_;
      if (info.review_at) info.review_at = limit(*info.review_at);
      if (info.reject_at) info.reject_at = limit(*info.reject_at);
    }
    if (auto* yolo = std::get_if<YoloRules>(&result.rules))
      yolo->min_score = moved_probability(yolo->min_score, factor_);
    if (auto* boxes = std::get_if<TorchvisionRules>(&result.rules))
      boxes->min_score = moved_probability(boxes->min_score, factor_);
    if (auto* masks = std::get_if<MaskRules>(&result.rules))
      move_pixels(*masks, result.classes.size());
    return result;
  }

 private:
  /// Of n classes the highest value may be as low as 1/n, and is higher than all others from 1/2
  /// on: too many near pictures are better than too few.
  void move_pixels(MaskRules& rules, std::size_t classes) const {
    constexpr double kHalf = 0.5;
    const double highest = factor_ < 1.0 ? 1.0 / static_cast<double>(classes) : kHalf;
    rules.threshold = moved_probability(rules.threshold.value_or(highest), factor_);
  }

  bool anomaly_;
  double factor_;
};

/// Candidates below it are not seen at all.
double lowest_score(const OutputRules& rules) {
  if (const auto* yolo = std::get_if<YoloRules>(&rules)) return yolo->min_score;
  if (const auto* boxes = std::get_if<TorchvisionRules>(&rules)) return boxes->min_score;
  // A defect's score is that of its highest pixel.
  if (const auto* masks = std::get_if<MaskRules>(&rules)) return masks->threshold.value_or(0.0);
  return 0.0;
}

}  // namespace

StabilityProof::StabilityProof(const ModelPackage& package, const Limits& limits,
                               const Preparer& preparer, double band, std::vector<Rerun> reruns)
    : package_(package),
      limits_(limits),
      preparer_(preparer),
      band_(band),
      reruns_(std::move(reruns)),
      wide_(Moved(package, 1.0 / band).package(package, limits)),
      narrow_(Moved(package, band).package(package, limits)) {
  if (package.task == Task::anomaly && (limits.review_at == 0.0 || limits.reject_at == 0.0))
    throw Error(ErrorKind::usage,
                "--prove-stable with an anomaly model whose limit is 0: no factor says what is "
                "near it; let the model add a constant to its score");
}

Prediction StabilityProof::narrowed(const Prediction& prediction) const {
  Prediction result = prediction;
  if (auto* objects = std::get_if<Objects>(&result))
    std::erase_if(objects->defects, [&](const Defect& defect) {
      const ClassInfo& info = narrow_.classes.at(defect.label);
      return defect.score < std::max(info.min_score, lowest_score(narrow_.rules)) ||
             defect.area < info.min_area;
    });
  return result;
}

bool StabilityProof::near_a_limit(const Verdict& verdict, const Prediction& prediction,
                                  const std::function<Prediction()>& wide) const {
  const auto differs = [&](const Prediction& other, const ModelPackage& package) {
    return judge(other, package, package.limits).kind() != verdict.kind();
  };
  if (differs(narrowed(prediction), narrow_)) return true;
  // Of a picture that is cut the worst tile is another one under other limits of classes.
  const bool other_tile = preparer_.tiled() && std::holds_alternative<Classification>(prediction);
  if (!std::holds_alternative<Objects>(prediction) && !other_tile)
    return differs(prediction, wide_);
  try {
    return differs(wide(), wide_);
  } catch (const ItemError&) {  // so many candidates that nobody can say
    return true;
  }
}

Prediction StabilityProof::predict(Engine& engine, const Image& image) const {
  if (preparer_.tiled())
    return TileRunner(engine, package_, limits_, preparer_, 1).run(image).prediction;
  InputBatch batch =
      engine.new_batch(1, preparer_.channels(), preparer_.height(), preparer_.width());
  preparer_.fill(image, batch, 0);
  return interpret(engine.run(batch), 0, 1, package_,
                   preparer_.placement(image.width(), image.height()));
}

RecordStability StabilityProof::prove(const Image& image, const Verdict& verdict) const {
  RecordStability result{verdict.kind(), 0, {}};
  const auto judge_again = [&](std::string_view cause, Engine& engine, const auto& picture) {
    Verdict again;  // ERROR
    try {
      again = judge(predict(engine, picture()), package_, limits_);
    } catch (const std::exception&) {
      if (current_item_error().code == "internal.memory") throw;
      // Not judged is another verdict.
    }
    ++result.runs;
    if (again.kind() != verdict.kind())
      result.flips.push_back({std::string(cause), again.kind(), again.score()});
  };
  for (const Rerun& rerun : reruns_)
    judge_again(rerun.cause, *rerun.engine, [&]() -> const Image& { return image; });
  for (const Perturbation change : kPerturbations)
    judge_again(perturbation_name(change), *reruns_.front().engine,
                [&] { return perturbed(image, change); });
  return result;
}

nlohmann::ordered_json StabilityProof::settings() const {
  nlohmann::ordered_json causes = nlohmann::ordered_json::array();
  for (const Rerun& rerun : reruns_) causes.push_back(rerun.cause);
  for (const Perturbation change : kPerturbations) causes.push_back(perturbation_name(change));
  return {{"band", band_}, {"causes", std::move(causes)}};
}

std::vector<Rerun> stability_reruns(const EngineOptions& shape, const std::string& device,
                                    const RerunLoader& load) {
  std::vector<Rerun> reruns;
  EngineOptions alone = shape;
  alone.images = 1;
  alone.device = device;
  const auto add = [&](const std::string& cause, const EngineOptions& options) {
    if (auto engine = load(options)) reruns.push_back({cause, std::move(engine)});
  };
  add("batch-1", alone);

  EngineOptions other = alone;
  if (device == "cpu") {
    other.threads = 2;
    other.workers =
        1;  // OpenVINO gives all workers together as many threads as there are processors
    add("threads-2", other);
  } else {
    other.device = "cpu";
    other.precision = Precision::fp32;  // bf16 is rounded otherwise there, and has no fp16
    add("device-cpu", other);
  }

  EngineOptions rounded = alone;
  rounded.precision = shape.precision == Precision::fp32 ? Precision::bf16 : Precision::fp32;
  add(fmt::format("precision-{}", precision_name(rounded.precision)), rounded);
  return reruns;
}

}  // namespace zeromiss
