// The report of `evaluate`, opened as a person would. Its figures come from tables written here.
#include "browser.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <zeromiss/tools/score.hpp>

#include <fmt/format.h>

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
  // Clopper-Pearson, one-sided, 3 of 100: 7.57 % (scipy.stats.beta.ppf(0.95, 4, 97)).
  CHECK(text_of(browser, "#headline") ==
        "3 of 100 defective images got through; with 95% confidence at most 7.57% do.");
  for (const char* place : {"#point", "#certificate-hint", "#decisions-hint", "#histogram-hint"})
    CHECK_THAT(text_of(browser, place), Catch::Matchers::ContainsSubstring("--threshold") &&
                                            Catch::Matchers::ContainsSubstring("0.5"));
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
