// `evaluate` on tables made by hand, and on the MVTec AD layout.
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/tools/score.hpp>

#include <nlohmann/json.hpp>

#include <sstream>

using namespace zeromiss;
using Catch::Matchers::ContainsSubstring;
using test::read_file;
using test::TempFolder;
using test::write_file;
using Json = nlohmann::json;

namespace {

class Tables {
 public:
  Tables(const std::string& truth, const std::string& predictions) {
    write_file(root_ / "gt.csv", truth);
    write_file(root_ / "p.csv", predictions);
    options.predictions = root_ / "p.csv";
    options.ground_truth = root_ / "gt.csv";
    options.output = root_ / "out";
    options.quiet = options.overwrite = true;
  }
  /// Runs and reads metrics.json back; the exit code must be 0.
  Json run() {
    std::ostringstream out;
    const int code = score(options, out);  // outside CHECK, which would swallow a refusal
    CHECK(code == 0);
    text = out.str();
    return Json::parse(read_file(root_ / "out/metrics.json"));
  }
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
  [[nodiscard]] std::string file(const std::string& name) const {
    return read_file(root_ / "out" / name);
  }
  [[nodiscard]] std::filesystem::path path(const std::string& name) const { return root_ / name; }

  ScoreOptions options;
  std::string text;

 private:
  TempFolder root_;
};

const std::string kBinaryTruth = "image,label\na,bad\nb,bad\nc,ok\nd,ok\ne,ok\n";
const std::string kScores = "image,score\na,0.75\nb,0.5\nc,0.625\nd,0.25\ne,0.125\n";

}  // namespace

TEST_CASE("the score of a table is that of the positive class and decides at the zero-miss point") {
  Tables tables(kBinaryTruth, kScores);
  tables.options.positive = {"bad"};
  const Json metrics = tables.run();
  const Json& point = metrics["operating_point"];
  CHECK(metrics["task"] == "classification");
  CHECK(metrics["predictions_format"] == "csv (scores of the positive class)");
  CHECK_FALSE(metrics.contains("verdicts"));
  CHECK(point["origin"] == "zero-miss");
  CHECK(point["threshold"] == 0.5);
  CHECK(point["escapes"] == 0);
  CHECK(point["overkills"] == 1);  // c
  // 5 of the 6 pairs (bad, ok) are in order
  CHECK(metrics["defect_score"]["roc_auc"].get<double>() == Approx(5.0 / 6.0).margin(1e-12));
  const Json& report = metrics["classification"];
  CHECK(report["confusion_matrix"]["labels"] == Json{"bad", "ok"});
  CHECK(report["confusion_matrix"]["counts"] == Json::parse("[[2,0],[1,2]]"));
  CHECK(report["classes"][0]["roc_auc"].get<double>() == Approx(5.0 / 6.0).margin(1e-12));
  CHECK(report["classes"][1]["roc_auc"].get<double>() == Approx(5.0 / 6.0).margin(1e-12));
  CHECK(tables.file("misses.csv") ==
        "kind,image,truth,verdict,predicted,score,threshold,margin,error_code\n"
        "overkill,c,ok,,bad,0.625,0.5,0.125,\n");
}

TEST_CASE("with a threshold the classes of a score are decided there, equality included") {
  Tables tables(kBinaryTruth, kScores);
  tables.options.positive = {"bad"};
  tables.options.threshold = 0.625;
  const Json metrics = tables.run();
  CHECK(metrics["operating_point"]["origin"] == "--threshold");
  CHECK(metrics["operating_point"]["escapes"] == 1);  // b
  CHECK(metrics["classification"]["confusion_matrix"]["counts"] == Json::parse("[[1,1],[1,2]]"));
}

TEST_CASE("scores outside 0 to 1 rank as well as probabilities") {
  Tables tables(kBinaryTruth, "image,score\na,-1\nb,-7\nc,-2\nd,-8\ne,-9.5\n");
  tables.options.positive = {"bad"};
  const Json metrics = tables.run();
  CHECK(metrics["operating_point"]["threshold"] == -7);
  CHECK(metrics["classification"]["classes"][0]["roc_auc"].get<double>() ==
        Approx(5.0 / 6.0).margin(1e-12));
}

TEST_CASE("scores without a positive class give no operating point, and say why") {
  Tables tables(kBinaryTruth, kScores);
  const Json metrics = tables.run();
  CHECK(metrics["operating_point"].is_null());
  CHECK(metrics["reasons"]["operating_point"] == "no_positive_classes");
  CHECK(metrics["classification"].is_null());
  CHECK(metrics["reasons"]["classification"] == "no_predicted_classes");
}

