// The pages of `benchmark choose` and `benchmark spec`, opened as a person would.
#include "../../lib/tools/choice.hpp"
#include "browser.hpp"
#include "pages.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <zeromiss/report/choose_html.hpp>
#include <zeromiss/report/spec_sheet.hpp>

#include <fmt/format.h>

#include <string>

using namespace zeromiss::test;
using Json = nlohmann::ordered_json;

namespace {

zeromiss::Candidate candidate(const std::string& name, std::uint64_t overkills, double fps) {
  zeromiss::Candidate one;
  one.package = "packages/" + name;
  one.name = name;
  one.version = "1.0";
  one.license = "MIT";
  one.device = "cpu";
  zeromiss::DecisionCounts defective, good;
  defective.add(zeromiss::Decision::flagged, 50);
  good.add(zeromiss::Decision::passed, 50 - overkills);
  good.add(zeromiss::Decision::flagged, overkills);
  one.figures = zeromiss::operating_figures(defective, good, 0.95);
  one.speed = zeromiss::PackageSpeed{fps, fps, true, {}};
  one.peak_rss_mib = 256;
  return one;
}

void write_choice(const TempFolder& folder) {
  zeromiss::ChooseOptions rules;
  rules.target_fps = 10;
  auto slow = candidate("slow", 1, 4);
  auto broken = candidate(kHostile, 0, 1);
  broken.unusable = zeromiss::LostBy{"unusable", false, {{"why", kHostile}}};
  broken.figures.reset();
  broken.speed.reset();
  broken.peak_rss_mib.reset();
  auto doubtful = candidate("doubtful", 9, 300);
  doubtful.speed->valid = false;
  doubtful.speed->reasons = {"load by others"};
  doubtful.speed->invalid = Json::parse(R"([{"code": "load", "values": {"percent": "12"}}])");
  std::vector<zeromiss::Candidate> all{candidate("sharp", 2, 40), candidate("quick", 8, 200), slow,
                                       broken, doubtful};
  const auto choice = zeromiss::decide_choice(all, rules);
  zeromiss::write_choose_html(folder.path(),
                              zeromiss::choose_json(all, choice, rules, {{"images", 100}}));
}

Json sheet() {
  const auto row = [](const char* key, const Json& value, const char* form, const Json& texts) {
    return Json{
        {"key", key}, {"value", value}, {"source", "a.json#/x"}, {"form", form}, {"texts", texts}};
  };
  return {
      {"sections",
       {{{"key", "model"}, {"rows", {row("name", kHostile, "plain", {{"value", kHostile}})}}},
        {{"key", "speed"},
         {"rows",
          {row("end_to_end", 40, "rate", {{"rate", "40"}, {"mad", "0.5"}}),
           row("vram", nullptr, "not_measured", Json::object())}}}}},
      {"repeatability",
       {{"differences",
         {{{"image", kHostile}, {"verdicts", {"PASS", "REVIEW"}}, {"scores", {0.1, nullptr}}}}}}},
      {"sources", {{{"file", kHostile}, {"sha256", std::string(64, 'a')}}}}};
}

}  // namespace

TEST_CASE("the page of a choice names the winner, each reason and the Pareto front") {
  if (skipped()) return;
  const TempFolder folder;
  write_choice(folder);
  Browser browser;
  check_page(browser, folder.path() / "report.html", "choose");
  CHECK(text_of(browser, "#headline") == "Chosen: packages/sharp (sharp 1.0)");
  // 1 - 0.05^(1/50) = 5.816 %, for the best of four 1 - 0.0125^(1/50) = 8.390 %; 299 - 50 more.
  CHECK(text_of(browser, "#evidence") ==
        "No escape among 50 defective images shows an escape rate of at most 5.82 % (95 % "
        "confidence); for the best of 4 compared on the same images, at most 8.40 %. Without an "
        "escape, 249 more defective images show 1 %.");
  CHECK(text_of(browser, "[data-rule=speed]") == "4 images/s, 10 are asked for");
  CHECK(text_of(browser, "#notes .callout") ==
        "* Not VALID, so do not quote it:packages/doubtful: load by others: other "
        "programs used 12 % of the processors; stop them");
  // 100 images: sharp 0.98, quick 0.92, slow 0.99, doubtful 0.91.
  CHECK(browser.evaluate("Chart.getChart('plot').data.datasets.find(d => d.type === "
                         "'line').data.map(p => p.y)") == nlohmann::json{0.99, 0.98, 0.92, 0.91});
  CHECK(browser.evaluate("Chart.getChart('plot').options.scales.x.type") == "logarithmic");
  browser.evaluate("document.querySelector('[data-language=\"ko\"]').click()");
  CHECK(text_of(browser, "#headline") == "선택: packages/sharp (sharp 1.0)");
  CHECK(text_of(browser, "[data-rule=speed]") == "4장/초, 요구 10장/초");
}

TEST_CASE("the page of a sheet shows what spec.json says, and what was not measured") {
  if (skipped()) return;
  const TempFolder folder;
  zeromiss::write_spec_sheet(folder.path(), sheet());
  Browser browser;
  check_page(browser, folder.path() / "report.html", "spec");
  CHECK(text_of(browser, "[data-row=end_to_end]") == "40 images/s (± 0.5)");
  CHECK(text_of(browser, "[data-row=vram]") == "not measured");
  CHECK(text_of(browser, "[data-row=name]") == "<img src=x onerror=alert(1)>{{body}}‹U+202E›");
  CHECK(text_of(browser, "#differences tbody tr td:last-child") == "0.1 → –");
  browser.evaluate("document.querySelector('[data-language=\"ko\"]').click()");
  CHECK(text_of(browser, "[data-row=vram]") == "측정하지 않음");
}
