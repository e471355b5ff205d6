#include "metrics_section.hpp"

#include <zeromiss/base/text.hpp>
#include <zeromiss/report/certificate.hpp>

#include <fmt/format.h>

namespace zeromiss {
namespace {

constexpr double kOnePercent = 0.01, kOnePerMille = 0.001;

std::uint64_t still_needed(const Claim& claim, double rate, double confidence) {
  const auto needed = demonstration_size(claim.escapes, rate, confidence);
  return needed > claim.defective ? needed - claim.defective : 0;
}

Claim claim_of(const std::string& name, const OperatingFigures& figures) {
  Claim claim{name, figures.defective, figures.escapes, figures.escape_rate_upper};
  claim.more_for_1_percent = still_needed(claim, kOnePercent, figures.confidence);
  claim.more_for_0_1_percent = still_needed(claim, kOnePerMille, figures.confidence);
  return claim;
}

std::string claim_text(const Claim& claim, const std::string& name) {
  if (claim.defective == 0) return fmt::format("  {}: no image, so nothing is shown\n", name);
  return fmt::format(
      "  {}: {} of {} missed, escape rate at most {:.3f} %; {} more for a 1 % claim, {} for 0.1 "
      "%\n",
      name, claim.escapes, claim.defective, 100.0 * claim.upper.or_zero(), claim.more_for_1_percent,
      claim.more_for_0_1_percent);
}

nlohmann::ordered_json claim_json(Section section, const Claim& claim) {
  if (!claim.name.empty()) section.set("name", claim.name);
  section.set("defective", claim.defective);
  section.set("escapes", claim.escapes);
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
  certificate.limit_from_same_images = point.origin == "zero-miss";
  certificate.overall = claim_of("", point.figures);
  for (const auto& row : evaluation.truths)
    if (row.defect)
      certificate.classes.push_back(
          claim_of(row.name, operating_figures(row.decisions, {}, certificate.confidence)));
  return certificate;
}

std::string certificate_text(const Certificate& certificate) {
  std::string text =
      fmt::format("Certificate, with {:g} % confidence (images taken as independent)\n",
                  100.0 * certificate.confidence);
  text += claim_text(certificate.overall, "all defects");
  for (const auto& claim : certificate.classes) text += claim_text(claim, printable(claim.name));
  if (certificate.limit_from_same_images)
    text += "  the limit was chosen on these very images: confirm it on others\n";
  return text;
}

nlohmann::ordered_json certificate_json(Section section, const Certificate& certificate) {
  section.set("confidence", certificate.confidence);
  section.set("unit", "image");
  section.set("limit_from_same_images", certificate.limit_from_same_images);
  section.set("overall", claim_json(section.inside("overall"), certificate.overall));
  auto classes = nlohmann::ordered_json::array();
  for (const auto& claim : certificate.classes)
    classes.push_back(
        claim_json(section.inside(fmt::format("classes[{}]", classes.size())), claim));
  section.set("classes", std::move(classes));
  return section.take();
}

}  // namespace zeromiss
