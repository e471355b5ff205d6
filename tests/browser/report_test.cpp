#include "browser.hpp"
#include "support/catch.hpp"
#include "support/output_folder.hpp"

#include <zeromiss/image/encode.hpp>
#include <zeromiss/report/html.hpp>
#include <zeromiss/report/steps_report.hpp>

#include <opencv2/core.hpp>

#include <algorithm>
#include <iostream>
#include <optional>
#include <string>

using namespace zeromiss::test;
using Json = nlohmann::json;

namespace {

bool skipped() {
  if (!find_chromium().empty()) return false;
  std::cout << "SKIPPED: chromium is not installed\n";
  return true;
}

/// A baseline JPEG of 8 x 8 grey pixels (159 bytes, made with Pillow 13).
std::string grey_jpeg() {
  const std::string hex =
      "ffd8ffe000104a46494600010100000100010000ffdb0043001b12141714111b1716171e1c1b2028422b28252528"
      "513a3d3042605565645f555d5b6a7899816a7190735b5d85b586909ea3abadab6780bcc9baa6c799a8aba4ffc000"
      "0b080008000801011100ffc40014000100000000000000000000000000000003ffc4001410010000000000000000"
      "0000000000000000ffda0008010100003f0077ffd9";
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

zeromiss::HtmlOptions with_pictures() {
  zeromiss::HtmlOptions options;
  options.threads = 2;
  options.thumbnail = [](const zeromiss::Record& record) -> std::optional<std::string> {
    if (record.verdict == zeromiss::VerdictKind::error) return std::nullopt;
    return grey_jpeg();
  };
  return options;
}

void write_report(const TempFolder& folder) {
  auto run = run_json();
  run["position_exact"] = false;
  run["site"] = {{"line", "<b>7</b>"}};  // a key that this version does not know
  write_output_folder(folder.path(), three_thousand_records(), run,
                      {{"skipped", {{{"path", "lot0/Thumbs.db"}, {"reason", "system file"}}}}});
  zeromiss::write_inspect_html(folder.path(), with_pictures());
}

void choose_language(Browser& browser, const std::string& code) {
  browser.evaluate("document.querySelector('[data-language=\"" + code + "\"]').click()");
}

std::string text_of(Browser& browser, const std::string& selector) {
  return browser.evaluate("document.querySelector('" + selector + "').textContent");
}

int number_of(Browser& browser, const std::string& selector) {
  return browser.evaluate("document.querySelectorAll('" + selector + "').length");
}

void check_width(Browser& browser, int width) {
  CAPTURE(width);
  browser.resize(width, 900);
  CHECK(browser.evaluate("document.documentElement.scrollWidth") == width);
  // Nothing hangs out of the window, except inside what scrolls by itself.
  CHECK(browser.evaluate(
            "[...document.querySelectorAll('body *')].filter(e => !e.closest('.list, .skip') &&"
            " e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, "
            "100))") == Json::array());
}

}  // namespace

TEST_CASE("the report opens without a complaint and without asking for anything") {
  if (skipped()) return;
  const TempFolder folder;
  write_report(folder);
  Browser browser;
  browser.open(folder.path() / "report.html");
  browser.screenshot("1280-light-en");
  choose_language(browser, "ko");
  choose_language(browser, "en");
  CHECK(browser.complaints() == std::vector<std::string>{});
  CHECK(browser.requests() == std::vector<std::string>{});
}

TEST_CASE("the browser driver itself notices complaints, requests and what the policy stops") {
  if (skipped()) return;
  const TempFolder folder;
  write_report(folder);
  auto page = read_file(folder.path() / "report.html");
  const std::string end = "</body>";
  page.replace(
      page.rfind(end), end.size(),
      "<script>window.hacked = 9</script><img src=\"http://example.invalid/x.png\"></body>");
  write_file(folder.path() / "changed.html", page);
  Browser browser;
  browser.open(folder.path() / "changed.html");
  CHECK(browser.evaluate("typeof window.hacked") == "undefined");
  CHECK(browser.complaints().size() >= 2);
  browser.evaluate("console.error('x')");
  CHECK(browser.complaints().size() >= 3);
  write_file(folder.path() / "free.html", "<img src=\"other.png\">");
  browser.open(folder.path() / "free.html");
  CHECK(browser.requests().size() >= 1);
}

TEST_CASE("the page shows the counts of the records") {
  if (skipped()) return;
  const TempFolder folder;
  write_report(folder);
  Browser browser;
  browser.open(folder.path() / "report.html");
  CHECK(text_of(browser, "#headline") ==
        "3,000 images: 90 rejected, 180 to review, 30 not inspected, 2,700 passed.");
  CHECK(text_of(browser, "[data-count=\"REJECT\"]") == "90");
  CHECK(text_of(browser, "[data-count=\"REVIEW\"]") == "180");
  CHECK(text_of(browser, "[data-count=\"ERROR\"]") == "30");
  CHECK(text_of(browser, "[data-count=\"PASS\"]") == "2,700");
  CHECK(text_of(browser, "[data-error-count=\"image.truncated\"]") == "12");
  CHECK(text_of(browser, "[data-error-count=\"image.something_new\"]") == "6");
  CHECK(number_of(browser, ".tile") == 120);
  // 30 review + 18 errors + 12 passes keep their shares of 120; the rejected take the other 60.
  CHECK(number_of(browser, ".tile .PASS-edge") == 12);
  CHECK(number_of(browser, ".tile .ERROR-edge") == 18);
  CHECK(number_of(browser, ".tile .REVIEW-edge") == 30);
  CHECK(number_of(browser, ".tile .REJECT-edge") == 60);
  CHECK(number_of(browser, ".tile img") == 102);
  CHECK(browser.evaluate("[...document.querySelectorAll('.tile img')].every(i => i.complete && "
                         "i.naturalWidth === 8)") == true);
  CHECK_THAT(text_of(browser, "#images-hint"),
             Catch::Matchers::ContainsSubstring(
                 "120 are shown as pictures and 1,000 in the list; the other "
                 "2,000 are only in results.csv"));
  CHECK_THAT(text_of(browser, "#run"), Catch::Matchers::ContainsSubstring("<b>7</b>"));
  CHECK(number_of(browser, "#run b") == 0);
  CHECK(browser.evaluate("Chart.getChart('scores').data.datasets.flatMap(d => d.data).reduce((n, "
                         "p) => n + (p.y || 0), 0)") == 2970);
}

TEST_CASE("filter, search and list show what they say") {
  if (skipped()) return;
  const TempFolder folder;
  write_report(folder);
  Browser browser;
  browser.open(folder.path() / "report.html");
  browser.evaluate("document.querySelector('[data-state=\"verdict:ERROR\"]').click()");
  CHECK(number_of(browser, ".tile") == 18);
  CHECK(text_of(browser, "#gallery-listed") == "18 of 120 shown");
  browser.evaluate("document.querySelector('[data-state=\"view:list\"]').click()");
  CHECK(number_of(browser, ".list tbody tr") == 30);
  browser.screenshot("1280-light-list");
  browser.evaluate("document.querySelector('[data-state=\"verdict:\"]').click()");
  CHECK(number_of(browser, ".list tbody tr") == 1000);
  browser.evaluate(
      "{ const s = document.getElementById('gallery-search'); s.value = 'THUMBS'; "
      "s.dispatchEvent(new Event('input')); }");
  CHECK(number_of(browser, ".list tbody tr") == 0);
  browser.evaluate(
      "{ const s = document.getElementById('gallery-search'); s.value = '웨이퍼'; "
      "s.dispatchEvent(new Event('input')); }");
  CHECK(number_of(browser, ".list tbody tr") == 1);
  CHECK(browser.complaints() == std::vector<std::string>{});
}

TEST_CASE("Korean replaces every text, is what a Korean browser gets, and is remembered") {
  if (skipped()) return;
  const TempFolder folder;
  write_report(folder);
  {
    Browser browser("ko-KR");
    browser.open(folder.path() / "report.html");
    CHECK(text_of(browser, "h1") == "검사 보고서");
    CHECK(browser.evaluate("document.documentElement.lang") == "ko");
    browser.screenshot("1280-light-ko");
    browser.resize(400, 900);
    browser.screenshot("400-light-ko");
  }
  Browser browser;
  browser.open(folder.path() / "report.html");
  CHECK(text_of(browser, "h1") == "Inspection report");
  choose_language(browser, "ko");
  CHECK(text_of(browser, "h1") == "검사 보고서");
  CHECK(text_of(browser, "#headline") ==
        "이미지 3,000장: 불합격 90, 재확인 180, 검사 못 함 30, 합격 2,700");
  // No text of the English table is left where the page has texts of its own.
  CHECK(browser.evaluate(
            "(() => { const t = JSON.parse(document.getElementById('zm-texts').textContent);"
            " const english = new Set(Object.keys(t.en).filter(k => t.en[k] !== t.ko[k]).map(k => "
            "t.en[k]));"
            " const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); const "
            "left = [];"
            " while (walk.nextNode()) if (!walk.currentNode.parentElement.closest('script') &&"
            " english.has(walk.currentNode.data)) left.push(walk.currentNode.data); return left; "
            "})()") == Json::array());
  browser.open(folder.path() / "report.html");
  CHECK(text_of(browser, "h1") == "검사 보고서");
  CHECK(browser.complaints() == std::vector<std::string>{});
}

TEST_CASE("hostile names stay texts") {
  if (skipped()) return;
  const TempFolder folder;
  write_report(folder);
  Browser browser;
  browser.open(folder.path() / "report.html");
  CHECK(browser.evaluate("typeof window.hacked") == "undefined");
  CHECK(number_of(browser, "script") == 6);  // four of the page, two blocks of data
  CHECK(number_of(browser, "img[src=x]") == 0);
  const auto names =
      browser.evaluate("[...document.querySelectorAll('.tile .file')].map(e => e.textContent)");
  const auto shown = [&](const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  CHECK(shown(kHostileNames[0]));
  CHECK(shown(kHostileNames[1]));
  CHECK(shown(kHostileNames[2]));
  CHECK(shown("lot‹U+202E›gnp.exe.png"));
  CHECK(shown(kHostileNames[4]));
  CHECK(shown(kHostileNames[5]));
  CHECK(shown("line‹U+2028›end & 'quote' \"double\".png"));
  CHECK(shown(kHostileNames[7]));
}

TEST_CASE("nothing hangs out of the page at 1280 and 400 pixels, in either language and view") {
  if (skipped()) return;
  const TempFolder folder;
  write_report(folder);
  Browser browser;
  browser.open(folder.path() / "report.html");
  for (const std::string language : {"en", "ko"}) {
    choose_language(browser, language);
    for (const std::string view : {"list", "tiles"}) {
      browser.evaluate("document.querySelector('[data-state=\"view:" + view + "\"]').click()");
      check_width(browser, 1280);
      check_width(browser, 400);
    }
  }
  choose_language(browser, "en");
  browser.screenshot("400-light-en");
  browser.prefer_dark(true);
  browser.screenshot("400-dark-en");
  browser.resize(1280, 900);
  browser.screenshot("1280-dark-en");
}

TEST_CASE("the keyboard alone opens an image, goes on to the next and closes it") {
  if (skipped()) return;
  const TempFolder folder;
  write_report(folder);
  Browser browser;
  browser.open(folder.path() / "report.html");
  browser.evaluate("document.querySelector('.views button:last-child').focus()");
  browser.press("Tab");
  CHECK(browser.evaluate("document.activeElement.className") == "tile");
  browser.press("Enter");
  CHECK(number_of(browser, "dialog[open]") == 1);
  const auto first = text_of(browser, "dialog h3");
  browser.screenshot("1280-light-dialog");
  browser.evaluate(
      "document.querySelector('dialog').dispatchEvent(new KeyboardEvent('keydown', {key: "
      "'ArrowRight'}))");
  CHECK(text_of(browser, "dialog h3") != first);
  browser.evaluate("document.querySelector('dialog .sheet-foot > button').focus()");
  browser.press("Enter");
  CHECK(number_of(browser, "dialog[open]") == 0);
}

TEST_CASE(
    "an empty run, and a run with equal limits and extreme scores, open without a complaint") {
  if (skipped()) return;
  const TempFolder folder;
  Browser browser;
  write_output_folder(folder.path(), {});
  zeromiss::write_inspect_html(folder.path(), {});
  browser.open(folder.path() / "report.html");
  CHECK(text_of(browser, "#headline") == "No images were inspected.");
  auto run = run_json("anomaly");
  run["limits"] = {{"review_at", 40}, {"reject_at", 40}};
  std::vector<nlohmann::ordered_json> records;
  for (const double score : {-3.5, 12.0, 39.999999, 40.0, 1e30})
    records.push_back(
        judged_record(std::to_string(score), score < 40 ? "PASS" : "REJECT", 0, "none"));
  for (std::size_t i = 0; i < records.size(); ++i) {
    records[i].erase("probabilities");
    records[i]["score"] = std::vector<double>{-3.5, 12.0, 39.999999, 40.0, 1e30}[i];
  }
  write_output_folder(folder.path(), records, run);
  zeromiss::write_inspect_html(folder.path(), {});
  browser.open(folder.path() / "report.html");
  browser.screenshot("1280-light-anomaly");
  // The score just below the limit must not be rounded up to it.
  CHECK(browser.evaluate(
            "[...document.querySelectorAll('.tile .line')].map(e => e.lastChild.textContent)")[2] ==
        "39.999999");
  CHECK(browser.complaints() == std::vector<std::string>{});
}

TEST_CASE(
    "what is held for review is listed with its cause, and can be filtered, in both languages") {
  if (skipped()) return;
  const TempFolder folder;
  auto guarded = judged_record("a.png", "REVIEW", 0.01, "none");
  guarded["reasons"] = {"brightness 33 is outside 8 to 32"};
  auto unstable = judged_record("b.png", "REVIEW", 0.36, "Scratch");
  unstable["stability"] = Json::parse(
      R"({"verdict": "REJECT", "runs": 9, "flips": [{"cause": "shift-left", "verdict": "REVIEW", "score": 0.34}]})");
  auto run = run_json();
  run["settings"]["prove_stable"] = {{"band", 3.0}, {"causes", {"batch-1"}}};
  write_output_folder(folder.path(),
                      {guarded, unstable, judged_record("c.png", "PASS", 0.01, "none")}, run);
  zeromiss::write_inspect_html(folder.path(), with_pictures());
  Browser browser;
  browser.open(folder.path() / "report.html");
  CHECK(text_of(browser, "#held").find("moved one pixel to the left") != std::string::npos);
  CHECK(text_of(browser, "#held").find("brightness 33 is outside 8 to 32") != std::string::npos);
  CHECK(number_of(browser, "#gallery .tile") == 3);
  browser.evaluate("document.querySelector('[data-state=\"verdict:HELD\"]').click()");
  CHECK(number_of(browser, "#gallery .tile") == 2);
  CHECK(
      std::string(browser.evaluate("document.querySelector('#gallery .tile').title")).find("\n") !=
      std::string::npos);
  browser.evaluate("document.querySelector('#gallery .tile').click()");
  CHECK(text_of(browser, "dialog .why").size() > 10);
  browser.screenshot("held-en");
  browser.evaluate("document.querySelector('dialog').close()");
  choose_language(browser, "ko");
  CHECK(text_of(browser, "#held").find("왼쪽으로 1픽셀 옮기면") != std::string::npos);
  CHECK(text_of(browser, "#held").find("밝기 33") != std::string::npos);
  browser.screenshot("held-ko");
  for (const int width : {390, 1280}) check_width(browser, width);
  CHECK(browser.complaints() == std::vector<std::string>{});
}

TEST_CASE("the page of show-steps shows the pictures beside it, in both languages") {
  if (skipped()) return;
  const TempFolder folder;
  write_file(folder.path() / "00-decoded.png",
             zeromiss::encode_png(cv::Mat(8, 14, CV_8UC1, cv::Scalar(99))));
  write_file(folder.path() / "01-blur-tile-1.png",
             zeromiss::encode_png(cv::Mat(8, 8, CV_8UC1, cv::Scalar(99))));
  const auto steps =
      nlohmann::ordered_json::parse(R"({"image": "<b>a.png", "model": "m 1", "steps": [
    {"op": "decoded", "file": "00-decoded.png", "width": 14, "height": 8},
    {"op": "blur", "json": "{\"op\":\"blur\"}", "tile": {"number": 1, "of": 2, "x": 0, "y": 0},
     "file": "01-blur-tile-1.png", "width": 8, "height": 8}]})");
  write_file(folder.path() / "steps.html", zeromiss::steps_html(steps));
  Browser browser;
  browser.open(folder.path() / "steps.html");
  CHECK(browser.evaluate("[...document.images].map(i => i.naturalWidth)") == Json({14, 8}));
  CHECK(text_of(browser, "#steps").find("Tile 1 of 2, at 0, 0") != std::string::npos);
  CHECK(text_of(browser, "#meta").find("<b>a.png") != std::string::npos);
  choose_language(browser, "ko");
  CHECK(text_of(browser, "#steps").find("평균 흐림") != std::string::npos);
  for (const int width : {390, 1280}) check_width(browser, width);
  CHECK(browser.complaints() == std::vector<std::string>{});
}
