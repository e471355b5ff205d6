#include "support/catch.hpp"
#include "support/near.hpp"

#include <zeromiss/report/certificate.hpp>
#include <zeromiss/report/metrics_report.hpp>

#include <nlohmann/json.hpp>

using namespace zeromiss;
using Catch::Matchers::ContainsSubstring;

namespace {

Evaluation evaluation_of(DecisionCounts dent, const std::string& origin = "--threshold") {
  Evaluation evaluation;
  evaluation.truths = {{"dent", true, {}, dent}, {"hole", true, {}, {}}, {"ok", false, {}, {}}};
  OperatingPoint point;
  point.threshold = 0.5;
  point.origin = origin;
  point.figures = operating_figures(dent, {}, 0.95);
  evaluation.operating_point = point;
  return evaluation;
}

}  // namespace

// reference/metrics.md 9.2 and 9.3: n = 29 gives 9.81 %; 299 and 2995 without a miss show 1 % and
// 0.1 %; 473 with one miss show 1 %.
TEST_CASE("a certificate names the exact bound and the images still needed") {
  const auto certificate = certificate_of(evaluation_of({.flagged = 29}));
  CHECK(certificate.overall.upper.or_zero() == near(0.0981, 5e-5));
  CHECK(certificate.overall.more_for_1_percent == 299 - 29);
  CHECK(certificate.overall.more_for_0_1_percent == 2995 - 29);
  CHECK_FALSE(certificate.limit_from_same_images);
}

TEST_CASE("a claim that is shown needs nothing more, and a miss makes it dearer") {
  CHECK(certificate_of(evaluation_of({.flagged = 299})).overall.more_for_1_percent == 0);
  CHECK(certificate_of(evaluation_of({.flagged = 298})).overall.more_for_1_percent == 1);
  const auto missed = certificate_of(evaluation_of({.passed = 1, .flagged = 298}));
  CHECK(missed.overall.escapes == 1);
  CHECK(missed.overall.more_for_1_percent == 473 - 299);
}

TEST_CASE("images in ERROR are no evidence that nothing escapes") {
  const auto mixed = certificate_of(evaluation_of({.flagged = 29, .not_judged = 270}));
  CHECK(mixed.overall.upper.or_zero() == near(0.0981, 5e-5));
  CHECK(mixed.overall.more_for_1_percent == 299 - 29);
  CHECK(mixed.classes[0].more_for_0_1_percent == 2995 - 29);
  CHECK_THAT(certificate_text(mixed), ContainsSubstring("0 of 29 missed") &&
                                          ContainsSubstring("270 more in ERROR show nothing"));
  const auto blind = certificate_of(evaluation_of({.not_judged = 300}));
  CHECK_FALSE(blind.overall.upper.defined());
  CHECK(blind.overall.more_for_1_percent == 299);
  CHECK_THAT(certificate_text(blind), ContainsSubstring("none judged, so nothing is shown"));
}

TEST_CASE("each defect class has its own claim, and one without images has none") {
  const auto evaluation = evaluation_of({.flagged = 29});
  const auto certificate = certificate_of(evaluation);
  REQUIRE(certificate.classes.size() == 2);
  CHECK(certificate.classes[0].name == "dent");
  CHECK_FALSE(certificate.classes[1].upper.defined());
  CHECK(certificate.classes[1].more_for_1_percent == 299);
  const auto json = nlohmann::json::parse(metrics_json(evaluation));
  CHECK(json["certificate"]["classes"][1]["escape_rate_upper"].is_null());
  CHECK(json["reasons"]["certificate.classes[1].escape_rate_upper"] == "no_defective_images");
  CHECK_THAT(certificate_text(certificate),
             ContainsSubstring("hole: no image, so nothing is shown"));
}

TEST_CASE("a limit from the same images is called so") {
  const auto certificate = certificate_of(evaluation_of({.flagged = 29}, "zero-miss"));
  CHECK(certificate.limit_from_same_images);
  CHECK_THAT(certificate_text(certificate), ContainsSubstring("chosen on these very images"));
}

// metrics.md 9.2: 0 misses in 299 images of 60 parts support 4.87 %, not 0.997 %.
TEST_CASE("with parts the certificate counts them, and keeps the images in sight") {
  auto evaluation = evaluation_of({.flagged = 299});
  evaluation.parts = PartCounts{100, {{.flagged = 60}, 0}, {{{.flagged = 60}, 0}, {}, {}}};
  const auto certificate = certificate_of(evaluation);
  CHECK(certificate.groups == 100U);
  CHECK(certificate.overall.defective == 60);
  CHECK(certificate.overall.images == 299);
  CHECK(certificate.overall.upper.or_zero() == near(0.0487, 5e-5));
  CHECK(certificate.overall.more_for_1_percent == 299 - 60);
  CHECK(certificate.classes.at(0).images == 299);
  const auto json = nlohmann::json::parse(metrics_json(evaluation))["certificate"];
  CHECK(json["unit"] == "group");
  CHECK(json["groups"] == 100);
  CHECK(json["overall"]["images"] == 299);
  CHECK_THAT(certificate_text(certificate), ContainsSubstring("0 of 60 parts (299 images)"));
}
