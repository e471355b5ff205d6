// benchmark spec on files made by hand: every figure of the sheet is one of these.
#include "spec_inputs.hpp"
#include "support/catch.hpp"
#include "support/packages.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/report/spec_sheet.hpp>

#include <fmt/format.h>

#include <chrono>
#include <sstream>

using namespace zeromiss;
using namespace zeromiss::test;
using Catch::Matchers::ContainsSubstring;
using Json = nlohmann::ordered_json;

namespace {

const std::string kWeights = sha256_hex(std::string_view("weights"));

/// Two runs of one package on 40 images, their metrics and a benchmark, all of which fit.
struct Files {
  TempFolder folder;
  SpecOptions options;
  Json benchmark, metrics, run;

  Files() {
    write_package(folder / "package", "weights");
    const std::string manifest =
        sha256_hex(std::string_view(read_file(folder / "package/model.json")));
    const Json model{
        {"name", "mean"},     {"version", "1.0.0"},          {"license", "MIT"},
        {"sha256", kWeights}, {"manifest_sha256", manifest}, {"task", "classification"}};
    benchmark = Json::parse(R"({"schema": "zeromiss-benchmark/1", "valid": true, "reasons": [],
      "tool": {"name": "benchmark", "version": "0.1.0"},
      "settings": {"batch": 8, "threads": 2, "precision": "fp32"},
      "sample": {"list_sha256": "list", "formats": {"png": 40}, "sizes": {"64x64": 40}},
      "end_to_end": {"median": 123.4, "mad": 0.5}, "model_only_images_per_s": 150.0, "efficiency": 0.981,
      "latency_ms": {"p50": 8.1, "p99": 9.2, "max": 10.3}, "cold_start_s": 0.75, "peak_rss_mib": 321,
      "peak_vram_mib": null, "target": {"fps": 5, "met": true},
      "environment": {"system": "Debian 12", "kernel": "6.1", "cpu": "A CPU", "cpus": 4, "memory_mib": 8000,
        "device": "cpu", "libraries": {"engine": "LibTorch 2.15.0"}}})");
    benchmark["model"] = model;
    run =
        Json::parse(R"({"schema": "zeromiss-run/1", "tool": {"name": "inspect", "version": "0.1.0"},
      "libraries": {"engine": "LibTorch 2.15.0"}, "device": {"type": "cpu", "name": "A CPU"},
      "settings": {"batch": 8, "threads": 2, "precision": "fp32", "list_sha256": "list"},
      "limits": {"review_at": 0.25, "reject_at": 0.75}, "images": 2})");
    run["model"] = model;
    metrics = Json::parse(
        R"({"schema": "zeromiss-metrics/1", "tool": {"name": "evaluate", "version": "0.1.0"},
      "task": "classification", "errors": 0, "test_set": {"images": 40, "labels_sha256": "labels"},
      "run": {"list_sha256": "list", "tool_version": "0.1.0", "engine": "LibTorch 2.15.0", "device": "cpu",
              "batch": 8, "precision": "fp32"},
      "operating_point": {"threshold": 0.25, "origin": "model review_at", "escapes": 0, "overkills": 4,
        "defective": 20, "good": 20, "recall": 1.0, "recall_interval": [0.8316, 1.0], "precision": 0.8333,
        "accuracy": 0.9, "always_pass_accuracy": 0.5, "escape_rate_upper": 0.1391, "confidence": 0.95,
        "overkill_rate": 0.2, "overkill_rate_interval": [0.08, 0.42]},
      "classification": {"accuracy": 0.85, "macro": {"f1": 0.84}},
      "pod": {"unit": "px", "a90_95": null, "smallest_found": 12, "largest_missed": null,
              "always_found": {"from": 14.5, "targets": 18}},
      "reasons": {"pod.a90_95": "separated"}})");
    metrics["run"]["model"] = model;
    options.benchmark = folder / "speed";
    options.metrics = folder / "metrics/metrics.json";
    options.runs = {folder / "run-1", folder / "run-2"};
    options.model = folder / "package";
    options.output = folder / "sheet";
    write_runs("0.5");
    write();
  }
  static std::string record(const std::string& image, const std::string& score) {
    return fmt::format(
        "{{\"image\":\"{}\",\"bytes\":1,\"sha256\":\"{}\",\"width\":8,\"height\":8,\"verdict\":\"{}"
        "\","
        "\"score\":{},\"label\":\"bright\",\"probabilities\":[0,1]}}\n",
        image, std::string(64, 'a'), std::stod(score) < 0.25 ? "PASS" : "REVIEW", score);
  }
  /// @param second  the score of the second image in the second run; it is 0.5 in the first
  void write_runs(const std::string& second) {
    int seconds = 3;  // no two runs take the same time
    for (const auto& place : options.runs) {
      const bool first = place == options.runs.front();
      const std::string lines = record("a.png", "0.1") + record("b.png", first ? "0.5" : second);
      const std::string sha256 = sha256_hex(std::string_view(lines));
      write_file(place / "results.jsonl", lines);
      write_file(
          place / "summary.json",
          Json{{"schema", "zeromiss-summary/1"}, {"results_sha256", sha256}, {"seconds", ++seconds}}
              .dump());
      if (first) metrics["run"]["results_sha256"] = sha256;
    }
  }
  void write() const {
    write_file(folder / "speed/benchmark.json", benchmark.dump());
    write_file(folder / "metrics/metrics.json", metrics.dump());
    for (const auto& place : options.runs) write_file(place / "run.json", run.dump());
  }
  [[nodiscard]] Json sheet() const {
    std::ostringstream page;
    REQUIRE(spec(options, page) == 0);
    return Json::parse(read_file(options.output / kSpecFile));
  }
};

