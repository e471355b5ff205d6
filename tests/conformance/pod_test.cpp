// Published fits: ../shared/vectors/glm-published (MASS, brglm2) and pod-afrl (AFRL POD v4.5). Of
// the latter `published` is the tool's own output, the rest a recomputation outside this project.
#include "support/catch.hpp"
#include "support/shared_file.hpp"

#include <zeromiss/metrics/pod.hpp>

#include <map>
#include <sstream>

using namespace zeromiss;
using Json = nlohmann::json;

namespace {

constexpr double kPublished = 1e-5, kExact = 1e-8;  // relative

using Table = std::map<std::string, std::vector<double>>;

/// Numbers only, a header line.
std::optional<Table> shared_table(const std::string& relative) {
  std::ifstream file(std::filesystem::path(ZEROMISS_SHARED_DIR) / relative);
  if (!file) {
    WARN("SKIPPED: " << relative << " is not there");
    return std::nullopt;
  }
  Table table;
  std::vector<std::string> names;
  std::string line, cell;
  std::getline(file, line);
  std::istringstream header(line);
  while (std::getline(header, cell, ',')) {
    if (!cell.empty() && cell.back() == '\r') cell.pop_back();
    names.push_back(cell);
  }
  while (std::getline(file, line)) {
    std::istringstream row(line);
    for (const auto& name : names)
      if (std::getline(row, cell, ',')) table[name].push_back(std::stod(cell));
  }
  return table;
}

std::vector<PodTarget> targets_of(const std::vector<double>& x, const std::vector<double>& y) {
  std::vector<PodTarget> targets;
  for (std::size_t i = 0; i < x.size(); ++i) targets.push_back({x[i], y.at(i) != 0.0});
  return targets;
}

/// AFRL's a90/95: where the lower Wald bound, known at the data points only, crosses 0.9 on a line
/// in the scale of the link.
double interpolated_wald(const PodCurveFit& curve, const std::vector<double>& x) {
  const double wanted = link_of(Link::logit, 0.9);
  for (std::size_t i = 1; i < x.size(); ++i) {
    const double before = link_of(Link::logit, curve.wald_lower(x[i - 1], 0.95));
    const double after = link_of(Link::logit, curve.wald_lower(x[i], 0.95));
    if (before < wanted && after >= wanted)
      return x[i - 1] + (wanted - before) / (after - before) * (x[i] - x[i - 1]);
  }
  return 0.0;
}

void check_ml(const std::vector<double>& x, const std::vector<double>& y, const Json& expected) {
  const auto near = [&](const char* key) {
    return Approx(expected[key].get<double>()).epsilon(kExact);
  };
  const PodCurveFit curve(targets_of(x, y), {Link::logit, SizeAxis::linear}, false);
  const PodFit& fit = curve.fit();
  REQUIRE(fit.converged);
  CHECK(fit.intercept == near("b0"));
  CHECK(fit.slope == near("b1"));
  CHECK(fit.intercept_error == near("se_b0"));
  CHECK(fit.slope_error == near("se_b1"));
  CHECK(fit.covariance == near("cov"));
  CHECK(fit.aic == near("aic"));
  CHECK(curve.size_at(0.5).value() == near("a50"));
  CHECK(curve.size_at(0.9).value() == near("a90"));
  CHECK(curve.size_bound_wald(0.9, 0.95).value() == near("a9095_wald_pointwise"));
  CHECK(interpolated_wald(curve, x) == near("a9095_wald_interpolated_on_data"));
  CHECK(curve.size_bound(0.9, 0.95).value() == near("a9095_lr_one_sided"));
  CHECK(curve.size_bound(0.9, 0.975).value() == near("a9095_lr_two_sided_95_contour"));
}

void check_firth(const std::vector<double>& x, const std::vector<double>& y, const Json& expected) {
  const auto near = [&](const char* key) {
    return Approx(expected[key].get<double>()).epsilon(1e-7);
  };
  const PodCurveFit curve(targets_of(x, y), {Link::logit, SizeAxis::linear}, true);
  REQUIRE(curve.fit().converged);
  CHECK(curve.fit().intercept == near("b0"));
  CHECK(curve.fit().slope == near("b1"));
  CHECK(curve.size_at(0.5).value() == near("a50"));
  CHECK(curve.size_at(0.9).value() == near("a90"));
  CHECK(curve.size_bound_wald(0.9, 0.95).value() == near("a9095_wald_pointwise"));
  CHECK(interpolated_wald(curve, x) == near("a9095_wald_interpolated_on_data"));
}

/// The AFRL tool's own digits.
void check_published(const std::vector<double>& x, const PodCurveFit& curve,
                     const Json& published) {
  const auto near = [&](const char* key) {
    return Approx(published[key].get<double>()).epsilon(kPublished);
  };
  CHECK(curve.fit().intercept == near("Intercept"));
  CHECK(curve.fit().slope == near("Slope"));
  CHECK(curve.size_at(0.9).value() == near("a90"));
  CHECK(interpolated_wald(curve, x) == near("a9095"));
}

}  // namespace

