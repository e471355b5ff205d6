// `evaluate` on output folders made by hand.
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/report/metrics_report.hpp>
#include <zeromiss/report/results_file.hpp>
#include <zeromiss/tools/score.hpp>

#include <nlohmann/json.hpp>

#include <sstream>
#include <vector>

using namespace zeromiss;
using Catch::Matchers::ContainsSubstring;
using test::read_file;
using test::TempFolder;
using test::write_file;
using Json = nlohmann::json;

namespace {

Record judged(const std::string& image, VerdictKind verdict, std::vector<double> probabilities,
              const std::string& label) {
  Record record;
  record.image = image;
  record.bytes = 1;
  record.sha256 = std::string(64, 'a');
  record.width = record.height = 8;
  record.verdict = verdict;
  record.score = 1.0 - probabilities.at(0);
  record.label = label;
  record.probabilities = std::move(probabilities);
  return record;
}

Record failed(const std::string& image) {
  Record record;
  record.image = image;
  record.error = RecordError{"image.truncated", "cut"};
  return record;
}

/// A model with the good class "ok" and the defects "dent" and "hole"; limits 0.5 and 0.75, so that
/// the scores of the samples (multiples of 1/8) are exact.
const Json kRun = Json::parse(R"({"schema": "zeromiss-run/1", "images": 6,
  "model": {"name": "m", "task": "classification", "classes": [{"name": "ok", "defect": false},
    {"name": "dent", "defect": true}, {"name": "hole", "defect": true}]},
  "limits": {"review_at": 0.5, "reject_at": 0.75}})");

/// Six labelled images: one escape (dent/2, score 0.25), one overkill (ok/1, score exactly the
/// limit).
std::vector<Record> six_records() {
  using V = VerdictKind;
  return {judged("dent/1.png", V::reject, {0.125, 0.75, 0.125}, "dent"),
          judged("dent/2.png", V::pass, {0.75, 0.25, 0.0}, "ok"),
          judged("hole/1.png", V::review, {0.375, 0.5, 0.125}, "dent"),
          judged("ok/1.png", V::review, {0.5, 0.25, 0.25}, "ok"),
          judged("ok/2.png", V::pass, {0.875, 0.125, 0.0}, "ok"),
          judged("ok/3.png", V::pass, {0.75, 0.125, 0.125}, "ok")};
}

class Bench {
 public:
  Bench() {
    for (const auto& record : six_records()) label(record.image);
    predict(six_records());
    write_file(root_ / "out/run.json", kRun.dump());
    options_.predictions = root_ / "out";
    options_.ground_truth = root_ / "gt";
    options_.output = root_ / "metrics";
    options_.quiet = true;
  }

  void label(const std::string& image) { write_file(root_ / ("gt/" + image), ""); }
  void predict(const std::vector<Record>& records) {
    std::string lines;
    for (const auto& record : records) lines += record_line(record) + "\n";
    write_file(root_ / "out/results.jsonl", lines);
  }
  /// Runs, and reads metrics.json back.
  Json run() {
    std::ostringstream out;
    code_ = score(options_, out);
    text_ = out.str();
    return Json::parse(file("metrics.json"));
  }
  [[nodiscard]] std::string file(const std::string& name) const {
    return read_file(options_.output / name);
  }
  [[nodiscard]] const std::filesystem::path& root() const { return root_.path(); }
  ScoreOptions& options() { return options_; }
  [[nodiscard]] int code() const { return code_; }
  [[nodiscard]] const std::string& text() const { return text_; }

  /// Runs, expects an Error of this kind, and gives its message.
  std::string refusal(ErrorKind kind) {
    try {
      run();
    } catch (const Error& error) {
      CHECK(error.kind() == kind);
      return error.what();
    }
    FAIL("was not refused");
    return "";
  }

 private:
  TempFolder root_;
  ScoreOptions options_;
  int code_ = -1;
  std::string text_;
};

}  // namespace