Json row(const Json& sheet, const std::string& section, const std::string& key) {
  for (const Json& part : sheet.at("sections"))
    for (const Json& one : part.at("rows"))
      if (part.at("key") == section && one.at("key") == key) return one;
  FAIL("no row " + key);
  return {};
}

std::string words(const Json& sheet, const std::string& section, const std::string& key,
                  Language language = Language::english) {
  const Json one = row(sheet, section, key);
  return text(language, "spec.form." + one.at("form").get<std::string>(), one.at("texts"));
}

/// What a change of the files is refused for.
std::string refusal(const std::function<void(Files&)>& change) {
  Files files;
  change(files);
  std::ostringstream page;
  try {
    spec(files.options, page);
  } catch (const Error& error) {
    CHECK(exit_code(error.kind()) == 7);
    CHECK_FALSE(std::filesystem::exists(files.options.output));
    std::string text = error.what();
    const std::string place = files.folder.path().string() + "/";
    for (auto at = text.find(place); at != std::string::npos; at = text.find(place))
      text.erase(at, place.size());
    return text;
  }
  return "";
}

/// Changes one key of one file.
std::function<void(Files&)> with(Json Files::*file, const char* pointer, const Json& value) {
  return [=](Files& files) {
    (files.*file)[Json::json_pointer(pointer)] = value;
    files.write();
  };
}

}  // namespace

TEST_CASE("every figure of the sheet is one of its files", "[spec]") {
  const Files files;
  const Json sheet = files.sheet();
  CHECK(sheet.at("schema") == "zeromiss-spec/1");
  CHECK(words(sheet, "model", "name") == "mean");
  CHECK(words(sheet, "model", "sha256") == kWeights);
  CHECK(words(sheet, "model", "limits") == "REVIEW from 0.25, REJECT from 0.75");
  CHECK(words(sheet, "environment", "processors") == "2 of 4 used");
  CHECK(words(sheet, "environment", "arithmetic") == "fp32");
  CHECK(words(sheet, "environment", "pictures") == "40 png; 40 64x64");
  CHECK(words(sheet, "speed", "end_to_end") == "123.4 images/s (± 0.5)");
  CHECK(words(sheet, "speed", "target") == "5 images/s: met");
  CHECK(words(sheet, "speed", "latency") == "8.1 ms median, 9.2 ms p99, 10.3 ms worst");
  CHECK(words(sheet, "speed", "vram") == "not measured");
  CHECK(words(sheet, "accuracy", "test_set") == "20 defective and 20 good images");
  CHECK(words(sheet, "accuracy", "escapes") ==
        "0 of 20; escape rate at most 13.91 % with 95 % confidence");
  CHECK(words(sheet, "accuracy", "recall") == "1.0000 (83.16 % to 100.00 % with 95 % confidence)");
  CHECK(words(sheet, "accuracy", "precision") == "0.8333");
  CHECK(words(sheet, "accuracy", "accuracy") == "0.9000 (passing everything: 0.5000)");
  CHECK(words(sheet, "accuracy", "class_accuracy") == "0.8500");
  CHECK(words(sheet, "size", "a90_95") == "not measured (separated)");
  CHECK(words(sheet, "size", "smallest_found") == "12 px");
  CHECK(words(sheet, "size", "always_found") == "14.5 px (18 defects)");
  CHECK(words(sheet, "repeatability", "repeats") == "2 runs of 2 images: identical to the byte");
  CHECK(words(sheet, "repeatability", "repeats", Language::korean) ==
        "이미지 2장을 2회 실행: 바이트까지 동일");
  // The raw values are the files' own.
  CHECK(row(sheet, "accuracy", "recall").at("value") == 1.0);
  CHECK(row(sheet, "speed", "ram").at("value") == 321);
  CHECK_THAT(row(sheet, "speed", "ram").at("source").get<std::string>(),
             ContainsSubstring("speed/benchmark.json#/peak_rss_mib"));
  CHECK(sheet.at("sources")[0].at("sha256") ==
        sha256_hex(std::string_view(files.benchmark.dump())));
  CHECK(sheet.at("sources").size() == 6);
}

