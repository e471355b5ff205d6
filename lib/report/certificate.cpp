#include "metrics_section.hpp"

#include <zeromiss/base/text.hpp>
#include <zeromiss/report/bounds.hpp>
#include <zeromiss/report/certificate.hpp>

#include <fmt/format.h>

namespace zeromiss {
namespace {

constexpr double kOnePercent = 0.01, kOnePerMille = 0.001;

std::uint64_t still_needed(const Claim& claim, double rate, double confidence) {
  const auto needed = demonstration_size(claim.escapes, rate, confidence).value();
  const auto judged = claim.defective - claim.not_judged;
  return needed > judged ? needed - judged : 0;
}

Claim claim_of(const std::string& name, const OperatingFigures& figures) {
  Claim claim;
  claim.name = name;
  claim.defective = claim.images = figures.defective;
  claim.escapes = figures.escapes;
  claim.not_judged = figures.not_judged_defective;
  claim.upper = figures.escape_rate_upper;
  claim.more_for_1_percent = still_needed(claim, kOnePercent, figures.confidence);
  claim.more_for_0_1_percent = still_needed(claim, kOnePerMille, figures.confidence);
  return claim;
}

/// The same by parts; the images behind them stay known.
Claim claim_of(const std::string& name, const PartCounts::Defective& parts, std::uint64_t images,
               double confidence) {
  Claim claim = claim_of(name, operating_figures(parts.decisions, {}, confidence));
  claim.images = images;
  claim.escaped_whole = parts.escaped_whole;
  return claim;
}

std::string claim_text(const Claim& claim, const std::string& name, bool parts) {
  if (claim.defective == 0) return fmt::format("  {}: no image, so nothing is shown\n", name);
  const std::uint64_t judged = claim.defective - claim.not_judged;
  if (judged == 0)
    return fmt::format("  {}: {} in ERROR and none judged, so nothing is shown\n", name,
                       claim.not_judged);
  const std::string counted =
      parts ? fmt::format("{} of {} parts ({} images)", claim.escapes, judged, claim.images)
            : fmt::format("{} of {}", claim.escapes, judged);
  std::string text = fmt::format(
      "  {}: {} missed, escape rate at most {}; {} more for a 1 % claim, {} for 0.1 %\n", name,
      counted, percent_at_most(claim.upper.or_zero(), 3), claim.more_for_1_percent,
      claim.more_for_0_1_percent);
  if (claim.not_judged > 0)
    text +=
        fmt::format("    {} more in ERROR show nothing: nobody judged them\n", claim.not_judged);
  if (parts && claim.escapes > 0)
    text += fmt::format("    another image stopped {} of the {} missed parts\n",
                        claim.escapes - claim.escaped_whole, claim.escapes);
  return text;
}

nlohmann::ordered_json claim_json(Section section, const Claim& claim, bool parts) {
  if (!claim.name.empty()) section.set("name", claim.name);
  section.set("defective", claim.defective);
  section.set("escapes", claim.escapes);
  section.set("not_judged", claim.not_judged);
  if (parts) {
    section.set("images", claim.images);
    section.set("escapes_whole", claim.escaped_whole);
  }
  section.put("escape_rate_upper", claim.upper);
  section.set("more_for_1_percent", claim.more_for_1_percent);
  section.set("more_for_0_1_percent", claim.more_for_0_1_percent);
  return section.take();
}

}  // namespace

Certificate certificate_of(const Evaluation& evaluation) {
  const OperatingPoint& point = evaluation.operating_point.value();
  Certificate certificate;
  certificate.confidence = point.figures.confidence;
  certificate.limit_from_same_images =
      point.origin == "zero-miss" || point.origin == kCalibrationOrigin;
  const auto& parts = evaluation.parts;
  if (parts) certificate.groups = parts->parts;
  certificate.overall =
      parts ? claim_of("", parts->defective, point.figures.defective, certificate.confidence)
            : claim_of("", point.figures);
  for (std::size_t k = 0; k < evaluation.truths.size(); ++k) {
    const TruthRow& row = evaluation.truths[k];
    if (!row.defect) continue;
    certificate.classes.push_back(
        parts ? claim_of(row.name, parts->classes[k], row.decisions.total(), certificate.confidence)
              : claim_of(row.name, operating_figures(row.decisions, {}, certificate.confidence)));
  }
  return certificate;
}

std::string certificate_text(const Certificate& certificate) {
  const bool parts = certificate.groups.has_value();
  std::string text = fmt::format(
      "Certificate, with {:g} % confidence ({})\n", 100.0 * certificate.confidence,
      parts ? fmt::format("{} parts taken as independent; a part is missed when one of its images "
                          "with a defect passes",
                          *certificate.groups)
            : "images taken as independent; several of one part: --group");
  text += claim_text(certificate.overall, "all defects", parts);
  for (const auto& claim : certificate.classes)
    text += claim_text(claim, printable(claim.name), parts);
  if (certificate.limit_from_same_images)
    text += "  the limit was chosen on these very images: confirm it on others\n";
  return text;
}

nlohmann::ordered_json certificate_json(Section section, const Certificate& certificate) {
  section.set("confidence", certificate.confidence);
  const bool parts = certificate.groups.has_value();
  section.set("unit", parts ? "group" : "image");
  if (parts) section.set("groups", *certificate.groups);
  section.set("limit_from_same_images", certificate.limit_from_same_images);
  section.set("overall", claim_json(section.inside("overall"), certificate.overall, parts));
  auto classes = nlohmann::ordered_json::array();
  for (const auto& claim : certificate.classes)
    classes.push_back(
        claim_json(section.inside(fmt::format("classes[{}]", classes.size())), claim, parts));
  section.set("classes", std::move(classes));
  return section.take();
}

}  // namespace zeromiss