TEST_CASE("the run's own limits are the operating point unless another is asked for") {
  Bench bench;
  const Json point = bench.run()["operating_point"];
  CHECK(bench.code() == 0);
  CHECK(point["origin"] == "model review_at");
  CHECK(point["threshold"] == 0.5);
  CHECK(point["defective"] == 3);
  CHECK(point["good"] == 3);
  CHECK(point["escapes"] == 1);
  CHECK(point["overkills"] == 1);
  CHECK(point["recall"] == 2.0 / 3.0);
  CHECK(point["precision"] == 2.0 / 3.0);
  CHECK(point["accuracy"] == 4.0 / 6.0);
  CHECK(point["always_pass_accuracy"] == 0.5);
  // one of three at 95 %: 1 - x^3 - 3 x^2 (1 - x) ... P(Bin(3, u) <= 1) = 0.05 at u = 0.8646
  CHECK(point["escape_rate_upper"].get<double>() == Approx(0.8646).margin(5e-5));
  CHECK_THAT(bench.text(), ContainsSubstring("escapes    1 of 3 defective"));
}

TEST_CASE("the confusion matrix has truth in its rows and the model's class order") {
  Bench bench;
  const Json metrics = bench.run();
  const Json& report = metrics["classification"];
  CHECK(report["confusion_matrix"]["labels"] == Json{"ok", "dent", "hole"});
  CHECK(report["confusion_matrix"]["counts"] == Json::parse("[[3,0,0],[1,1,0],[0,1,0]]"));
  CHECK(report["accuracy"] == 4.0 / 6.0);
  CHECK(report["classes"][2]["precision"].is_null());
  CHECK(metrics["reasons"]["classification.classes[2].precision"] == "no_predictions");
  CHECK(report["classes"][2]["recall"] == 0.0);
  CHECK(report["top_k"]["2"] == 5.0 / 6.0);  // hole/1 has its class last
  CHECK_THAT(bench.file("confusion_matrix.csv"),
             ContainsSubstring("truth,ok,dent,hole\nok,3,0,0\n"));
  CHECK_THAT(bench.file("per_class.csv"), ContainsSubstring("\nhole,1,0,0,0,1,,0,"));
}

TEST_CASE("a threshold flags the scores from it on, equality included") {
  Bench bench;
  bench.options().threshold = 0.25;
  const Json point = bench.run()["operating_point"];
  CHECK(point["origin"] == "--threshold");
  CHECK(point["escapes"] == 0);    // dent/2 has exactly 0.25
  CHECK(point["overkills"] == 2);  // ok/3 has it too
}

TEST_CASE("the zero-miss point is the smallest score of a defective image") {
  Bench bench;
  bench.options().zero_miss = true;
  const Json point = bench.run()["operating_point"];
  CHECK(point["origin"] == "zero-miss");
  CHECK(point["threshold"] == 0.25);
  CHECK(point["escapes"] == 0);
}

TEST_CASE("a labelled image without a prediction is a miss and is listed") {
  Bench bench;
  bench.label("hole/9.png");
  bench.label("ok/9.png");
  const Json metrics = bench.run();
  CHECK(bench.code() == 0);
  CHECK(metrics["images"] == 8);
  CHECK(metrics["missing_predictions"] == 2);
  CHECK(metrics["operating_point"]["escapes"] == 2);
  CHECK(metrics["operating_point"]["overkills"] == 2);
  CHECK(metrics["operating_point"]["recall"] == 0.5);
  CHECK(metrics["classification"]["samples"] == 8);
  CHECK(metrics["classification"]["accuracy"] == 0.5);
  CHECK(metrics["classification"]["confusion_matrix"]["unpredicted"] == Json{1, 0, 1});
  CHECK_THAT(bench.file("misses.csv"), ContainsSubstring("escape,hole/9.png,hole,missing,"));
}

TEST_CASE("a defective image in ERROR is not judged and a good one is an overkill") {
  Bench bench;
  auto records = six_records();
  records[0] = failed("dent/1.png");
  records[4] = failed("ok/2.png");
  bench.predict(records);
  const Json metrics = bench.run();
  CHECK(bench.code() == kExitSomeImagesFailed);
  const Json& point = metrics["operating_point"];
  CHECK(metrics["errors"] == 2);
  CHECK(point["escapes"] == 1);  // dent/2 as before
  CHECK(point["not_judged"] == Json{{"defective", 1}, {"good", 1}});
  CHECK(point["recall"] == 1.0 / 3.0);
  CHECK(point["escape_rate"] == 1.0 / 3.0);
  CHECK(point["overkills"] == 2);
  CHECK(metrics["verdicts"]["rows"][1]["counts"] == Json{1, 0, 0, 1, 0});  // dent
  CHECK_THAT(bench.file("misses.csv"),
             ContainsSubstring("not_judged,dent/1.png,dent,ERROR,,,0.5,,image.truncated"));
}

