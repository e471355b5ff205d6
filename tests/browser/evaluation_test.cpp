// The report of `evaluate`, opened as a person would. Its figures come from tables written here.
#include "browser.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <zeromiss/tools/score.hpp>

#include <fmt/format.h>

#include <cmath>
#include <iostream>
#include <sstream>
#include <string>

using namespace zeromiss::test;
using Json = nlohmann::json;

namespace {

bool skipped() {
  if (!find_chromium().empty()) return false;
  std::cout << "SKIPPED: chromium is not installed\n";
  return true;
}

const std::string kHostile = "<img src=x onerror=alert(1)>\u202E</script>=1+1.png";

/// 300 images: of 100 dents 3 score below .5 and so escape; of 200 good ones 10 score above.
/// One escape has a name that would be markup.
struct Report {
  TempFolder folder;
  zeromiss::ScoreOptions options;
  Report() {
    std::string truth = "image,label\n", found = "image,label,score\n";
    for (int i = 0; i < 300; ++i) {
      const bool dent = i < 100;
      const bool wrong = dent ? i < 3 : i < 110;
      const double score = dent == wrong ? 0.1 + i * 0.001 : 0.6 + i * 0.001;
      const std::string name = i == 1 ? "\"" + kHostile + "\"" : fmt::format("lot/{:03}.png", i);
      truth += fmt::format("{},{}\n", name, dent ? "dent" : "good");
      found += fmt::format("{},{},{}\n", name, score >= 0.5 ? "dent" : "good", score);
    }
    write_file(folder / "truth.csv", truth);
    write_file(folder / "found.csv", found);
    options.ground_truth = folder / "truth.csv";
    options.predictions = folder / "found.csv";
    options.positive = {"dent"};
    options.threshold = 0.5;
    options.output = folder / "out";
    options.quiet = true;
  }
  [[nodiscard]] std::filesystem::path make() const {
    std::ostringstream page;
    REQUIRE(zeromiss::score(options, page) == 0);
    return options.output / "report.html";
  }
};

std::string text_of(Browser& browser, const std::string& selector) {
  return browser.evaluate("document.querySelector('" + selector + "').textContent");
}
int number_of(Browser& browser, const std::string& selector) {
  return browser.evaluate("document.querySelectorAll('" + selector + "').length");
}

}  // namespace

TEST_CASE(
    "the evaluation report opens without a complaint, asks for nothing, and names its point") {
  if (skipped()) return;
  const Report report;
  Browser browser;
  browser.open(report.make());
  browser.screenshot("evaluation-en");
  for (const char* code : {"ko", "en"})
    browser.evaluate(fmt::format("document.querySelector('[data-language=\"{}\"]').click()", code));
  CHECK(browser.complaints() == std::vector<std::string>{});
  CHECK(browser.requests() == std::vector<std::string>{});
  // Clopper-Pearson, one-sided, 3 of 100: 7.571 % (scipy.stats.beta.ppf(0.95, 4, 97)), rounded up.
  CHECK(text_of(browser, "#headline") ==
        "3 of 100 defective images got through; with 95% confidence at most 7.58% do.");
  for (const char* place : {"#point", "#certificate-hint", "#decisions-hint", "#histogram-hint"})
    CHECK_THAT(text_of(browser, place), Catch::Matchers::ContainsSubstring("--threshold") &&
                                            Catch::Matchers::ContainsSubstring("0.5"));
}

// 10 of 200 good ones are stopped, and the bound of 3 of 100 is 7.571 %.
TEST_CASE("the curve of overkill against escape risk marks the limit") {
  if (skipped()) return;
  const Report report;
  Browser browser;
  browser.open(report.make());
  browser.evaluate("document.getElementById('risk').scrollIntoView()");
  const Json chosen = browser.evaluate("Chart.getChart('risk').data.datasets[0].data");
  REQUIRE(chosen.size() == 1);
  CHECK(std::abs(chosen[0]["x"].get<double>() - 5.0) < 1e-9);
  CHECK(std::abs(chosen[0]["y"].get<double>() - 7.571) < 1e-3);
  CHECK(chosen[0]["limit"] == 0.5);
  CHECK(browser.evaluate("document.getElementById('risk-section').hidden") == false);
  CHECK(browser.complaints() == std::vector<std::string>{});
}

