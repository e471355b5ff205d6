// Names that would be markup, formulas, commands to a terminal or ways out of a folder, through all
// that inspect and evaluate write.
#include "support/catch.hpp"
#include "support/fake_engine.hpp"
#include "support/packages.hpp"

#include <zeromiss/base/csv_reader.hpp>
#include <zeromiss/base/json.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/report/results_file.hpp>
#include <zeromiss/tools/inspect.hpp>
#include <zeromiss/tools/score.hpp>

#include <pugixml.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <sstream>

using namespace zeromiss;
using namespace zeromiss::test;
namespace fs = std::filesystem;

namespace {

/// File names (no '/', no NUL) that Linux takes.
const std::vector<std::string> kNames{
    "=HYPERLINK(\"http:x\",\"y\").pgm",
    "@SUM(1+1).pgm",
    "<img src=x onerror=alert(1)>.pgm",
    "<script>alert(1)<.pgm",
    "]]><!--&amp;&#60;.pgm",
    "\x1b[31mred\x1b]0;title\x07.pgm",
    "line\r\nbreak,\"quoted\";\ttab.pgm",
    "bad\xff\xfe\xc3utf8.pgm",
    "csi\xc2\x9b"
    "31m\xe2\x80\xaegnp.pgm",
    "up\\..\\..\\..\\x.pgm",
    "| [a](http:b) `c` $(d) %s {}.pgm",
};
/// Class names may hold '/', too.
const std::string kClass = "../../<b>=1+1</b>\x1b[2J\"',\xe2\x80\xae";

/// Everything below a folder with its content.
std::map<std::string, std::string> files_in(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file())
      files[entry.path().lexically_relative(folder).string()] = read_file(entry.path());
  return files;
}

void check_terminal(const std::string& text) {
  CHECK(is_utf8(text));
  std::string lines = text;
  lines.erase(std::remove(lines.begin(), lines.end(), '\n'), lines.end());
  CHECK(printable(lines) == lines);  // no control characters but line ends
}

void check_table(const fs::path& file) {
  INFO(file);
  CHECK(is_utf8(read_file(file)));
  CsvReader table(file, ErrorKind::input);
  while (table.next())
    for (std::size_t i = 0; i < table.header().size(); ++i) {
      const std::string& cell = table.text(i);
      if (cell.empty() || finite_number(cell)) continue;
      CHECK(std::string("=+-@\t\r\n").find(cell.front()) == std::string::npos);
    }
}

void check_page(const fs::path& file) {
  const std::string page = read_file(file);
  CHECK(is_utf8(page));
  for (const char* markup : {"<img src=x", "<script>alert", "]]><!--", "<b>=1+1"})
    CHECK(page.find(markup) == std::string::npos);
  CHECK(page.find('\x1b') == std::string::npos);
}

}  // namespace

TEST_CASE("printable spells out what commands a terminal or turns a text around") {
  CHECK(printable("a\x1b[1m\x7f\n") == "a?[1m??");
  CHECK(printable("\xc2\x9b"
                  "1m\xc2\x85\xc2\xa0") == "?1m?\xc2\xa0");
  CHECK(printable("\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8f\xe2\x80\xa8|\xe2\x80\x93") ==
        "????|\xe2\x80\x93");
  CHECK(printable("웨이퍼 €") == "웨이퍼 €");
}

TEST_CASE("hostile names go through inspect and evaluate as text, and nothing leaves the folders") {
  const TempFolder work;
  InspectOptions options;
  options.model = write_package(work / "package", "weights", [](nlohmann::ordered_json& manifest) {
    manifest["name"] = "<script>alert(1)</script>";
    manifest["classes"][1]["name"] = kClass;
    manifest["golden"][0]["label"] = kClass;
  });
  options.inputs = {work / "lot"};
  options.output = work / "deep/er/out";
  options.batch = 4;
  options.threads = 2;
  options.quiet = true;
  std::string labels = "image,label,size\n";
  for (std::size_t i = 0; i < kNames.size(); ++i)
    write_file(work / "lot" / kNames[i],
               i % 3 == 2 ? "P5\ncut" : gray_pgm(8, 8, i % 3 == 0 ? 10 : 250));
  // The labels say that all are defective, so all dark ones escape and are listed.
  for (const auto& name : kNames) {
    if (!is_utf8(name)) continue;  // a table cannot name it
    labels += '"';
    for (const char c : name) labels.append(c == '"' ? 2 : 1, c);
    labels += "\",\"" + std::string("../../<b>=1+1</b>\x1b[2J\"\"',\xe2\x80\xae") + "\",5\n";
  }
  write_file(work / "labels.csv", labels);
  const auto before = files_in(work.path());

  std::ostringstream terminal;
  CHECK(inspect(options, fake_loader(), terminal) == 4);
  check_terminal(terminal.str());
  const fs::path out = options.output;
  std::set<std::string> written;
  for (const auto& [name, content] : files_in(out)) written.insert(name);
  CHECK(written == std::set<std::string>{".zeromiss.lock", ".zeromiss.times", "metrics.prom",
                                         "report.html", "results.csv", "results.jsonl", "run.json",
                                         "summary.json"});
  std::vector<std::string> seen;
  for_each_record(out / kResultsFile, ErrorKind::input,
                  [&](const Record& record) { seen.push_back(record.image); });
  CHECK(seen.size() == kNames.size());
  const std::string jsonl = read_file(out / kResultsFile);
  CHECK(std::count(jsonl.begin(), jsonl.end(), '\n') == static_cast<std::ptrdiff_t>(kNames.size()));
  CHECK(is_utf8(jsonl));
  check_table(out / "results.csv");
  check_page(out / "report.html");

  ScoreOptions score_options;
  score_options.predictions = out;
  score_options.ground_truth = work / "labels.csv";
  score_options.allow_unlabelled = true;
  score_options.output = work / "metrics";
  score_options.require = {"recall >= 0.5", "operating_point.<b>&\x1b.recall >= 0"};
  score_options.images = work / "lot";
  score_options.summary_md = (work / "metrics.md").string();
  score_options.quiet = true;
  std::ostringstream page;
  CHECK(score(score_options, page) == 1);
  check_terminal(page.str());
  const fs::path metrics = work / "metrics";
  for (const char* table : {"per_class.csv", "confusion_matrix.csv", "misses.csv", "pod.csv"})
    check_table(metrics / table);
  check_page(metrics / "report.html");
  for (const char* json : {"metrics.json", "curves.json"})
    CHECK_NOTHROW(JsonDocument::read(metrics / json, ErrorKind::input));
  pugi::xml_document junit;
  CHECK(junit.load_file((metrics / "junit.xml").c_str()));
  const std::string markdown = read_file(work / "metrics.md");
  for (const char* markup : {"<b>", "](", "<script", "`c`", "\x1b"})
    CHECK(markdown.find(markup) == std::string::npos);

  // Beside the two outputs all is as it was.
  for (const auto& [name, content] : files_in(work.path())) {
    const bool ours =
        name.starts_with("deep/er/out/") || name.starts_with("metrics/") || name == "metrics.md";
    INFO(to_utf8(name));
    CHECK((ours || (before.contains(name) && before.at(name) == content)));
  }
}
