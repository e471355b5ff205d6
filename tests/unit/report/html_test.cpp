#include "assets.hpp"
#include "html_page.hpp"
#include "support/catch.hpp"
#include "support/output_folder.hpp"

#include <zeromiss/report/html.hpp>

#include <nlohmann/json.hpp>
#include <openssl/sha.h>

#include <regex>
#include <set>
#include <string>
#include <vector>

using zeromiss::base64;
using zeromiss::json_island;
using zeromiss::write_inspect_html;
using namespace zeromiss::test;
using Catch::Matchers::ContainsSubstring;
using Json = nlohmann::ordered_json;

namespace {

std::string between(const std::string& text, const std::string& from, const std::string& to) {
  const auto begin = text.find(from);
  REQUIRE(begin != std::string::npos);
  const auto end = text.find(to, begin + from.size());
  REQUIRE(end != std::string::npos);
  return text.substr(begin + from.size(), end - begin - from.size());
}

std::string page_of(const TempFolder& folder, const zeromiss::HtmlOptions& options = {}) {
  write_inspect_html(folder.path(), options);
  return read_file(folder.path() / "report.html");
}

Json data_of(const std::string& page) {
  return Json::parse(between(page, "id=\"zm-data\">", "</script>"));
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("base64 agrees with the test vectors of RFC 4648") {
  CHECK(base64("") == "");
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("foob") == "Zm9vYg==");
  CHECK(base64("fooba") == "Zm9vYmE=");
  CHECK(base64("foobar") == "Zm9vYmFy");
  CHECK(base64("\xFB\xFF\xFE") == "+//+");
}

TEST_CASE("no text can end the script element that holds the data, or open another") {
  const Json data = {{"a", "</script><!--<script>&\u2028\u2029"}, {"한", "é"}};
  const auto island = json_island(data);
  CHECK(island ==
        R"({"a":"\u003c/script\u003e\u003c!--\u003cscript\u003e\u0026\u2028\u2029","한":"é"})");
  CHECK(Json::parse(island) == data);
}

TEST_CASE("the report counts what the records say") {
  const TempFolder folder;
  write_output_folder(folder.path(), three_thousand_records());
  const auto data = data_of(page_of(folder));
  CHECK(data["images"] == 3000);
  CHECK(data["verdicts"] == Json{{"REJECT", 90}, {"REVIEW", 180}, {"ERROR", 30}, {"PASS", 2700}});
  CHECK(data["errors"]["image.truncated"] == 12);
  std::uint64_t counted = 0;
  for (const auto& [verdict, bins] : data["histogram"]["counts"].items())
    for (const auto& bin : bins) counted += bin.get<std::uint64_t>();
  CHECK(counted == 2970);  // all but the errors
  CHECK(data["shown"].size() == 1000);
  CHECK(data["shown"][0]["score"] == 0.999);
}

TEST_CASE("the report holds the pictures of the images that are shown with one") {
  const TempFolder folder;
  write_output_folder(folder.path(), {judged_record("a.png", "REJECT", 0.9, "Scratch"),
                                      judged_record("b.png", "REJECT", 0.8, "Scratch")});
  zeromiss::HtmlOptions options;
  options.gallery_images = 1;
  options.thumbnail = [](const zeromiss::Record& record) { return "jpeg of " + record.image; };
  const auto data = data_of(page_of(folder, options));
  CHECK(data["shown"][0]["picture"] == "anBlZyBvZiBhLnBuZw==");  // printf 'jpeg of a.png' | base64
  CHECK_FALSE(data["shown"][1].contains("picture"));
}

TEST_CASE("names from a run appear in the page as escaped data only") {
  const TempFolder folder;
  write_output_folder(folder.path(), three_thousand_records());
  const auto page = page_of(folder);
  CHECK(count(page, "window.hacked") == 3);
  CHECK_THAT(page, !ContainsSubstring("<script>window.hacked") &&
                       !ContainsSubstring("onerror=\"window") && !ContainsSubstring("<img src=x"));
  CHECK(count(page, "{{") == 1);  // the hostile name alone: no mark of the template is left
}

TEST_CASE("the page's policy admits exactly the scripts and the style that it contains") {
  const TempFolder folder;
  write_output_folder(folder.path(), {});
  const auto page = page_of(folder);
  const auto policy = between(page, "Content-Security-Policy\" content=\"", "\"");
  CHECK_THAT(policy, ContainsSubstring("default-src 'none'") && !ContainsSubstring("unsafe") &&
                         !ContainsSubstring("http"));
  std::size_t scripts = 0;
  for (auto at = page.find("<script>"); at != std::string::npos;
       at = page.find("<script>", at + 1)) {
    const auto text = page.substr(at + 8, page.find("</script>", at) - at - 8);
    std::string digest(SHA256_DIGEST_LENGTH, '\0');
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
           reinterpret_cast<unsigned char*>(digest.data()));
    CHECK_THAT(policy, ContainsSubstring("'sha256-" + base64(digest) + "'"));
    ++scripts;
  }
  CHECK(scripts == 4);  // Chart.js and three of our own
  CHECK(count(policy, "sha256-") == scripts + 1);
}