TEST_CASE("escapes come first, and names are text") {
  if (skipped()) return;
  const Report report;
  Browser browser;
  browser.open(report.make());
  browser.evaluate("document.querySelector('[data-state=\"view:list\"]').click()");
  const Json kinds = browser.evaluate(
      "[...document.querySelectorAll('.list tbody tr')].map(r => r.children[1].textContent)");
  REQUIRE(kinds.size() > 13);
  for (int i = 0; i < 3; ++i) CHECK(kinds[i] == "Escapes");
  for (int i = 3; i < 13; ++i) CHECK(kinds[i] == "Overkills");
  CHECK(number_of(browser, ".list img") == 0);
  CHECK_THAT(
      text_of(browser, ".list tbody tr:nth-child(2) td"),
      Catch::Matchers::ContainsSubstring("<img src=x onerror=alert(1)>‹U+202E›</script>=1+1.png"));
  CHECK(browser.complaints() == std::vector<std::string>{});
}

TEST_CASE("a cell of the confusion matrix shows its images, by mouse and by key") {
  if (skipped()) return;
  const Report report;
  Browser browser;
  browser.open(report.make());
  // Rows and columns in the order of the labels: dent, good. Truth good, predicted dent: 10.
  const std::string cell = "#matrix tbody tr:nth-child(2) td:nth-child(2) button";
  CHECK(text_of(browser, cell) == "10");
  browser.evaluate("document.querySelector('" + cell + "').click()");
  CHECK(text_of(browser, "#gallery-listed") == "10 of 300 shown");
  CHECK_THAT(text_of(browser, "#gallery-cell"),
             Catch::Matchers::ContainsSubstring("truth good, dent"));
  browser.evaluate("document.getElementById('cell-clear').click()");
  browser.evaluate(
      "document.querySelector('#matrix tbody tr:nth-child(1) td:nth-child(3) button').focus()");
  browser.press("Enter");
  CHECK(text_of(browser, "#gallery-listed") == "3 of 300 shown");
  // The table of decisions does the same.
  browser.evaluate(
      "document.querySelector('#decisions tbody tr:nth-child(2) td:nth-child(4) button').click()");
  CHECK(text_of(browser, "#gallery-listed") == "10 of 300 shown");
}

TEST_CASE("the evaluation report fits 1280 and 400 pixels in both languages") {
  if (skipped()) return;
  const Report report;
  Browser browser;
  browser.open(report.make());
  for (const char* code : {"en", "ko"}) {
    browser.evaluate(fmt::format("document.querySelector('[data-language=\"{}\"]').click()", code));
    for (const int width : {1280, 400}) {
      CAPTURE(code, width);
      browser.resize(width, 900);
      CHECK(browser.evaluate("document.documentElement.scrollWidth") == width);
      browser.screenshot(fmt::format("evaluation-{}-{}", code, width));
    }
  }
  CHECK(browser.evaluate("[...document.querySelectorAll('[data-t]')].every(n => n.textContent)") ==
        true);
  CHECK(browser.complaints() == std::vector<std::string>{});
}