TEST_CASE("AFRL's good_1: published logit and Firth fits, and the four kinds of a90/95") {
  const auto file = shared_json("vectors/pod-afrl/expected.json");
  const auto table = shared_table("vectors/pod-afrl/hitmiss_good_1.csv");
  if (!file || !table) return;
  const auto &x = table->at("x"), &y = table->at("y");
  const Json& expected = (*file)["good_1"];
  check_ml(x, y, expected["ml"]);
  check_firth(x, y, expected["firth"]);
  const PodModel model{Link::logit, SizeAxis::linear};
  const PodCurveFit ml(targets_of(x, y), model, false), firth(targets_of(x, y), model, true);
  check_published(x, ml, expected["published"]["Logit"]);
  check_published(x, firth, expected["published"]["Firth"]);
  CHECK(ml.fit().aic == Approx(expected["published"]["Logit"]["AIC"].get<double>()).epsilon(1e-9));
}

TEST_CASE("AFRL's three inspectors of sim1, with profile intervals of the coefficients") {
  const auto file = shared_json("vectors/pod-afrl/expected.json");
  const auto table = shared_table("vectors/pod-afrl/hitmiss_sim1.csv");
  if (!file || !table) return;
  const auto& x = table->at("x");
  for (const std::string name : {"insp1", "insp2", "insp3"}) {
    CAPTURE(name);
    const auto& y = table->at(name);
    const Json& expected = (*file)["sim1_" + name];
    check_ml(x, y, expected["ml"]);
    check_firth(x, y, expected["firth"]);
    const PodCurveFit curve(targets_of(x, y), {Link::logit, SizeAxis::linear}, false);
    const Json& published = expected["published"];
    check_published(x, curve, published);
    CHECK(curve.size_at(0.5).value() == Approx(published["a50"].get<double>()).epsilon(kPublished));
    CHECK(curve.fit().aic == Approx(published["AIC"].get<double>()).epsilon(1e-8));
    BinaryData data{2, {}, {}, {}, {}};
    for (std::size_t i = 0; i < x.size(); ++i) {
      data.design.insert(data.design.end(), {1.0, x[i]});
      data.trials.push_back(1.0);
      data.hits.push_back(y[i]);
    }
    const BinaryFit fit = fit_binary(data, {});
    const auto intercept = profile_interval(data, fit, Link::logit, 0, 0.95);
    const auto slope = profile_interval(data, fit, Link::logit, 1, 0.95);
    // R interpolates its profile with a spline; upper ends of the intercept are published with few
    // digits.
    const auto& in = published["Intercept_profile_CI95"];
    const auto& sl = published["Slope_profile_CI95"];
    CHECK(intercept.low.value() == Approx(in[0].get<double>()).epsilon(5e-4));
    CHECK(intercept.high.value() == Approx(in[1].get<double>()).margin(0.0065));
    CHECK(slope.low.value() == Approx(sl[0].get<double>()).epsilon(5e-4));
    CHECK(slope.high.value() == Approx(sl[1].get<double>()).epsilon(5e-4));
  }
}

