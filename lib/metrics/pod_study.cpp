#include <zeromiss/metrics/pod_study.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

namespace zeromiss {
namespace {

constexpr double kShare = 0.90, kStandardConfidence = 0.95;  // a90/95
constexpr std::uint64_t kFewestTargets = 29, kWantedTargets = 60, kWantedOverlap = 10;
constexpr double kSignificant = 0.05;
constexpr std::array<PodModel, 4> kModels{{{Link::logit, SizeAxis::log},
                                           {Link::logit, SizeAxis::linear},
                                           {Link::probit, SizeAxis::log},
                                           {Link::probit, SizeAxis::linear}}};

double real(std::uint64_t count) { return static_cast<double>(count); }

std::string fit_obstacle(Separation separation) {
  switch (separation) {
    case Separation::no_targets:
      return "no_targets";
    case Separation::all_found:
      return "all_found";
    case Separation::none_found:
      return "none_found";
    case Separation::reversed:
      return "larger_ones_are_missed";
    default:
      return "";
  }
}

void count(PodStudy& study, std::span<const PodTarget> targets) {
  for (Figure* figure : {&study.smallest, &study.largest})
    *figure = Figure::undefined("no_targets");
  study.smallest_found = Figure::undefined("none_found");
  study.largest_missed = Figure::undefined("all_found");
  const auto lower = [](Figure& figure, double size) {
    if (!figure.defined() || size < *figure.value) figure = size;
  };
  const auto raise = [](Figure& figure, double size) {
    if (!figure.defined() || size > *figure.value) figure = size;
  };
  for (const PodTarget& target : targets) {
    if (!(target.size > 0.0) || !std::isfinite(target.size))
      throw std::invalid_argument("a size is not a number above 0");
    ++study.targets;
    lower(study.smallest, target.size);
    raise(study.largest, target.size);
    if (target.found) ++study.found, lower(study.smallest_found, target.size);
    if (!target.found) raise(study.largest_missed, target.size);
  }
  const double missed = study.largest_missed.value.value_or(0.0);
  study.always_found_from = Figure::undefined("largest_one_is_missed");
  for (const PodTarget& target : targets) {
    if (target.size > missed) ++study.always_found, lower(study.always_found_from, target.size);
    if (study.smallest_found.defined() && target.size >= *study.smallest_found.value &&
        target.size <= missed)
      ++study.overlap_targets;
  }
  if (targets.empty()) study.always_found_from = Figure::undefined("no_targets");
  study.always_found_lower = Figure::undefined(study.always_found_from.reason);
  if (study.always_found > 0)
    study.always_found_lower =
        *lower_bound(study.always_found, study.always_found, study.confidence);
}

/// The curve that stands for the set; no value when none does.
std::optional<PodCurveFit> choose(PodStudy& study, std::span<const PodTarget> targets,
                                  const std::optional<PodModel>& wanted) {
  if (study.separation == Separation::overlap) {
    std::optional<PodCurveFit> best;
    for (const PodModel model : kModels) {
      if (wanted && (wanted->link != model.link || wanted->axis != model.axis)) continue;
      PodCurveFit one(targets, model, false);
      study.candidates.push_back(one.fit());
      if (one.fit().converged && (!best || one.fit().aic < best->fit().aic)) best = std::move(one);
    }
    if (best) return best;
  }
  const SizeAxis axis = wanted ? wanted->axis : SizeAxis::log;
  PodCurveFit firth(targets, {Link::logit, axis}, true);
  study.candidates.push_back(firth.fit());
  if (!firth.fit().converged) return std::nullopt;
  return firth;
}

/// A size of the curve, if the tested sizes reach that far.
Figure inside_tested(const PodStudy& study, const std::optional<double>& size,
                     const char* otherwise) {
  if (!size) return Figure::undefined(otherwise);
  if (*size > *study.largest.value) return Figure::undefined("beyond_largest_size");
  if (*size < *study.smallest.value) return Figure::undefined("below_smallest_size");
  return *size;
}

bool is_contradicted(std::span<const PodTarget> targets, double from) {
  std::uint64_t all = 0, found = 0;
  for (const PodTarget& target : targets)
    if (target.size >= from) ++all, found += target.found ? 1 : 0;
  return real(found) < kShare * real(all);
}

void set_all(PodStudy& study, const std::string& reason) {
  for (Figure* figure : {&study.a50, &study.a90, &study.a90_95, &study.a90_95_wald})
    *figure = Figure::undefined(reason);
}

void warn(PodStudy& study) {
  const auto add = [&](bool is_so, const char* word) {
    if (is_so) study.warnings.emplace_back(word);
  };
  add(study.targets < kWantedTargets, "few_targets");
  const bool separable =
      study.separation == Separation::complete || study.separation == Separation::quasi;
  add(separable, "separable");
  add(study.separation == Separation::overlap && study.overlap_targets < kWantedOverlap,
      "few_in_the_overlap");
  add(study.a90_95.defined() && study.largest_missed.or_zero() >= *study.a90_95.value,
      "misses_above_it");
  add(study.hosmer_lemeshow_p.defined() && *study.hosmer_lemeshow_p.value < kSignificant,
      "poor_fit");
}

void add_curve(PodStudy& study, std::span<const PodTarget> targets, const PodOptions& options) {
  const std::string obstacle = fit_obstacle(study.separation);
  study.hosmer_lemeshow_p = Figure::undefined("no_curve");
  if (!obstacle.empty()) return set_all(study, obstacle);
  if (*study.smallest.value == *study.largest.value) return set_all(study, "one_size");
  const auto chosen = choose(study, targets, options.model);
  if (!chosen) return set_all(study, "not_converged");
  study.fit = chosen->fit();
  study.curve = chosen->curve(options.confidence, options.curve_points);
  if (const auto p = chosen->hosmer_lemeshow_p())
    study.hosmer_lemeshow_p = *p;
  else
    study.hosmer_lemeshow_p = Figure::undefined("too_few_targets");
  if (!(study.fit->slope > 0.0)) return set_all(study, "larger_ones_are_missed");
  if (study.fit->slope_p > kSignificant) return set_all(study, "size_does_not_matter");
  study.a50 = inside_tested(study, chosen->size_at(0.5), "not_converged");
  study.a90 = inside_tested(study, chosen->size_at(kShare), "not_converged");
  study.a90_95 =
      inside_tested(study, chosen->size_bound(kShare, kStandardConfidence), "size_does_not_matter");
  study.a90_95_wald =
      inside_tested(study, chosen->size_bound_wald(kShare, kStandardConfidence), "no_wald_bound");
  if (study.targets < kFewestTargets) {
    study.a90_95 = study.a90_95_wald = Figure::undefined("too_few_targets");
  } else if (study.a90_95.defined() && is_contradicted(targets, *study.a90_95.value)) {
    study.a90_95 = study.a90_95_wald = Figure::undefined("misses_above_it");
  }
}

/// Powers of ten times `steps`, from the last one at or below `low` on.
std::vector<double> edges_around(double low, double high, std::span<const double> steps) {
  std::vector<double> edges;
  for (int power = static_cast<int>(std::floor(std::log10(low))) - 1;; ++power)
    for (const double step : steps) {
      const double edge = step * std::pow(10.0, power);
      if (!edges.empty() && edge <= low) edges.clear();
      edges.push_back(edge);
      if (edge > high) return edges;
    }
}

}  // namespace

std::vector<PodBin> size_bins(std::span<const PodTarget> targets, double confidence) {
  if (targets.empty()) return {};
  const auto [low, high] =
      std::minmax_element(targets.begin(), targets.end(),
                          [](const PodTarget& a, const PodTarget& b) { return a.size < b.size; });
  constexpr std::array<double, 3> kFine{1.0, 2.0, 5.0};
  constexpr std::array<double, 1> kCoarse{1.0};
  constexpr std::size_t kMostBins = 16;
  auto edges = edges_around(low->size, high->size, kFine);
  if (edges.size() > kMostBins + 1) edges = edges_around(low->size, high->size, kCoarse);
  std::vector<PodBin> bins;
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
    bins.emplace_back();
    bins.back().from = edges[i];
    bins.back().to = edges[i + 1];
  }
  for (const PodTarget& target : targets) {
    const auto above = std::upper_bound(edges.begin() + 1, edges.end() - 1, target.size);
    PodBin& bin = bins[static_cast<std::size_t>(above - edges.begin()) - 1];
    ++bin.targets;
    bin.found += target.found ? 1 : 0;
  }
  for (PodBin& bin : bins) {
    bin.recall = ratio(real(bin.found), real(bin.targets), "no_targets");
    bin.recall_interval = clopper_pearson(bin.found, bin.targets, confidence);
    const auto lower = lower_bound(bin.found, bin.targets, confidence);
    bin.recall_lower = lower ? Figure(*lower) : Figure::undefined("no_targets");
  }
  return bins;
}

PodStudy study_pod(std::span<const PodTarget> targets, const PodOptions& options) {
  PodStudy study;
  study.confidence = options.confidence;
  count(study, targets);
  study.separation = separation_of(targets);
  add_curve(study, targets, options);
  study.bins = size_bins(targets, options.confidence);
  warn(study);
  return study;
}

std::string_view link_name(Link link) { return link == Link::logit ? "logit" : "probit"; }
std::string_view axis_name(SizeAxis axis) { return axis == SizeAxis::log ? "log" : "linear"; }
std::string_view separation_name(Separation separation) {
  constexpr std::array<std::string_view, 7> kNames{
      "overlap", "complete", "quasi", "reversed", "all_found", "none_found", "no_targets"};
  return kNames.at(static_cast<std::size_t>(separation));
}

}  // namespace zeromiss