TEST_CASE("every kind of evaluation opens without a complaint") {
  if (skipped()) return;
  const TempFolder folder;
  zeromiss::ScoreOptions options;
  options.quiet = true;
  options.output = folder / "out";
  options.predictions = folder / "found.csv";
  options.ground_truth = folder / "truth.csv";
  std::string shown = "#images";
  SECTION("values") {
    write_file(folder / "truth.csv", "image,value\na,1\nb,2\nc,4\n");
    write_file(folder / "found.csv", "image,value\na,1.5\nb,2\nc,3\n");
    shown = "#scatter-section";
  }
  SECTION("no operating point") {
    write_file(folder / "truth.csv", "image,label\na,x\nb,y\n");
    write_file(folder / "found.csv", "image,label\na,x\nb,x\n");
    shown = "#matrix-section";
  }
  SECTION("nothing at all") {
    write_file(folder / "truth.csv", "image,label\n");
    write_file(folder / "found.csv", "image,label,score\n");
  }
  SECTION("a gate that is not met") {
    write_file(folder / "truth.csv", "image,label\na,x\nb,y\n");
    write_file(folder / "found.csv", "image,label,score\na,x,0.9\nb,y,0.1\n");
    options.positive = {"x"};
    options.require = {"recall >= 0.99 @ 0.95"};
    shown = "#gates-section";
  }
  SECTION("objects, with a picture") {
    std::string picture = "P5\n20 10\n255\n" + std::string(200, 'a');
    write_file(folder / "images/1.pgm", picture);
    write_file(folder / "truth.json",
               R"({"images": [{"id": 1, "file_name": "1.pgm", "width": 20, "height": 10}],
                   "categories": [{"id": 1, "name": "dent"}],
                   "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5],
                                    "area": 25, "iscrowd": 0}]})");
    write_file(folder / "found.json",
               R"([{"image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 6], "score": 0.5}])");
    options.ground_truth = folder / "truth.json";
    options.predictions = folder / "found.json";
    shown = ".tile svg .box-found";
  }
  std::ostringstream page;
  zeromiss::score(options, page);
  Browser browser;
  browser.open(options.output / "report.html");
  browser.evaluate("document.querySelector('[data-language=\"ko\"]').click()");
  CAPTURE(shown);
  CHECK(browser.evaluate("(n => !!n && !n.hidden)(document.querySelector('" + shown + "'))") ==
        true);
  CHECK(browser.complaints() == std::vector<std::string>{});
}

TEST_CASE("a baseline that nothing was compared with is not called free of new escapes") {
  if (skipped()) return;
  const TempFolder folder;
  zeromiss::ScoreOptions options;
  options.quiet = true;
  options.predictions = folder / "found.csv";
  options.ground_truth = folder / "truth.csv";
  write_file(folder / "truth.csv", "image,label\na,x\nb,y\n");
  write_file(folder / "found.csv", "image,label\na,x\nb,x\n");  // no defect class, so no point
  options.output = folder / "then";
  std::ostringstream page;
  zeromiss::score(options, page);
  options.baseline = options.output;
  options.output = folder / "now";
  zeromiss::score(options, page);
  Browser browser;
  browser.open(options.output / "report.html");
  CHECK_THAT(text_of(browser, "#baseline"),
             Catch::Matchers::StartsWith("Nothing was compared with the baseline"));
  CHECK(browser.evaluate("document.querySelector('#baseline').classList.contains('warn')") == true);
  CHECK(browser.evaluate("zm.number(null)") == "–");
}

TEST_CASE("one escape of many is not a recall of 100 %, and bounds are rounded outwards") {
  if (skipped()) return;
  const Report report;
  Browser browser;
  browser.open(report.make());
  CHECK(browser.evaluate("zm.rate(29999 / 30000)") == "99.997%");
  CHECK(browser.evaluate("zm.rate(1 / 30000)") == "0.003%");
  CHECK(browser.evaluate("zm.rate(1) + zm.rate(0) + zm.rate(0.97)") == "100%0%97%");
  CHECK(browser.evaluate("zm.rateAtLeast(0.987779)") == "98.77%");
  CHECK(browser.evaluate("zm.rateAtMost(0.0100024)") == "1.01%");
  CHECK(browser.evaluate("zm.rateAtLeast(0.07) + zm.rateAtMost(0.07)") == "7%7%");
  CHECK(browser.evaluate("zm.rateAtMost(null)") == "–");
}