TEST_CASE("labels of several classes need no positive class for the confusion matrix") {
  Tables tables("image,label\na,x\nb,y\nc,z\n", "image;label\nc;z\nb;z\na;x\n");
  const Json metrics = tables.run();
  CHECK(metrics["operating_point"].is_null());
  CHECK(metrics["classification"]["confusion_matrix"]["counts"] ==
        Json::parse("[[1,0,0],[0,0,1],[0,0,1]]"));
}

TEST_CASE("without scores the predicted labels are the operating point") {
  Tables tables(kBinaryTruth, "image,label\na,bad\nb,ok\nc,bad\nd,ok\ne,ok\n");
  tables.options.positive = {"bad"};
  const Json metrics = tables.run();
  CHECK(metrics["operating_point"]["origin"] == "predicted labels");
  CHECK(metrics["operating_point"]["threshold"].is_null());
  CHECK(metrics["reasons"]["operating_point.threshold"] == "no_scores");
  CHECK(metrics["operating_point"]["escapes"] == 1);
  CHECK(metrics["operating_point"]["overkills"] == 1);
  CHECK_FALSE(metrics.contains("defect_score"));
  tables.options.threshold = 0.5;
  CHECK_THAT(tables.refusal(ErrorKind::usage),
             ContainsSubstring("--threshold") && ContainsSubstring("no scores"));
}

TEST_CASE("a label beside the score is the prediction, the score only ranks") {
  Tables tables(kBinaryTruth,
                "image,label,score\na,bad,0.75\nb,ok,0.5\nc,ok,0.625\nd,ok,0.25\ne,ok,0.125\n");
  tables.options.positive = {"bad"};
  const Json metrics = tables.run();
  CHECK(metrics["classification"]["confusion_matrix"]["counts"] == Json::parse("[[1,1],[0,3]]"));
  CHECK(metrics["classification"]["classes"][0]["average_precision"].is_number());
  CHECK(metrics["operating_point"]["overkills"] == 1);
}

TEST_CASE("of probability columns the largest is the prediction, the first of equal ones") {
  Tables tables("image,label\na,hole\nb,ok\nc,dent\n",
                "image,ok,dent,hole\na,0.25,0.25,0.5\nb,0.5,0.5,0\nc,0.125,0.25,0.625\n");
  tables.options.good = "ok";
  const Json metrics = tables.run();
  const Json& report = metrics["classification"];
  CHECK(report["confusion_matrix"]["labels"] == Json{"ok", "dent", "hole"});
  CHECK(report["confusion_matrix"]["counts"] == Json::parse("[[1,0,0],[0,0,1],[0,0,1]]"));
  CHECK(report["top_k"]["1"] == 2.0 / 3.0);
  CHECK(report["top_k"]["2"] == 1.0);
  // scores 1 - P(ok): a 0.75, c 0.875
  CHECK(metrics["operating_point"]["threshold"] == 0.75);
  CHECK(metrics["operating_point"]["overkills"] == 0);
}

TEST_CASE("the option --classes orders and adds classes, by name, by file and by number") {
  Tables tables("image,label\na,x\nb,y\n", "image,label\na,x\nb,y\n");
  tables.options.classes = "y,never,x";
  Json report = tables.run()["classification"];
  CHECK(report["confusion_matrix"]["labels"] == Json{"y", "never", "x"});
  CHECK(report["macro"]["recall"] == 2.0 / 3.0);
  CHECK(report["macro_present"]["recall"] == 1.0);
  write_file(tables.path("names.txt"), "\xEF\xBB\xBFy\r\nnever\r\nx\r\n");
  tables.options.classes = tables.path("names.txt").string();
  CHECK(tables.run()["classification"] == report);
  write_file(tables.path("gt.csv"), "image,label\na,2\nb,0\n");
  CHECK(tables.run()["classification"] == report);
  tables.options.classes = "y,x,x";
  CHECK_THAT(tables.refusal(ErrorKind::usage), ContainsSubstring("\"x\" is there twice"));
  tables.options.classes = "y,,x";
  CHECK_THAT(tables.refusal(ErrorKind::usage), ContainsSubstring("name 2 is empty"));
}

