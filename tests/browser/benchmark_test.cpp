// The page of `benchmark`, opened as a person would.
#include "browser.hpp"
#include "pages.hpp"
#include "support/catch.hpp"
#include "support/sound_benchmark.hpp"
#include "support/temp_folder.hpp"

#include <zeromiss/report/benchmark_html.hpp>

#include <nlohmann/json.hpp>

#include <string>

using namespace zeromiss;
using namespace zeromiss::test;

namespace {

BenchResult result() {
  BenchResult result = sound_result();
  result.device = "cpu";
  result.device_reason = result.engine = kHostile;
  result.formats = {{"png", {0.002, 0}}};
  result.bf16_infer = Spread{0.004, 0};
  result.sweep = {{1, 2, Precision::fp32, {100, 1}}, {8, 2, Precision::fp32, {130, 1}}};
  result.engines = EngineComparison{{{"a", "torchscript", "LibTorch 2", "", {100, 1}, {90, 1}},
                                     {kHostile, "openvino", "OpenVINO 3", "", {200, 1}, {180, 1}}},
                                    64,
                                    0,
                                    1e-7};
  return result;
}

nlohmann::ordered_json page_of(const BenchResult& result) {
  const BenchSample sample = sound_sample();
  ModelPackage package;
  package.name = kHostile;
  package.version = "1.0";
  BenchmarkOptions options;
  options.target_fps = 1;
  return benchmark_json(result, sample, package, options, invalid_reasons(result, sample, false));
}

}  // namespace

TEST_CASE("the page of a benchmark answers, and says which engine to use") {
  if (skipped()) return;
  const TempFolder folder;
  write_benchmark_html(folder.path(), page_of(result()));
  Browser browser;
  check_page(browser, folder.path() / "report.html", "benchmark");
  CHECK(browser.evaluate("document.querySelector('[data-valid]').dataset.valid") == "true");
  CHECK(browser.evaluate("document.querySelectorAll('#stagebar > *').length") == 6);
  // 5 ms without the model: 400 images/s; with bf16 9 ms: 222.
  CHECK_THAT(text_of(browser, "#whatif"), Catch::Matchers::ContainsSubstring("400"));
  CHECK_THAT(text_of(browser, "#whatif"), Catch::Matchers::ContainsSubstring("222"));
  CHECK_THAT(text_of(browser, "#engines-hint"),
             Catch::Matchers::ContainsSubstring("OpenVINO 3 is 2 times as fast"));
  CHECK(browser.evaluate("Chart.getChart('sweep').data.datasets.length > 0") == true);
}

TEST_CASE("the page of a benchmark says why it is not valid, in both languages") {
  if (skipped()) return;
  const TempFolder folder;
  BenchResult doubtful = result();
  doubtful.end_to_end.images_per_s.mad = 13;  // 10 %
  doubtful.engines.reset();
  doubtful.sweep.clear();
  doubtful.bf16_infer.reset();
  doubtful.why_no_bf16 = kHostile;
  write_benchmark_html(folder.path(), page_of(doubtful));
  Browser browser;
  check_page(browser, folder.path() / "report.html", "benchmark-invalid");
  CHECK_THAT(text_of(browser, "#validity"),
             Catch::Matchers::ContainsSubstring("they differ by 10.0 % (median deviation)"));
  CHECK(browser.evaluate("document.getElementById('engines-section').hidden") == true);
  browser.evaluate("document.querySelector('[data-language=\"ko\"]').click()");
  CHECK_THAT(text_of(browser, "#validity"),
             Catch::Matchers::ContainsSubstring("중앙값 편차가 10.0 %"));
}