TEST_CASE("misses are listed escapes first, then overkills, the worst of each first") {
  Bench bench;
  using V = VerdictKind;
  auto records = six_records();
  records[2] = judged("hole/1.png", V::pass, {0.875, 0.125, 0.0}, "ok");
  records[4] = judged("ok/2.png", V::reject, {0.125, 0.875, 0.0}, "dent");
  bench.predict(records);
  bench.run();
  CHECK(bench.file("misses.csv") ==
        "kind,image,truth,verdict,predicted,score,threshold,margin,error_code\n"
        "escape,hole/1.png,hole,PASS,ok,0.125,0.5,0.375,\n"
        "escape,dent/2.png,dent,PASS,ok,0.25,0.5,0.25,\n"
        "overkill,ok/2.png,ok,REJECT,dent,0.875,0.5,0.375,\n"
        "overkill,ok/1.png,ok,REVIEW,ok,0.5,0.5,0,\n");
}

TEST_CASE("a prediction without ground truth is refused unless it may be left out") {
  Bench bench;
  auto records = six_records();
  records.push_back(judged("ok/unknown.png", VerdictKind::pass, {1, 0, 0}, "ok"));
  bench.predict(records);
  CHECK_THAT(bench.refusal(ErrorKind::input), ContainsSubstring("ok/unknown.png"));
  CHECK_FALSE(std::filesystem::exists(bench.options().output));
  bench.options().allow_unlabelled = true;
  const Json metrics = bench.run();
  CHECK(metrics["unlabelled_predictions"] == 1);
  CHECK(metrics["images"] == 6);
}

TEST_CASE("when no path fits, the message says which folder --gt should be") {
  Bench bench;
  bench.options().ground_truth = bench.root() / "gt2";
  write_file(bench.root() / "gt2/ok/other.png", "");
  CHECK_THAT(bench.refusal(ErrorKind::input),
             ContainsSubstring("the folder that inspect had as --input"));
}

TEST_CASE("a true class that the model does not know is refused by name") {
  Bench bench;
  bench.label("stain/1.png");
  CHECK_THAT(bench.refusal(ErrorKind::input),
             ContainsSubstring("class \"stain\" is unknown to the model"));
}

TEST_CASE("a PASS at or above the run's limit is refused") {
  Bench bench;
  auto records = six_records();
  records[3].verdict = VerdictKind::pass;  // score 0.5, review_at 0.5
  bench.predict(records);
  CHECK_THAT(bench.refusal(ErrorKind::input), ContainsSubstring("ok/1.png is PASS with score 0.5"));
}

TEST_CASE("an image predicted twice is refused") {
  Bench bench;
  auto records = six_records();
  records.push_back(records.front());
  bench.predict(records);
  CHECK_THAT(bench.refusal(ErrorKind::input), ContainsSubstring("dent/1.png is predicted twice"));
}

TEST_CASE("labels and probabilities that are not the model's are refused") {
  Bench bench;
  auto records = six_records();
  records[1].label = "stain";
  bench.predict(records);
  CHECK_THAT(bench.refusal(ErrorKind::input), ContainsSubstring("label \"stain\" is no class"));
  records = six_records();
  records[1].probabilities.pop_back();
  bench.predict(records);
  CHECK_THAT(bench.refusal(ErrorKind::input), ContainsSubstring("2 probabilities"));
}

TEST_CASE(
    "without run.json the verdicts still count, and what needs the class order is undefined") {
  Bench bench;
  std::filesystem::remove(bench.root() / "out/run.json");
  bench.options().predictions = bench.root() / "out/results.jsonl";
  bench.options().good = "ok";
  const Json metrics = bench.run();
  CHECK(metrics["operating_point"]["origin"] == "verdicts");
  CHECK(metrics["operating_point"]["threshold"].is_null());
  CHECK(metrics["reasons"]["operating_point.threshold"] == "limit_not_recorded");
  CHECK(metrics["operating_point"]["escapes"] == 1);
  CHECK(metrics["classification"]["confusion_matrix"]["labels"] == Json{"dent", "hole", "ok"});
  CHECK(metrics["classification"]["top_k"]["1"].is_null());
  CHECK(metrics["classification"]["accuracy"] == 4.0 / 6.0);
}