TEST_CASE("what was not measured says so, in every section", "[spec]") {
  Files files;
  files.options.metrics.clear();
  files.options.runs.clear();
  Json sheet = files.sheet();
  for (const char* key :
       {"escapes", "recall", "precision", "accuracy", "overkill_rate", "test_set"})
    CHECK(words(sheet, "accuracy", key) == "not measured");
  for (const char* key : {"a90_95", "smallest_found", "largest_missed", "always_found"})
    CHECK(words(sheet, "size", key) == "not measured");
  CHECK(words(sheet, "repeatability", "repeats") == "not measured");
  CHECK(words(sheet, "speed", "end_to_end") == "123.4 images/s (± 0.5)");
  Files other;
  other.options.benchmark.clear();
  other.options.runs.pop_back();
  sheet = other.sheet();
  for (const char* key : {"end_to_end", "target", "latency", "cold_start", "ram"})
    CHECK(words(sheet, "speed", key) == "not measured");
  CHECK(words(sheet, "environment", "system") == "not measured");
  CHECK(words(sheet, "repeatability", "repeats") == "not measured");
  CHECK(words(sheet, "accuracy", "precision") == "0.8333");
}

TEST_CASE("repeated runs that differ are listed", "[spec]") {
  Files files;
  files.write_runs("0.125");  // REVIEW becomes PASS
  const Json sheet = files.sheet();
  CHECK(words(sheet, "repeatability", "repeats") ==
        "2 runs of 2 images: 1 records differ, 1 verdicts; scores by at most 0.375");
  const Json& one = sheet.at("repeatability").at("differences")[0];
  CHECK(one.at("image") == "b.png");
  CHECK(one.at("verdicts") == Json{"REVIEW", "PASS"});
  CHECK(one.at("scores") == Json{0.5, 0.125});
  CHECK_THAT(read_file(files.options.output / kSpecMarkdownFile),
             ContainsSubstring("| b.png | REVIEW → PASS | 0.5 → 0.125 |"));
}

TEST_CASE("mixed inputs are refused, naming both files and both values", "[spec]") {
  CHECK(refusal([](Files&) {}).empty());
  const std::string other(64, '0');
  CHECK_THAT(refusal(with(&Files::benchmark, "/model/sha256", other)),
             ContainsSubstring("package/model.json: model.sha256 is " + kWeights +
                               ", but speed/benchmark.json: " + other));
  CHECK_THAT(refusal(with(&Files::run, "/model/manifest_sha256", other)),
             ContainsSubstring("manifest_sha256"));
  CHECK_THAT(refusal(with(&Files::metrics, "/operating_point/threshold", 1e-9)),
             ContainsSubstring("operating_point.threshold is 1e-09, but review_at of"));
  CHECK_THAT(refusal(with(&Files::metrics, "/run/model/sha256", other)),
             ContainsSubstring("metrics/metrics.json: " + other));
  CHECK_THAT(
      refusal(with(&Files::benchmark, "/settings/precision", "bf16")),
      ContainsSubstring("speed/benchmark.json: precision is bf16, but metrics/metrics.json: fp32"));
  CHECK_THAT(refusal(with(&Files::run, "/settings/batch", 4)), ContainsSubstring("batch is 8"));
  CHECK_THAT(refusal(with(&Files::run, "/device/type", "cuda:0")), ContainsSubstring("device"));
  CHECK_THAT(refusal(with(&Files::run, "/device/name", "B CPU")), ContainsSubstring("processor"));
  CHECK_THAT(refusal(with(&Files::run, "/libraries/engine", "LibTorch 1")),
             ContainsSubstring("engine"));
  CHECK_THAT(refusal(with(&Files::benchmark, "/sample/list_sha256", "x")),
             ContainsSubstring("list of images"));
  CHECK_THAT(refusal(with(&Files::metrics, "/tool/version", "0.2.0")),
             ContainsSubstring("tool version is 0.1.0"));
  CHECK_THAT(refusal(with(&Files::metrics, "/run/tool_version", "0.2.0")),
             ContainsSubstring("tool version"));
  CHECK_THAT(refusal(with(&Files::metrics, "/run/results_sha256", other)),
             ContainsSubstring("scored records with the SHA-256 " + other));
  CHECK_THAT(refusal(with(&Files::metrics, "/operating_point/origin", "--threshold")),
             ContainsSubstring("operating_point.origin is \"--threshold\""));
  CHECK_THAT(refusal(with(&Files::run, "/limits/review_at", 0.2)),
             ContainsSubstring("review_at is 0.25, but run-1/run.json: 0.2"));
}