TEST_CASE("a number is no place in --classes where names are numbers themselves") {
  Tables tables("image,label\na,1\nb,0\n", "image,label\na,1\nb,1\n");
  tables.options.classes = "1,2,3";
  CHECK_THAT(tables.refusal(ErrorKind::input),
             ContainsSubstring("class \"0\" is unknown to --classes"));
  write_file(tables.path("gt.csv"), "image,label\na,1\nb,2\n");
  write_file(tables.path("p.csv"), "image,label\na,1\nb,0\n");
  CHECK_THAT(tables.refusal(ErrorKind::input),
             ContainsSubstring("p.csv:3: image b") && ContainsSubstring("\"0\""));
}

TEST_CASE("probability columns follow --classes, which must name them all") {
  Tables tables("image,label\na,x\n", "image,x,y\na,0.75,0.25\n");
  tables.options.classes = "y,x";
  CHECK(tables.run()["classification"]["confusion_matrix"]["counts"] ==
        Json::parse("[[0,0],[0,1]]"));
  tables.options.classes = "x";
  CHECK_THAT(tables.refusal(ErrorKind::input),
             ContainsSubstring("column \"y\": not among --classes"));
  tables.options.classes = "x,y,z";
  CHECK_THAT(tables.refusal(ErrorKind::input),
             ContainsSubstring("no probability column for class \"z\""));
}

TEST_CASE("values are compared as a regression, zero targets and missing images counted apart") {
  Tables tables("image,value\na,2\nb,0\nc,4\nd,9\n", "image,value\na,3\nb,1\nc,2\n");
  const Json metrics = tables.run();
  const Json& report = metrics["regression"];
  CHECK(metrics["task"] == "regression");
  CHECK(metrics["missing_predictions"] == 1);
  CHECK(report["samples"] == 3);
  CHECK(report["mae"].get<double>() == Approx(4.0 / 3.0).margin(1e-12));
  CHECK(report["mse"] == 2.0);   // (1 + 1 + 4) / 3
  CHECK(report["mape"] == 0.5);  // (1/2 + 2/4) / 2
  CHECK(report["mape_percent"] == 50.0);
  CHECK(report["mape_zero_targets"] == 1);  // b
  CHECK(report["median_ae"] == 1.0);
  CHECK(report["max_error"] == 2.0);
  CHECK(report["r2"] == 0.25);  // 1 - 6/8
  CHECK_THAT(tables.file("misses.csv"), ContainsSubstring("missing,d,9,missing,"));
  CHECK_THAT(tables.text, ContainsSubstring("RMSE 1.4142"));
}

TEST_CASE("a value whose square is no number is refused by line") {
  Tables tables("image,value\na,1\nb,-1e200\n", "image,value\na,1\nb,1\n");
  CHECK_THAT(tables.refusal(ErrorKind::input),
             ContainsSubstring("gt.csv:3: column \"value\": expected a value from -1e+100"));
  Tables predicted("image,value\na,1\n", "image,value\na,1e200\n");
  CHECK_THAT(predicted.refusal(ErrorKind::input),
             ContainsSubstring("p.csv:2: column \"value\": expected a value from -1e+100"));
  Tables large("image,value\na,1e100\nb,-1e100\n", "image,value\na,-1e100\nb,1e100\n");
  CHECK(large.run()["regression"]["mse"] == 4e200);  // (2e100)^2
}

TEST_CASE("an error over some of the values passes no gate") {
  const auto code_of = [](const std::string& predictions, const std::string& gate) {
    Tables tables("image,value\na,2\nb,5\n", predictions);
    tables.options.require = {gate};
    std::ostringstream out;
    return score(tables.options, out);
  };
  constexpr int kNoEvidence = 8;
  CHECK(code_of("image,value\na,2\n", "regression.mae <= 0.1") == kNoEvidence);
  CHECK(code_of("image,value\na,2\n", "regression.max_error == 0") == kNoEvidence);
  CHECK(code_of("image,value\na,2\n", "regression.mae >= 0.1") == 1);
  CHECK(code_of("image,value\na,2\n", "regression.samples >= 1") == 0);
  CHECK(code_of("image,value\na,2\nb,5\n", "regression.mae <= 0.1") == 0);
}