TEST_CASE("without run.json a class that is only predicted joins the list in its place") {
  Bench bench;
  std::filesystem::remove(bench.root() / "out/run.json");
  auto records = six_records();
  records[2].label = "gouge";
  bench.predict(records);
  const Json report = bench.run()["classification"];
  CHECK(report["confusion_matrix"]["labels"] == Json{"dent", "gouge", "hole", "ok"});
  CHECK(report["confusion_matrix"]["counts"][2] == Json{0, 1, 0, 0});  // hole/1
  CHECK(report["confusion_matrix"]["counts"][3] == Json{0, 0, 0, 3});
}

TEST_CASE("when nobody says which classes are defects there is no operating point") {
  Bench bench;
  std::filesystem::remove(bench.root() / "out/run.json");
  bench.label("hole/9.png");
  const Json metrics = bench.run();
  CHECK(metrics["operating_point"].is_null());
  CHECK(metrics["reasons"]["operating_point"] == "no_positive_classes");
  CHECK_THAT(bench.file("misses.csv"), ContainsSubstring("missing,hole/9.png"));
}

TEST_CASE("the option --positive decides which true classes are defects") {
  Bench bench;
  bench.options().positive = {"hole"};
  const Json metrics = bench.run();
  CHECK(metrics["positive"] == Json{"hole"});
  CHECK(metrics["operating_point"]["defective"] == 1);
  CHECK(metrics["operating_point"]["escapes"] == 0);
  bench.options().overwrite = true;
  bench.options().positive = {"holes"};
  CHECK_THAT(bench.refusal(ErrorKind::usage),
             ContainsSubstring("--positive \"holes\": no such class"));
}

TEST_CASE("an anomaly run is scored without classes") {
  Bench bench;
  Json run = kRun;
  run["model"]["task"] = "anomaly";
  run["model"]["classes"] = Json::array();
  write_file(bench.root() / "out/run.json", run.dump());
  auto records = six_records();
  for (auto& record : records) record.probabilities.clear();
  bench.predict(records);
  bench.options().good = "ok";
  const Json metrics = bench.run();
  CHECK(metrics["task"] == "anomaly");
  CHECK_FALSE(metrics.contains("classification"));
  CHECK(metrics["operating_point"]["escapes"] == 1);
  // scores .875 .25 .625 against .5 .125 .25: 3 + 1.5 + 3 of 9 pairs
  CHECK(metrics["defect_score"]["roc_auc"].get<double>() == Approx(7.5 / 9.0).margin(1e-12));
}

TEST_CASE(
    "an existing evaluation is refused, and replaced only where it was written by this tool") {
  Bench bench;
  bench.run();
  CHECK_THAT(bench.refusal(ErrorKind::output), ContainsSubstring("--overwrite"));
  write_file(bench.options().output / "notes.txt", "mine");
  bench.options().overwrite = true;
  bench.run();
  CHECK(bench.file("notes.txt") == "mine");
}

TEST_CASE("without --output only the page is printed") {
  Bench bench;
  bench.options().output.clear();
  std::ostringstream out;
  CHECK(score(bench.options(), out) == 0);
  CHECK_THAT(out.str(), ContainsSubstring("Confusion matrix (rows = truth"));
  CHECK_FALSE(std::filesystem::exists(bench.root() / "metrics"));
}

TEST_CASE("contradicting and impossible options are usage errors") {
  Bench bench;
  bench.options().confidence = 1.0;
  CHECK_THAT(bench.refusal(ErrorKind::usage), ContainsSubstring("--confidence 1"));
  bench.options().confidence = 0.95;
  bench.options().threshold = 0.5;
  bench.options().zero_miss = true;
  CHECK_THAT(bench.refusal(ErrorKind::usage), ContainsSubstring("exclude each other"));
}

TEST_CASE("curves begin above every score and are those of the defect score and every class") {
  Bench bench;
  bench.run();
  const Json curves = Json::parse(bench.file("curves.json"));
  CHECK(curves["defect_score"]["roc"]["thresholds"][0].is_null());
  CHECK(curves["defect_score"]["roc"]["tpr"].back() == 1.0);
  CHECK(curves["defect_score"]["pr"]["recall"].back() == 0.0);
  CHECK(curves["classes"].size() == 3);
  CHECK(curves["classes"][1]["name"] == "dent");
}