TEST_CASE("AFRL's ten inspectors") {
  const auto file = shared_json("vectors/pod-afrl/expected.json");
  const auto table = shared_table("vectors/pod-afrl/hitmiss_10inspectors.csv");
  if (!file || !table) return;
  for (int k = 1; k <= 10; ++k) {
    CAPTURE(k);
    const Json& expected = file->at("inspector" + std::to_string(k));
    const auto& y = table->at("Inspector" + std::to_string(k));
    check_ml(table->at("x"), y, expected["ml"]);
    check_firth(table->at("x"), y, expected["firth"]);
  }
}

TEST_CASE("MASS: budworm, logit coefficients and the delta-method error of LD25, LD50, LD75") {
  const auto file = shared_json("vectors/glm-published/expected.json");
  if (!file) return;
  const Json& budworm = (*file)["budworm"];
  const Json& rows = budworm["data"];
  BinaryData data;
  data.columns = 3;
  for (std::size_t i = 0; i < rows["ldose"].size(); ++i) {
    const double female = rows["sex"][i] == "F" ? 1.0 : 0.0;
    data.design.insert(data.design.end(), {female, 1.0 - female, rows["ldose"][i].get<double>()});
    data.trials.push_back(rows["n_each"].get<double>());
    data.hits.push_back(rows["numdead"][i].get<double>());
  }
  const BinaryFit fit = fit_binary(data, {});
  REQUIRE(fit.converged);
  const char* names[] = {"sexF", "sexM", "ldose"};
  for (std::size_t j = 0; j < 3; ++j) {
    const Json& published = budworm["coef"][names[j]];
    CHECK(fit.beta[j] == Approx(published[0].get<double>()).epsilon(1e-6));
    CHECK(std::sqrt(fit.covariance[j * 3 + j]) == Approx(published[1].get<double>()).epsilon(1e-6));
  }
  for (const auto& [share, published] : budworm["dose_p_female (delta method)"].items()) {
    const Estimate dose = quantile(fit, 0, 2, link_of(Link::logit, std::stod(share)));
    CHECK(dose.value == Approx(published[0].get<double>()).epsilon(1e-6));
    CHECK(dose.standard_error == Approx(published[1].get<double>()).epsilon(1e-6));
  }
}

TEST_CASE("brglm2: endometrial, where maximum likelihood diverges and Firth's does not") {
  const auto file = shared_json("vectors/glm-published/expected.json");
  const auto table = shared_table("vectors/glm-published/endometrial.csv");
  if (!file || !table) return;
  BinaryData data;
  data.columns = 4;
  for (std::size_t i = 0; i < table->at("HG").size(); ++i) {
    data.design.insert(data.design.end(),
                       {1.0, table->at("NV")[i], table->at("PI")[i], table->at("EH")[i]});
    data.trials.push_back(1.0);
    data.hits.push_back(table->at("HG")[i]);
  }
  CHECK_FALSE(fit_binary(data, {}).converged);
  const BinaryFit fit = fit_binary(data, {Link::logit, true});
  REQUIRE(fit.converged);
  const char* names[] = {"Intercept", "NV", "PI", "EH"};
  for (std::size_t j = 0; j < 4; ++j) {
    const Json& published = (*file)["endometrial"]["firth"][names[j]];
    CHECK(fit.beta[j] == Approx(published[0].get<double>()).epsilon(1e-6));
    CHECK(std::sqrt(fit.covariance[j * 4 + j]) == Approx(published[1].get<double>()).epsilon(1e-5));
  }
}