TEST_CASE("every error code of the manual has a text in both languages") {
  const auto texts = Json::parse(zeromiss::assets::kTextsJson);
  std::istringstream manual(read_file(ZEROMISS_MANUAL));
  const std::regex code("`((?:image|folder|model|internal)\\.(?!json`)[a-z_]+)`");
  std::size_t codes = 0;
  for (std::string line; std::getline(manual, line);) {
    const std::string first = line.substr(0, line.find('|', 1));  // column of the table
    if (!line.starts_with("| `")) continue;
    for (std::sregex_iterator at(first.begin(), first.end(), code), end; at != end; ++at, ++codes)
      for (const char* language : {"en", "ko"}) {
        CAPTURE(language);
        CHECK(texts[language].contains("error." + at->str(1)));
      }
  }
  CHECK(codes >= 21);
}

TEST_CASE("the page names no address that a browser would load") {
  const TempFolder folder;
  write_output_folder(folder.path(), {});
  auto page = page_of(folder);
  const std::regex loads("(src|href|url)\\s*[=(]\\s*[\"']?(https?:)?//", std::regex::icase);
  for (auto at = page.find("<script>"); at != std::string::npos; at = page.find("<script>"))
    page.erase(at, page.find("</script>", at) - at + 9);
  CHECK_FALSE(std::regex_search(page, loads));
}

TEST_CASE(
    "every text of the page exists in English and in Korean with the same values to fill in") {
  const auto texts = Json::parse(zeromiss::assets::kTextsJson);
  const auto marks = [](const std::string& text) {
    std::set<std::string> found;
    const std::regex mark("\\{\\w+\\}");
    for (std::sregex_iterator at(text.begin(), text.end(), mark), end; at != end; ++at)
      found.insert(at->str());
    return found;
  };
  for (const auto& [key, english] : texts["en"].items()) {
    CAPTURE(key);
    if (key.size() > 4 && key.substr(key.size() - 4) == ".one") continue;  // Korean has no plural
    REQUIRE(texts["ko"].contains(key));
    CHECK(marks(texts["ko"][key]) == marks(english));
  }
  for (const auto& [key, korean] : texts["ko"].items()) CHECK(texts["en"].contains(key));
}

TEST_CASE("scores without bounds get an axis from the scores themselves") {
  const TempFolder folder;
  auto run = run_json("anomaly");
  run["limits"] = {{"review_at", 10}, {"reject_at", 20}};
  std::vector<Json> records;
  for (int i = 0; i < 5; ++i) {
    records.push_back(judged_record(std::to_string(i),
                                    i < 2   ? "PASS"
                                    : i < 4 ? "REVIEW"
                                            : "REJECT",
                                    0, "none"));
    records.back()["score"] = -10 + 10 * i;  // -10 to 30
    records.back().erase("probabilities");
  }
  write_output_folder(folder.path(), records, run);
  const auto histogram = data_of(page_of(folder))["histogram"];
  CHECK(histogram["from"] == -10);
  CHECK(histogram["to"] == 30);
}