TEST_CASE("escapes of some of the defects are no escapes of the model", "[spec]") {
  const auto scored = [](Files& files, const Json& positive) {
    files.metrics["classification"]["classes"] = {{{"name", "dark"}}, {{"name", "bright"}}};
    files.metrics["positive"] = positive;
    files.write();
  };
  const auto only = [&](const Json& positive) {
    return refusal([&](Files& files) { scored(files, positive); });
  };
  CHECK(only({"bright"}).empty());
  CHECK(only({"bright", "dark"}).empty());  // more than the model's only add escapes
  CHECK_THAT(only({"dark"}),
             ContainsSubstring("metrics/metrics.json: positive leaves out \"bright\", which is a "
                               "defect in package/model.json"));
  CHECK_THAT(refusal([&](Files& files) {
               files.options.model.clear();
               files.run["model"]["classes"] = {{{"name", "bright"}, {"defect", true}}};
               scored(files, {"dark"});
             }),
             ContainsSubstring("which is a defect in run-1/run.json"));
}

TEST_CASE("stale, unfinished and copied measurements are refused", "[spec]") {
  CHECK_THAT(refusal([](Files& files) {
               files.benchmark["valid"] = false;
               files.benchmark["reasons"] = {"load by others"};
               files.write();
             }),
             ContainsSubstring("valid is false, expected true (load by others)"));
  CHECK_THAT(refusal([](Files& files) {
               files.benchmark["sample"].erase("list_sha256");
               files.write();
             }),
             ContainsSubstring("does not say its list of images"));
  CHECK_THAT(refusal([](Files& files) {
               files.metrics.erase("run");
               files.metrics["predictions_format"] = "csv";
               files.write();
             }),
             ContainsSubstring("its predictions (csv) are no output of inspect"));
  CHECK_THAT(refusal([](Files& files) {
               namespace fs = std::filesystem;
               const auto model = files.folder / "package/model.json";
               fs::last_write_time(files.folder / "metrics/metrics.json",
                                   fs::last_write_time(model) - std::chrono::seconds(1));
             }),
             ContainsSubstring("metrics/metrics.json: is of "));
  CHECK_THAT(refusal([](Files& files) {
               write_file(files.options.runs[1] / "results.jsonl", Files::record("a.png", "0.1"));
             }),
             ContainsSubstring("run-2/results.jsonl: has the SHA-256"));
  CHECK_THAT(refusal([](Files& files) { files.options.runs[1] = files.options.runs[0]; }),
             ContainsSubstring("one run given twice, or a copy"));
  CHECK_THAT(refusal([](Files& files) {
               Json other = files.run;
               other["settings"]["max_pixels"] = 5;
               write_file(files.options.runs[1] / "run.json", other.dump());
             }),
             ContainsSubstring("settings/max_pixels is absent, but run-2/run.json: 5"));
}

TEST_CASE("a sheet of nothing is a usage error, a file of another kind unusable", "[spec]") {
  std::ostringstream page;
  const auto code = [&](const SpecOptions& options) {
    try {
      spec(options, page);
    } catch (const Error& error) {
      return exit_code(error.kind());
    }
    return 0;
  };
  CHECK(code({}) == 2);
  Files files;
  SpecOptions options = files.options;
  options.benchmark = files.options.metrics;
  CHECK(code(options) == 3);
  options.benchmark = files.folder / "nowhere.json";
  CHECK(code(options) == 3);
  CHECK(code(files.options) == 0);
  CHECK(code(files.options) == 5);  // exists
  files.options.overwrite = true;
  CHECK(code(files.options) == 0);
}
