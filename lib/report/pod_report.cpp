// Everything that files say of the smallest defect that is still found.
#include "metrics_section.hpp"

#include <zeromiss/base/text.hpp>
#include <zeromiss/report/csv.hpp>

#include <fmt/format.h>

namespace zeromiss {
namespace {

using Json = nlohmann::ordered_json;

Json fit_json(const PodFit& fit) {
  Json json{{"link", link_name(fit.model.link)},
            {"axis", axis_name(fit.model.axis)},
            {"estimator", fit.firth ? "firth" : "maximum_likelihood"},
            {"converged", fit.converged}};
  if (!fit.converged) return json;
  json.update({{"intercept", fit.intercept},
               {"slope", fit.slope},
               {"intercept_error", fit.intercept_error},
               {"slope_error", fit.slope_error},
               {"slope_p", fit.slope_p},
               {"aic", fit.aic},
               {"deviance", fit.deviance}});
  return json;
}

Json bins_json(const Section& section, const PodStudy& study) {
  Json bins = Json::array();
  for (std::size_t i = 0; i < study.bins.size(); ++i) {
    const PodBin& bin = study.bins[i];
    Section one = section.inside(fmt::format("bins[{}]", i));
    one.set("from", bin.from);
    one.set("to", bin.to);
    one.set("targets", bin.targets);
    one.set("found", bin.found);
    one.put("recall", bin.recall);
    one.put("recall_interval", bin.recall_interval, "no_targets");
    one.put("recall_lower", bin.recall_lower);
    bins.push_back(one.take());
  }
  return bins;
}

}  // namespace

const char* size_unit(const PodReport& report) { return report.pixel_size_um ? "um2" : "px"; }

Json pod_json(Section section, const PodReport& report) {
  const PodStudy& study = report.study;
  section.set("target", report.target);
  section.set("hit", report.hit);
  section.set("sizes_from", to_utf8(report.source));
  section.set("unit", size_unit(report));
  if (report.pixel_size_um) section.set("pixel_size_um", *report.pixel_size_um);
  section.set("targets", study.targets);
  section.set("found", study.found);
  section.set("without_size", report.without_size);
  if (report.missed_in_passed_images)
    section.set("missed_in_passed_images", *report.missed_in_passed_images);
  section.put("a50", study.a50);
  section.put("a90", study.a90);
  section.put("a90_95", study.a90_95);
  section.put("a90_95_wald", study.a90_95_wald);
  section.set("bound", "likelihood_ratio");
  section.put("smallest", study.smallest);
  section.put("largest", study.largest);
  section.put("smallest_found", study.smallest_found);
  section.put("largest_missed", study.largest_missed);
  Section always = section.inside("always_found");
  always.put("from", study.always_found_from);
  always.set("targets", study.always_found);
  always.put("recall_lower", study.always_found_lower);
  section.set("always_found", always.take());
  section.set("separation", separation_name(study.separation));
  section.set("overlap_targets", study.overlap_targets);
  section.set("model", study.fit ? fit_json(*study.fit) : Json(nullptr));
  Json candidates = Json::array();
  for (const PodFit& fit : study.candidates) candidates.push_back(fit_json(fit));
  section.set("candidates", std::move(candidates));
  section.put("hosmer_lemeshow_p", study.hosmer_lemeshow_p);
  section.set("warnings", study.warnings);
  section.set("confidence", study.confidence);
  section.set("bins", bins_json(section, study));
  return section.take();
}

Json pod_curve_json(const PodReport& report) {
  const PodCurve& curve = report.study.curve;
  return {{"unit", size_unit(report)},
          {"size", curve.size},
          {"pod", curve.pod},
          {"low", curve.low},
          {"high", curve.high}};
}

std::string pod_csv(const PodReport& report) {
  std::string text = fmt::format("image,label,size_{},found\n", size_unit(report));
  for (const PodRow& row : report.rows)
    text += fmt::format("{},{},{},{}\n", csv_text(to_utf8(report.image_name(row.image))),
                        csv_text(report.classes.at(row.label)), row.target.size,
                        row.target.found ? 1 : 0);
  return text;
}

}  // namespace zeromiss