TEST_CASE(
    "a report is refused when summary and records disagree, or a file is missing or foreign") {
  const TempFolder folder;
  const auto records = three_thousand_records();
  const auto refused = [&] {
    try {
      write_inspect_html(folder.path(), {});
    } catch (const zeromiss::Error& error) {
      return error.kind() == zeromiss::ErrorKind::input;
    }
    return false;
  };
  write_output_folder(folder.path(), records, run_json(), {{"images", 2999}});
  CHECK(refused());
  write_output_folder(
      folder.path(), records, run_json(),
      {{"verdicts", {{"PASS", 2701}, {"REVIEW", 180}, {"REJECT", 89}, {"ERROR", 30}}}});
  CHECK(refused());
  write_output_folder(folder.path(), records, run_json(), {{"schema", "zeromiss-summary/2"}});
  CHECK(refused());
  auto changed = records;
  changed[0]["score"] = 0.36;  // still REJECT: the counts stay what they were
  write_output_folder(folder.path(), records);
  const auto summary = read_file(folder.path() / "summary.json");
  write_output_folder(folder.path(), changed);
  write_file(folder.path() / "summary.json", summary);
  CHECK(refused());
  for (const std::string file : {"run.json", "summary.json", "results.jsonl"}) {
    write_output_folder(folder.path(), records);
    std::filesystem::remove(folder.path() / file);
    CHECK(refused());
  }
  CHECK_FALSE(std::filesystem::exists(folder.path() / "report.html"));
}

TEST_CASE("a long list of skipped files is cut, and its length is not") {
  const TempFolder folder;
  Json skipped = Json::array();
  for (int i = 0; i < 5000; ++i)
    skipped.push_back({{"path", std::to_string(i)}, {"reason", "not an image"}});
  write_output_folder(folder.path(), {}, run_json(), {{"skipped", skipped}});
  const auto summary = data_of(page_of(folder))["summary"];
  CHECK(summary["skipped"].size() == 200);
  CHECK(summary["skipped_total"] == 5000);
}

TEST_CASE("the report says which images are held for review whatever their score, and why") {
  const TempFolder folder;
  auto guarded = judged_record("a.png", "REVIEW", 0.01, "none");
  guarded["reasons"] = {"brightness 33 is outside 8 to 32"};
  auto unstable = judged_record("b.png", "REVIEW", 0.36, "Scratch");
  unstable["stability"] = Json::parse(
      R"({"verdict": "REJECT", "runs": 9, "flips": [{"cause": "jpeg-95", "verdict": "REVIEW", "score": 0.34}]})");
  auto stable = judged_record("c.png", "PASS", 0.011, "none");
  stable["stability"] = Json::parse(R"({"verdict": "PASS", "runs": 9, "flips": []})");
  write_output_folder(folder.path(), {guarded, unstable, stable});
  const Json data = data_of(page_of(folder));
  const Json& held = data.at("held");
  CHECK(held.at("total") == 2);
  CHECK(held.at("outside_guard") == 1);
  CHECK(held.at("near_limit") == 2);
  CHECK(held.at("unstable") == 1);
  CHECK(held.at("flips") == Json{{"jpeg-95", 1}});
  CHECK(held.at("images") == Json::parse(R"([
    {"reasons": ["brightness 33 is outside 8 to 32"], "image": "a.png", "verdict": "REVIEW", "score": 0.01},
    {"own": "REJECT", "flips": [{"cause": "jpeg-95", "verdict": "REVIEW", "score": 0.34}],
     "image": "b.png", "verdict": "REVIEW", "score": 0.36}])"));
  for (const Json& image : data.at("shown"))
    CHECK((image.contains("reasons") || image.contains("flips")) == (image.at("image") != "c.png"));
}