TEST_CASE("nothing predicted, or nothing to predict, is null and no error") {
  Tables labels("image,label\na,bad\nb,ok\n", "image,label\n");
  labels.options.positive = {"bad"};
  Json metrics = labels.run();
  CHECK(metrics["missing_predictions"] == 2);
  CHECK(metrics["operating_point"]["recall"] == 0.0);
  CHECK(metrics["classification"]["accuracy"] == 0.0);
  Tables scores("image,label\na,bad\nb,ok\n", "image,score\n");
  scores.options.positive = {"bad"};
  metrics = scores.run();
  CHECK(metrics["operating_point"].is_null());
  CHECK(metrics["reasons"]["operating_point"] == "no_defective_image_with_a_score");
  CHECK_THAT(scores.file("misses.csv"), ContainsSubstring("missing,a,bad,missing,"));
  Tables none("image,label\n", "image,score\n");
  none.options.positive = {"bad"};
  metrics = none.run();
  CHECK(metrics["images"] == 0);
  CHECK(metrics["reasons"]["operating_point"] == "no_images");
  Tables values("image,value\n", "image,value\n");
  CHECK(values.run()["regression"]["mae"].is_null());
}

TEST_CASE("predictions that are no table of predictions are refused by line and column") {
  const std::pair<std::string, std::string> bad[] = {
      {"name,score\na,1\n", "p.csv:1: there is no column \"image\""},
      {"image\na\n", "nothing is predicted"},
      {"image,value,score\na,1,1\n", "columns beside the value"},
      {"image,confidence\na,1\n", "column \"confidence\": not known"},
      {"image,verdict,score,label,error_code\na,PASS,1,ok,\n", "give --predictions its folder"},
      {"image,score\na,0.5\nb,x\n", "p.csv:3: column \"score\": expected a finite number"},
      {"image,bad,ok\na,0.5,1.5\n", "p.csv:2: column \"ok\": expected a probability"},
      {"image,score\na,0.5\nb,0.5\na,0.5\n", "p.csv:4: image a is predicted twice"},
      {"image,score\na,0.5\nzz,0.5\n", "1 of the predictions have no ground truth (zz)"},
      {"image,value\na,0.5\n", "they cannot be compared"}};
  for (const auto& [text, message] : bad) {
    CAPTURE(text);
    Tables tables(kBinaryTruth, text);
    CHECK_THAT(tables.refusal(ErrorKind::input), ContainsSubstring(message));
  }
}

TEST_CASE("a task or format that the files are not of is a usage error") {
  Tables tables(kBinaryTruth, kScores);
  for (const char* task : {"regression", "detection", "segmentation"}) {
    tables.options.task = task;
    CHECK_THAT(tables.refusal(ErrorKind::usage),
               ContainsSubstring("are those of a classification"));
  }
  tables.options.task = "guess";
  CHECK_THAT(tables.refusal(ErrorKind::usage),
             ContainsSubstring("--task guess: expected one of auto"));
  tables.options.task = "classification";
  tables.options.predictions_format = "xls";
  CHECK_THAT(tables.refusal(ErrorKind::usage),
             ContainsSubstring("expected auto or one of inspect, csv"));
  tables.options.predictions_format = "csv";
  CHECK_NOTHROW(tables.run());
}

TEST_CASE("a misspelled positive class is refused, a listed one that never occurs is not") {
  Tables tables("image,label\na,ok\n", "image,label\na,ok\n");
  tables.options.positive = {"bad"};
  CHECK_THAT(tables.refusal(ErrorKind::usage),
             ContainsSubstring("--positive \"bad\": no such class"));
  tables.options.classes = "ok,bad";
  const Json metrics = tables.run();
  CHECK(metrics["operating_point"]["recall"].is_null());
  CHECK(metrics["reasons"]["operating_point.recall"] == "no_defective_images");
}

TEST_CASE("of an MVTec object good is the good class, and its images may be named with test/") {
  Tables tables("", "image,score\ntest/good/0.png,0.25\ntest/hole/0.png,0.5\nhole/1.png,0.75\n");
  for (const char* image : {"good/0.png", "hole/0.png", "hole/1.png"})
    write_file(tables.path(std::string("bottle/test/") + image), "");
  tables.options.ground_truth = tables.path("bottle");
  const Json metrics = tables.run();
  CHECK(metrics["gt_format"] == "mvtec");
  CHECK(metrics["positive"] == Json{"hole"});
  CHECK(metrics["operating_point"]["threshold"] == 0.5);
  CHECK(metrics["missing_predictions"] == 0);
}

TEST_CASE("a name that differs only in case or Unicode normal form is pointed out") {
  // the syllable of the labels as its letters in the predictions, as macOS writes it
  Tables tables("image,label\n\xEA\xB8\x81.png,ok\n",
                "image,label\n\xE1\x84\x80\xE1\x85\xB3\xE1\x86\xB0.PNG,ok\n");
  CHECK_THAT(
      tables.refusal(ErrorKind::input),
      ContainsSubstring("the ground truth has \"\xEA\xB8\x81.png\": names must agree in case"));
}
